/* SPDX-License-Identifier: MIT */
/* Sockets with a history: what the random walks (tests/random) came upon. */
#include "parity.h"

#include <sys/mman.h>

static struct addr unspec(void)
{
	struct addr a = {.len = sizeof(a.in)};

	a.sa.sa_family = AF_UNSPEC;
	return a;
}

static void say_connected(struct addr to, int listener)
{
	int client = connect_to(to);

	say_ping(client, TRYFD(accept(listener, NULL, NULL)));
}

static void *no_memory(void)
{
	void *page =
		mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

/* A non-blocking attempt that has failed, and has not told so. */
static int failed_at(struct addr to)
{
	int fd = tcp_socket(to.sa.sa_family, SOCK_NONBLOCK);

	TRY(connect(fd, SA(to)));
	wait_for(fd, POLLOUT);
	return fd;
}

/* The same socket under another number, by way of a Unix socket. */
static int passed(int fd)
{
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	send_fd(pair[0], fd);
	return receive_fd(pair[1]);
}

/* ---- connect ------------------------------------------------------ */

CHECK(connect, wildcard_address_then_the_peer)
{
	struct addr a = at("0.0.0.0", port(0)), a6 = at("::", port(1));
	int fd;

	MUST(listen_at(a, 4));
	MUST(listen_at(a6, 4));
	fd = connect_to(a);
	say_peername("peer", fd);
	TRY(shutdown(fd, SHUT_WR));
	say_peername("peer of a half", fd);
	say_peername("IPv6 peer", connect_to(a6));
}

CHECK_WITH(connect, unmapped_failure_is_told_before_a_mapped_try, CHECK_DIRECT)
{
	struct addr nobody = at("127.0.0.1", direct_port(0));
	struct addr to = at("127.0.0.1", port(0));
	int listener = listen_at(to, 4), fd = failed_at(nobody);

	TRY(connect(fd, SA(to)));
	TRY(connect(fd, SA(to)));
	say_poll("poll", fd, POLLOUT, PATIENCE);
	MUST(fcntl(fd, F_SETFL, 0));
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
	fd = failed_at(nobody);
	say_so_error(fd);
	TRY(connect(fd, SA(to)));
	TRY(connect(fd, SA(to)));
}

CHECK_WITH(connect, blocking_unmapped_after_a_mapped_failure, CHECK_DIRECT)
{
	struct addr nobody = at("127.0.0.1", direct_port(0));
	int fd = failed_at(at("127.0.0.1", port(0)));

	say_so_error(fd);
	MUST(fcntl(fd, F_SETFL, 0));
	TRY(connect(fd, SA(nobody)));
	TRY(connect(fd, SA(nobody)));
}

/* The name that the kernel chose for an attempt that failed is not held. */
CHECK_WITH(bind, after_failures_mapped_and_unmapped, CHECK_DIRECT)
{
	struct addr nobody = at("127.0.0.1", port(0)), a = nobody;
	struct addr direct = at("127.0.0.1", direct_port(0));
	int fd = tcp_socket(AF_INET, 0);

	TRY(connect(fd, SA(nobody)));
	TRY(connect(fd, SA(direct)));
	TRY(bind(fd, SA(a)));
	expect_redirected(fd);
	TRY(listen(fd, 4));
	say_connected(a, fd);
}

CHECK(connect, told_no_more_after_shutdown)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	MUST(listen_at(a, 4));
	TRY(connect(fd, SA(a)));
	say_poll("poll", fd, POLLOUT, PATIENCE);
	TRY(shutdown(fd, SHUT_WR));
	TRY(connect(fd, SA(a)));
}

CHECK(connect, invalid_shutdown_of_a_failure)
{
	TRY(shutdown(failed_at(at("127.0.0.1", port(0))), 3));
}

CHECK(connect, unspec_ends_a_listener)
{
	struct addr a = at("127.0.0.1", port(0)), none = unspec();
	int listener = listen_at(a, 4), copy = (int)MUST(dup(listener));
	int fd = tcp_socket(AF_INET, 0);

	TRY(connect(listener, SA(none)));
	say_sockname("still bound", listener);
	SAY_OPTION(copy, SOL_SOCKET, SO_ACCEPTCONN);
	TRY(connect(fd, SA(a)));
	TRY(bind(listener, SA(a)));
	TRY(listen(copy, 4));
	say_connected(a, listener);
}

CHECK(connect, unspec_on_a_bound_socket)
{
	struct addr a = at("127.0.0.1", port(0)), none = unspec();
	int fd = tcp_socket(AF_INET, 0);

	TRY(bind(fd, SA(a)));
	TRY(connect(fd, SA(none)));
	say_sockname("bound", fd);
	TRY(listen(fd, 4));
	say_connected(a, fd);
}

CHECK(connect, refused_then_listen_where_it_was_bound)
{
	struct addr a = at("127.0.0.1", port(0));
	struct addr nobody = at("127.0.0.1", port(1));
	int fd = tcp_socket(AF_INET, 0), copy = (int)MUST(dup(fd));

	MUST(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	TRY(bind(fd, SA(a)));
	TRY(connect(fd, SA(nobody)));
	TRY(listen(copy, 4));
	expect_redirected(fd);
	say_connected(a, fd);
}

CHECK_WITH(connect, unmapped_refusal_does_not_bind, CHECK_DIRECT)
{
	struct addr nobody = at("127.0.0.1", direct_port(0));
	struct addr a = at("127.0.0.1", port(0));
	int fd = passed(tcp_socket(AF_INET, 0));

	TRY(connect(fd, SA(nobody)));
	TRY(bind(fd, SA(a)));
	expect_redirected(fd);
	TRY(listen(fd, 4));
	say_connected(a, fd);
}

/* A TCP connection that both have ended: the kernel has nothing left of it. */
static int connected_once(int flags)
{
	struct addr a = at("127.0.0.1", direct_port(0));
	int fd = tcp_socket(AF_INET, flags), listener = tcp_socket(AF_INET, 0);
	int server;

	MUST(set_int(listener, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(bind(listener, SA(a)));
	MUST(listen(listener, 4));
	TRY(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(shutdown(fd, SHUT_WR));
	wait_for(server, POLLIN);
	MUST(close(server));
	MUST(close(listener));
	say("over: %d", wait_for(fd, POLLHUP));
	return fd;
}

CHECK_WITH(connect, mapped_after_an_unmapped_connection, CHECK_DIRECT)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = connected_once(0), copy = (int)MUST(dup(connected_once(0)));
	int untold = connected_once(SOCK_NONBLOCK);

	MUST(listen_at(a, 4));
	TRY(connect(fd, SA(a)));
	TRY(connect(untold, SA(a)));
	TRY(connect(untold, SA(a)));
	TRY(connect(copy, SA(a)));
	TRY(connect(passed(fd), SA(a)));
}

CHECK_WITH(bind, listen_after_an_unmapped_connection, CHECK_DIRECT)
{
	int fd = connected_once(0);

	TRY(listen(fd, 4));
	TRY(listen((int)MUST(dup(fd)), 4));
	TRY(listen(passed(fd), 4));
}

CHECK(bind, where_listen_had_chosen_a_port)
{
	struct addr a = at("127.0.0.1", port(0)), none = unspec();
	int fd = tcp_socket(AF_INET, 0);

	TRY(listen(fd, 4));
	TRY(connect(fd, SA(none)));
	TRY(connect(fd, SA(a)));
	TRY(bind(fd, SA(a)));
	TRY(listen(fd, 4));
	say_connected(a, fd);
}

/* ---- bind ------------------------------------------------------------------
 */

CHECK(bind, address_of_another_family_twice)
{
	struct addr a = at("127.0.0.1", port(0)), a6 = at("::1", port(0));
	int fd = tcp_socket(AF_INET, 0), fd6 = tcp_socket(AF_INET6, 0);

	TRY(bind(fd, SA(a)));
	TRY(bind(fd, SA(a6)));
	a6 = at("::1", port(1));
	TRY(bind(fd6, SA(a6)));
	a.len = a6.len;
	TRY(bind(fd6, SA(a)));
	TRY(bind(fd6, &a.sa, sizeof(a.in)));
}

CHECK(bind, connection_that_was_shut_down)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = at("127.0.0.1", port(1));
	char c = 0;

	TRY(shutdown(t.client, SHUT_WR));
	TRY(bind(t.client, SA(a)));
	TRY(send(t.server, "y", 1, MSG_NOSIGNAL));
	wait_for(t.client, POLLIN);
	TRY(recv(t.client, &c, 1, MSG_DONTWAIT));
}

CHECK(bind, loopback_then_ipv6_wildcard)
{
	struct addr a = at("127.0.0.1", port(0)), a6 = at("::", port(0));
	int fd6 = tcp_socket(AF_INET6, 0);
	int listener = listen_at(a, 4);

	MUST(set_int(fd6, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	TRY(bind(fd6, SA(a6)));
	say_connected(a, listener);
}

CHECK(bind, ipv6_listens_first_and_ipv4_is_served)
{
	struct addr a = at("127.0.0.1", port(0)), a6 = at("::1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	MUST(listen_at(a6, 4));
	TRY(bind(fd, SA(a)));
	SAY_OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN);
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK));
	TRY(accept(fd, NULL, NULL));
	TRY(listen(fd, 4));
	MUST(fcntl(fd, F_SETFL, 0));
	say_connected(a, fd);
}

enum { INHERITED = 50 };

HELPER(second_family)
{
	struct addr a6 = at("::1", port(0));
	int fd6 = tcp_socket(AF_INET6, 0);

	(void)argc;
	(void)argv;
	TRY(bind(fd6, SA(a6)));
	TRY(listen(fd6, 4));
	say_connected(at("127.0.0.1", port(0)), INHERITED);
	return 0;
}

CHECK(exec, second_family_beside_an_inherited_listener)
{
	int listener = listen_at(at("127.0.0.1", port(0)), 4);

	MUST(dup2(listener, INHERITED));
	say_child(helper_start("second_family", WITH_LIBRARY, NULL));
}

/* ---- copies ------------------------------------------------------- */

CHECK(scm_rights, to_itself_before_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), listener = listen_at(a, 4);
	int copy = passed(fd);

	TRY(connect(fd, SA(a)));
	expect_redirected(copy);
	say_ping(copy, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(copies, shut_for_reading_through_one)
{
	struct trio t = trio_at("127.0.0.1");
	int before = (int)MUST(dup(t.client)), after;
	char c;

	TRY(shutdown(t.client, SHUT_RD));
	after = (int)MUST(dup(t.client));
	TRY(recv(before, &c, 1, MSG_DONTWAIT));
	TRY(recv(after, &c, 1, MSG_DONTWAIT));
}

/* ---- data --------------------------------------------------------- */

CHECK(data, messages_of_a_socket_that_is_not_connected)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = listen_at(a, 4);
	char c = 'x';
	struct iovec iov = {&c, 1};
	struct mmsghdr vec = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};

	TRY(sendmmsg(fd, &vec, 1, MSG_NOSIGNAL));
	vec.msg_hdr.msg_name = &a.sa;
	vec.msg_hdr.msg_namelen = a.len;
	TRY(sendmsg(fd, &vec.msg_hdr, MSG_NOSIGNAL));
	TRY(sendmmsg(fd, &vec, 1, MSG_NOSIGNAL));
}

CHECK(data, recvmmsg_of_a_failure)
{
	int fd = failed_at(at("127.0.0.1", port(0)));
	char buf[8], control[64];
	struct iovec iov = {buf, sizeof(buf)};
	struct addr from;
	struct mmsghdr vec = {.msg_hdr = {.msg_iov = &iov,
					  .msg_iovlen = 1,
					  .msg_name = &from.ss,
					  .msg_namelen = sizeof(from.ss),
					  .msg_control = control,
					  .msg_controllen = sizeof(control)}};

	TRY(recvmmsg(fd, &vec, 1, MSG_DONTWAIT, NULL));
	TRY(recvmmsg(fd, &vec, 1, MSG_DONTWAIT | MSG_TRUNC, NULL));
	TRY(recvmmsg(fd, &vec, 1, MSG_DONTWAIT, NULL));
	say("name %u, control %zu", vec.msg_hdr.msg_namelen,
	    (size_t)vec.msg_hdr.msg_controllen);
}

CHECK(data, recvmmsg_waits_for_one)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8];
	struct iovec iov = {buf, sizeof(buf)};
	struct mmsghdr vec[2] = {
		{.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}},
		{.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}}};

	MUST(write_all(t.client, "abc", 3));
	TRY(recvmmsg(t.server, vec, 2, MSG_WAITFORONE, NULL));
	say("%u bytes", vec[0].msg_len);
}

CHECK(data, name_at_the_end_after_a_failure)
{
	int fd = failed_at(at("127.0.0.1", port(0)));
	struct addr from = nowhere();
	char c;

	TRY(recv(fd, &c, 1, MSG_DONTWAIT));
	TRY(recvfrom(fd, &c, 1, MSG_DONTWAIT, SA_OUT(from)));
	say("name length %u", from.len);
}

CHECK(data, shut_for_reading_then_recvmsg_discards)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8];
	struct iovec iov = {buf, sizeof(buf)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	TRY(shutdown(t.client, SHUT_RD));
	TRY(recv(t.client, buf, sizeof(buf), MSG_ERRQUEUE | MSG_DONTWAIT));
	TRY(recvmsg(t.client, &msg, MSG_TRUNC));
	TRY(recvmsg(t.client, &msg, MSG_WAITALL));
}

CHECK(data, bad_pointers_in_messages)
{
	struct trio t = trio_at("127.0.0.1");
	struct iovec iov = {no_memory(), 16};
	struct mmsghdr vec = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};
	struct addr from = nowhere();

	TRY(sendmsg(t.client, &vec.msg_hdr, 0));
	TRY(sendmmsg(t.client, &vec, 1, 0));
	MUST(write_all(t.client, "abc", 3));
	wait_for(t.server, POLLIN);
	TRY(recvmsg(t.server, &vec.msg_hdr, MSG_DONTWAIT));
	TRY(recvfrom(t.server, no_memory(), 16, MSG_DONTWAIT, SA_OUT(from)));
}

CHECK(accept, recv_after_shutdown)
{
	int listener = listen_at(at("127.0.0.1", port(0)), 4);
	char c;

	TRY(shutdown(listener, SHUT_RDWR));
	TRY(recv(listener, &c, 1, MSG_DONTWAIT));
}

CHECK(data, ioctls_of_a_listener)
{
	int listener = listen_at(at("127.0.0.1", port(0)), 4), n = -1;

	TRY(ioctl(listener, FIONREAD, no_memory()));
	TRY(ioctl(listener, SIOCATMARK, &n));
	say("at the mark: %d", n);
	TRY(ioctl(listener, SIOCATMARK, no_memory()));
}

/* ---- names and options -------------------------------------------- */

CHECK(data, bad_lengths_for_the_peer_after_shutdown)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr peer = nowhere();

	TRY(shutdown(t.client, SHUT_WR));
	TRY(getpeername(t.client, &peer.sa, no_memory()));
	TRY(getpeername(t.client, no_memory(), &peer.len));
	peer.len = (socklen_t)-1;
	TRY(getpeername(t.client, SA_OUT(peer)));
}

CHECK(options, tcp_nodelay_in_one_byte)
{
	struct trio t = trio_at("127.0.0.1");
	unsigned char value[4] = {9, 9, 9, 9};
	socklen_t len = 1;

	MUST(set_int(t.client, IPPROTO_TCP, TCP_NODELAY, 1));
	TRY(getsockopt(t.client, IPPROTO_TCP, TCP_NODELAY, value, &len));
	say("%u: %u %u", len, value[0], value[1]);
}
