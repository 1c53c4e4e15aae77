/* SPDX-License-Identifier: MIT */
/* Descriptors: copies, flags, numbers used again, and epoll's view of them. */
#include "parity.h"

#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>

/* ---- Copies -------------------------------------------------------- */

enum copy_how {
	BY_DUP,
	BY_DUP2,
	BY_DUP3,
	BY_F_DUPFD,
	BY_F_DUPFD_CLOEXEC,
};

static int copy(int fd, enum copy_how how)
{
	switch (how) {
	case BY_DUP:
		return (int)MUST(dup(fd));
	case BY_DUP2:
		return (int)MUST(dup2(fd, 90));
	case BY_DUP3:
		return (int)MUST(dup3(fd, 91, O_CLOEXEC));
	case BY_F_DUPFD:
		return (int)MUST(fcntl(fd, F_DUPFD, 92));
	default:
		return (int)MUST(fcntl(fd, F_DUPFD_CLOEXEC, 93));
	}
}

static void copied_before_connect(enum copy_how how)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);
	int other = copy(fd, how), server;

	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	expect_redirected(other);
	say_peername("copy's peer", other);
	TRY(fcntl(other, F_GETFD));
	server = (int)MUST(accept(listener, NULL, NULL));
	say_ping(other, server);
	TRY(close(fd));
	say_ping(other, server);
}

static unsigned own_port(int fd)
{
	struct addr a = nowhere();

	MUST(getsockname(fd, SA_OUT(a)));
	return ntohs(a.in.sin_port);
}

static void allow_large_numbers(void)
{
	struct rlimit limit = {310000, 310000};

	if (setrlimit(RLIMIT_NOFILE, &limit))
		skip("so many descriptors are forbidden here");
}

/* Past the numbers that the library remembers anything of. */
static void large_copy(int number)
{
	int fd = tcp_socket(AF_INET, 0), listener, server;
	struct addr a = at("127.0.0.1", port(0));

	allow_large_numbers();
	MUST(dup2(fd, number));
	listener = listen_at(a, 4);
	TRY(connect(fd, SA(a)));
	expect_redirected(number);
	server = MUST(accept(listener, NULL, NULL));
	say_ping(number, server);
	say_ping(fd, server);
	TRY(shutdown(fd, SHUT_RD));
	TRY(recv(number, &a, 1, 0));
	TRY(recv(fd, &a, 1, 0));
}

CHECK(copies, number_262143)
{
	large_copy(262143);
}

CHECK(copies, number_262144)
{
	large_copy(262144);
}

CHECK(copies, number_300000)
{
	large_copy(300000);
}

CHECK(copies, of_number_300000)
{
	int fd = tcp_socket(AF_INET, 0), copy;
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);

	allow_large_numbers();
	MUST(dup2(fd, 300000));
	close(fd);
	copy = MUST(dup(300000));
	TRY(connect(copy, SA(a)));
	expect_redirected(300000);
	say_ping(300000, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(copies, dup_before_connect)
{
	copied_before_connect(BY_DUP);
}

CHECK(copies, dup2_before_connect)
{
	copied_before_connect(BY_DUP2);
}

CHECK(copies, dup3_before_connect)
{
	copied_before_connect(BY_DUP3);
}

CHECK(copies, f_dupfd_before_connect)
{
	copied_before_connect(BY_F_DUPFD);
}

CHECK(copies, f_dupfd_cloexec_before_connect)
{
	copied_before_connect(BY_F_DUPFD_CLOEXEC);
}

static void copied_after_connect(enum copy_how how)
{
	struct trio t = trio_at("127.0.0.1");
	int other = copy(t.client, how);

	say_peername("copy's peer", other);
	say_sockname("copy", other);
	SAY_OPTION(other, SOL_SOCKET, SO_DOMAIN);
	TRY(fcntl(other, F_GETFD));
	TRY(close(t.client));
	say_ping(other, t.server);
	SAY_OPTION(other, SOL_SOCKET, SO_DOMAIN);
}

CHECK(copies, dup_after_connect)
{
	copied_after_connect(BY_DUP);
}

CHECK(copies, dup2_after_connect)
{
	copied_after_connect(BY_DUP2);
}

CHECK(copies, dup3_after_connect)
{
	copied_after_connect(BY_DUP3);
}

CHECK(copies, f_dupfd_after_connect)
{
	copied_after_connect(BY_F_DUPFD);
}

CHECK(copies, f_dupfd_cloexec_after_connect)
{
	copied_after_connect(BY_F_DUPFD_CLOEXEC);
}

CHECK(copies, dup_before_bind)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), other = (int)MUST(dup(fd)), client;

	TRY(bind(fd, SA(a)));
	say_sockname("copy", other);
	TRY(listen(other, 4));
	expect_redirected(other);
	client = connect_to(a);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
	TRY(close(fd));
	client = connect_to(a);
	say_ping(client, TRYFD(accept(other, NULL, NULL)));
}

/* What was done to the socket through one number holds for the other. */
CHECK(copies, options_set_through_a_copy_before_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd, other;

	listen_at(a, 4);
	fd = tcp_socket(AF_INET, 0);
	other = (int)MUST(dup(fd));
	MUST(set_int(other, SOL_SOCKET, SO_KEEPALIVE, 1));
	MUST(set_int(other, IPPROTO_TCP, TCP_KEEPIDLE, 33));
	MUST(set_int(other, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(close(other));
	TRY(connect(fd, SA(a)));
	SAY_OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_KEEPIDLE);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
}

CHECK(copies, bound_through_a_copy_before_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	struct addr own = at("127.0.0.1", direct_port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);
	int other = (int)MUST(dup(fd)), server;

	TRY(bind(other, SA(own)));
	TRY(connect(fd, SA(a)));
	say("own port: %d", own_port(fd) == direct_port(0));
	server = TRYFD(accept(listener, NULL, NULL));
	say_ping(fd, server);
}

CHECK(copies, several_before_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;
	int copies[4];

	for (int i = 0; i < 4; i++)
		copies[i] = (int)MUST(dup(fd));
	TRY(connect(copies[2], SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	for (int i = 0; i < 4; i++)
		say_ping(copies[i], server);
	say_ping(fd, server);
}

/* As a copy made by io_uring, by assembler, or before we were loaded. */
CHECK(copies, made_behind_our_back_after_connect)
{
	struct trio t = trio_at("127.0.0.1");
	int other = (int)MUST(libc()->dup(t.client));

	say_peername("copy's peer", other);
	SAY_OPTION(other, SOL_SOCKET, SO_DOMAIN);
	say_ping(other, t.server);
}

CHECK(copies, socket_made_behind_our_back)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);
	int fd = (int)MUST(libc()->socket(AF_INET, SOCK_STREAM, 0));

	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
	fd = (int)MUST(libc()->socket(AF_INET6, SOCK_STREAM, 0));
	a = at("::1", port(1));
	TRY(bind(fd, SA(a)));
	TRY(listen(fd, 4));
	expect_redirected(fd);
}

CHECK(copies, options_are_shared)
{
	struct trio t = trio_at("127.0.0.1");
	int other = (int)MUST(dup(t.client));

	TRY(set_int(other, IPPROTO_TCP, TCP_NODELAY, 1));
	SAY_OPTION(t.client, IPPROTO_TCP, TCP_NODELAY);
	TRY(set_int(t.client, IPPROTO_TCP, TCP_KEEPCNT, 3));
	SAY_OPTION(other, IPPROTO_TCP, TCP_KEEPCNT);
}

CHECK(copies, status_flags_are_shared)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), other = (int)MUST(dup(fd));

	listen_at(a, 4);
	MUST(connect(fd, SA(a)));
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	say("nonblocking: %d", !!(fcntl(other, F_GETFL) & O_NONBLOCK));
}

CHECK(copies, descriptor_flags_are_not_shared)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_CLOEXEC), other = (int)MUST(dup(fd));

	listen_at(a, 4);
	TRY(connect(other, SA(a)));
	TRY(fcntl(fd, F_GETFD));
	TRY(fcntl(other, F_GETFD));
}

CHECK(copies, dup2_over_a_connection)
{
	struct trio t = trio_at("127.0.0.1");
	int p[2];
	char c;

	MUST(pipe(p));
	TRY(dup2(p[0], t.client) == t.client);
	say("end: %zd", read(t.server, &c, 1));
	MUST(write(p[1], "x", 1));
	TRY(read(t.client, &c, 1));
	TRY(getpeername(t.client, NULL, NULL));
}

CHECK(copies, dup2_onto_itself)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(dup2(t.client, t.client) == t.client);
	TRY(dup3(t.client, t.client, 0));
	say_ping(t.client, t.server);
}

CHECK(copies, dup2_of_a_connection_over_another)
{
	struct trio t = trio_at("127.0.0.1");
	int other = connect_to(t.addr), server;
	char c;

	server = (int)MUST(accept(t.listener, NULL, NULL));
	TRY(dup2(t.client, other) == other);
	say("end: %zd", read(server, &c, 1));
	say_ping(other, t.server);
}

/* ---- Flags --------------------------------------------------------- */

static void keep_flags(int type_flags)
{
	struct addr a = at("127.0.0.1", port(0)), b = at("127.0.0.1", port(1));
	int client = tcp_socket(AF_INET, type_flags);
	int listener = tcp_socket(AF_INET, type_flags);

	listen_at(a, 4);
	connect(client, SA(a));
	MUST(bind(listener, SA(b)));
	TRY(fcntl(client, F_GETFD));
	TRY(fcntl(client, F_GETFL));
	TRY(fcntl(listener, F_GETFD));
	TRY(fcntl(listener, F_GETFL));
}

CHECK(flags, none)
{
	keep_flags(0);
}

CHECK(flags, cloexec)
{
	keep_flags(SOCK_CLOEXEC);
}

CHECK(flags, nonblock)
{
	keep_flags(SOCK_NONBLOCK);
}

CHECK(flags, cloexec_and_nonblock)
{
	keep_flags(SOCK_CLOEXEC | SOCK_NONBLOCK);
}

CHECK(flags, as_they_are_at_that_moment)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_CLOEXEC | SOCK_NONBLOCK);

	listen_at(a, 4);
	MUST(fcntl(fd, F_SETFD, 0));
	MUST(fcntl(fd, F_SETFL, 0));
	TRY(connect(fd, SA(a)));
	TRY(fcntl(fd, F_GETFD));
	TRY(fcntl(fd, F_GETFL));
}

CHECK(flags, changed_afterwards)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	TRY(fcntl(t.client, F_SETFL, O_NONBLOCK));
	TRY(recv(t.client, &c, 1, 0));
	TRY(fcntl(t.client, F_SETFL, 0));
	TRY(fcntl(t.client, F_SETFD, FD_CLOEXEC));
	TRY(fcntl(t.client, F_GETFD));
	TRY(fcntl(t.client, F_GETFL));
}

CHECK(flags, owner_and_signal)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(fcntl(fd, F_SETOWN, getpid()));
	MUST(fcntl(fd, F_SETSIG, SIGUSR2));
	TRY(connect(fd, SA(a)));
	say("owner kept: %d", fcntl(fd, F_GETOWN) == getpid());
	say("signal kept: %d", fcntl(fd, F_GETSIG) == SIGUSR2);
}

CHECK(flags, same_number)
{
	struct addr a = at("127.0.0.1", port(0)), b = at("127.0.0.1", port(1));
	int before = count_descriptors();
	int one = tcp_socket(AF_INET, 0), two = tcp_socket(AF_INET, 0);

	MUST(bind(one, SA(a)));
	MUST(listen(one, 4));
	MUST(connect(two, SA(a)));
	say("descriptors: %+d", count_descriptors() - before);
	say("next: %+d", tcp_socket(AF_INET, 0) - two);
	(void)b;
}

CHECK(flags, fstat_is_a_socket)
{
	struct trio t = trio_at("127.0.0.1");
	struct stat st;

	TRY(fstat(t.client, &st));
	say("socket: %d", S_ISSOCK(st.st_mode));
	TRY(isatty(t.client));
	TRY(ftruncate(t.client, 0));
	TRY(fsync(t.client));
}

/* ---- The number used again ----------------------------------------- */

CHECK(numbers, used_again_by_a_pipe)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = nowhere();
	int p[2];

	MUST(close(t.client));
	MUST(pipe(p));
	say("same number: %d", p[0] == t.client);
	TRY(getsockname(p[0], SA_OUT(a)));
	TRY(getpeername(p[0], SA_OUT(a)));
	SAY_OPTION(p[0], IPPROTO_TCP, TCP_NODELAY);
	TRY(shutdown(p[0], SHUT_RDWR));
	TRY(send(p[1], "x", 1, 0));
}

CHECK(numbers, used_again_by_udp)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = at("127.0.0.1", port(1));
	int udp;

	MUST(close(t.client));
	udp = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	say("same number: %d", udp == t.client);
	TRY(bind(udp, SA(a)));
	say_sockname("udp", udp);
	say_peername("udp", udp);
	SAY_OPTION(udp, SOL_SOCKET, SO_TYPE);
	SAY_OPTION(udp, SOL_SOCKET, SO_PROTOCOL);
	SAY_OPTION(udp, IPPROTO_TCP, TCP_NODELAY);
	TRY(sendto(udp, "x", 1, 0, SA(a)));
}

CHECK(numbers, used_again_by_a_file)
{
	struct trio t = trio_at("127.0.0.1");
	int fd;
	char c;

	MUST(close(t.client));
	fd = (int)MUST(open("/dev/zero", O_RDONLY));
	say("same number: %d", fd == t.client);
	TRY(read(fd, &c, 1));
	TRY(recv(fd, &c, 1, 0));
	say_peername("file", fd);
	TRY(listen(fd, 1));
}

CHECK(numbers, used_again_by_tcp)
{
	struct trio t = trio_at("127.0.0.1");
	int fd;

	MUST(close(t.client));
	fd = tcp_socket(AF_INET6, 0);
	say("same number: %d", fd == t.client);
	say_sockname("fresh", fd);
	say_peername("fresh", fd);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
}

CHECK(numbers, closed_behind_our_back)
{
	struct trio t = trio_at("127.0.0.1");
	int udp, fd;

	MUST(set_int(t.client, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(libc()->close(t.client));
	udp = (int)MUST(libc()->socket(AF_INET, SOCK_DGRAM, 0));
	say("same number: %d", udp == t.client);
	say_sockname("udp", udp);
	say_peername("udp", udp);
	SAY_OPTION(udp, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(udp, SOL_SOCKET, SO_PROTOCOL);
	MUST(libc()->close(udp));
	fd = (int)MUST(libc()->socket(AF_INET6, SOCK_STREAM, 0));
	say("same number: %d", fd == t.client);
	say_sockname("tcp", fd);
	say_peername("tcp", fd);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
}

CHECK(numbers, close_range)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = nowhere();
	char c;

	TRY(close_range((unsigned)t.client, (unsigned)t.client, 0));
	say("end: %zd", read(t.server, &c, 1));
	TRY(getpeername(t.client, SA_OUT(a)));
	say("free again: %d", tcp_socket(AF_INET, 0) == t.client);
	say_peername("fresh", t.client);
}

CHECK(numbers, close_range_cloexec)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(close_range((unsigned)t.client, (unsigned)t.client,
			CLOSE_RANGE_CLOEXEC));
	TRY(fcntl(t.client, F_GETFD));
	say_ping(t.client, t.server);
}

CHECK(numbers, everything_closed_at_the_start)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener, client;

	for (int fd = 0; fd < TRANSCRIPT_FD; fd++)
		close(fd);
	TRY(close_range(TRANSCRIPT_FD + 1, ~0U, 0));
	listener = listen_at(a, 4);
	client = connect_to(a);
	say("numbers %d %d", listener, client);
	say_ping(client, (int)MUST(accept(listener, NULL, NULL)));
}

CHECK(numbers, descriptor_zero)
{
	struct addr a = at("127.0.0.1", port(0)), peer = nowhere();
	int listener = listen_at(a, 4), client, fd;

	client = connect_to(a);
	close(0);
	fd = accept(listener, SA_OUT(peer));
	say("number %d", fd);
	say_addr("peer", &peer);
	say_ping(client, fd);
}

CHECK(numbers, no_descriptor_left)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);
	struct rlimit all_used = {TRANSCRIPT_FD + 1, TRANSCRIPT_FD + 1};

	MUST(setrlimit(RLIMIT_NOFILE, &all_used));
	while (dup(0) >= 0)
		;
	TRY(socket(AF_INET, SOCK_STREAM, 0));
	TRY(accept(listener, NULL, NULL));
	TRY(close(99));
	TRY(connect(fd, SA(a)));
}

/* The swap takes a descriptor for a moment; there is none to be had. */
CHECK(numbers, connect_with_none_left)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);
	struct rlimit all_used = {TRANSCRIPT_FD + 1, TRANSCRIPT_FD + 1};

	listen_at(a, 4);
	MUST(setrlimit(RLIMIT_NOFILE, &all_used));
	while (dup(0) >= 0)
		;
	TRY(connect(fd, SA(a)));
}

static void with_number(int number)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;

	MUST(dup2(fd, number));
	MUST(close(fd));
	TRY(connect(number, SA(a)));
	expect_redirected(number);
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(dup2(server, number + 1));
	say_ping(number, number + 1);
	say_peername("peer", number);
	say_peername("server's peer", number + 1);
	TRY(set_int(number + 1, IPPROTO_TCP, TCP_KEEPIDLE, 5));
	SAY_OPTION(number + 1, IPPROTO_TCP, TCP_KEEPIDLE);
	MUST(close(number));
	say_peername("closed", number);
}

static void allow_numbers(rlim_t many)
{
	struct rlimit limit = {many, many};

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		skip("RLIMIT_NOFILE can't be raised");
}

CHECK(numbers, of_1023)
{
	with_number(1022);
}

CHECK(numbers, of_5000)
{
	allow_numbers(200000);
	with_number(5000);
}

CHECK(numbers, of_350000)
{
	allow_numbers(400000);
	with_number(350000);
}

/* What is remembered of one number is not forgotten for another. */
static void listeners_apart(int distance)
{
	struct addr first = at("127.0.0.1", port(0));
	struct addr first_v6 = at("::1", port(0));
	struct addr second = at("127.0.0.1", port(1));
	struct addr second_v6 = at("::1", port(1));
	int low = tcp_socket(AF_INET, 0), fd = tcp_socket(AF_INET, 0), high;

	allow_numbers((rlim_t)distance + 1000);
	high = (int)MUST(dup2(fd, low + distance));
	MUST(close(fd));
	TRY(bind(low, SA(first)));
	TRY(bind(high, SA(second)));
	TRY(bind(tcp_socket(AF_INET6, 0), SA(first_v6)));
	TRY(bind(tcp_socket(AF_INET6, 0), SA(second_v6)));
}

CHECK(numbers, listeners_1024_apart)
{
	listeners_apart(1024);
}

CHECK(numbers, listeners_4096_apart)
{
	listeners_apart(4096);
}

CHECK(numbers, listeners_262144_apart)
{
	listeners_apart(262144);
}

CHECK(numbers, close_twice)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(close(t.client));
	TRY(close(t.client));
	TRY(shutdown(t.client, SHUT_RDWR));
}

CHECK(numbers, closefrom)
{
	struct trio t = trio_at("127.0.0.1");
	int pid = fork();

	if (pid == 0) {
		/* keeps the transcript, which stands above all others */
		for (int fd = 3; fd < TRANSCRIPT_FD; fd++)
			close(fd);
		closefrom(TRANSCRIPT_FD + 1);
		say("fresh: %d", tcp_socket(AF_INET, 0));
		say_peername("fresh", 3);
		_exit(0);
	}
	say_child(pid);
	say_ping(t.client, t.server);
}

/* ---- select and poll ----------------------------------------------- */

CHECK(poll, same_number_before_and_after)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_NONBLOCK);
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	listen_at(a, 4);
	say("fresh: %d", poll(&p, 1, 0));
	connect(fd, SA(a));
	say("then: %d", poll(&p, 1, PATIENCE));
	say("writable %d", p.revents == POLLOUT);
}

CHECK(poll, select_works)
{
	struct trio t = trio_at("127.0.0.1");
	struct timeval patience = {.tv_sec = 20};
	fd_set in, out;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(t.client, &in);
	FD_SET(t.client, &out);
	MUST(write(t.server, "x", 1));
	wait_for(t.client, POLLIN);
	TRY(select(t.client + 1, &in, &out, NULL, &patience));
	say("in %d, out %d", !!FD_ISSET(t.client, &in),
	    !!FD_ISSET(t.client, &out));
}

CHECK(poll, select_nonblocking_connect_refused)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_NONBLOCK);
	struct timeval patience = {.tv_sec = 20};
	fd_set out;

	TRY(connect(fd, SA(a)));
	FD_ZERO(&out);
	FD_SET(fd, &out);
	TRY(select(fd + 1, NULL, &out, NULL, &patience));
	say("writable: %d", !!FD_ISSET(fd, &out));
	say_so_error(fd);
}

static void *poll_in(void *arg)
{
	struct pollfd p = {.fd = *(int *)arg, .events = POLLIN};

	return (void *)(long)(poll(&p, 1, PATIENCE) == 1 &&
			      p.revents == POLLIN);
}

CHECK(poll, thread_polls_while_another_writes)
{
	struct trio t = trio_at("127.0.0.1");
	pthread_t thread = thread_start(poll_in, &t.client);
	void *result;

	MUST(write(t.server, "x", 1));
	pthread_join(thread, &result);
	say("woken: %d", result != NULL);
}

CHECK(poll, sigio)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;
	struct timespec patience = {.tv_sec = 20};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	MUST(fcntl(fd, F_SETOWN, getpid()));
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(fcntl(fd, F_SETFL, O_ASYNC));
	say("async: %d", !!(fcntl(fd, F_GETFL) & O_ASYNC));
	MUST(write(server, "x", 1));
	say("signal: %d", sigtimedwait(&set, NULL, &patience) == SIGIO);
}
