/* SPDX-License-Identifier: MIT */
/*
 * Where only an amount is wrong, or the second of two ways: sizes, full queues
 * behind a wildcard address, options that are switched off again, a number
 * that is another socket's by now.
 */
#include "parity.h"

/* ---- sizes --------------------------------------------------------------- */

enum { IN_FLIGHT = 100000, IN_QUEUE = 600000 };

/*
 * What is sent while nothing can be delivered is under way when the room
 * becomes less: the sender knew of all that there was.
 */
CHECK(data, reader_asks_for_less_room)
{
	static unsigned char buf[IN_FLIGHT];
	struct addr a = at("127.0.0.1", port(1));
	int listener = listen_at(a, 4), client = connect_to(a);
	int server = MUST(accept(listener, NULL, NULL));
	struct pending pending;
	ssize_t n;

	pattern(buf, sizeof(buf), 7);
	pending_begin(&pending);
	MUST(write_all(client, buf, sizeof(buf)));
	TRY(set_int(server, SOL_SOCKET, SO_RCVBUF, 8192));
	pending_end(&pending);
	MUST(shutdown(client, SHUT_WR));
	n = read_all(server, buf, sizeof(buf));
	say("read %zd, checksum %lu", n,
	    checksum(0, buf, n < 0 ? 0 : (size_t)n));
}

struct sending {
	struct trio trio;
	unsigned char buf[3 * 1000 * 1000];
};

static void *send_to_an_address(void *arg)
{
	struct sending *s = arg;

	TRY(sendto(s->trio.client, s->buf, sizeof(s->buf), 0,
		   SA(s->trio.addr)));
	MUST(shutdown(s->trio.client, SHUT_WR));
	return NULL;
}

/* The supervisor takes it to the kernel in pieces. */
CHECK(data, sendto_with_an_address_of_millions)
{
	static struct sending s;
	static unsigned char got[sizeof(s.buf) + 1];
	pthread_t thread;
	ssize_t n;

	s.trio = trio_at("127.0.0.1");
	pattern(s.buf, sizeof(s.buf), 3);
	thread = thread_start(send_to_an_address, &s);
	n = read_all(s.trio.server, got, sizeof(got));
	thread_join(thread);
	say("read %zd, as they were sent: %d", n,
	    !memcmp(got, s.buf, sizeof(s.buf)));
}

CHECK(data, fionread_very_large)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = tcp_socket(AF_INET, 0), client, server, n = 0;
	int size = 4 * IN_QUEUE;
	char *buf = calloc(1, IN_QUEUE);

	if (hybrid_run())
		skip("a Unix socket's sender has the buffer");
	/* Past net.core.rmem_max, which root may do. */
	if (setsockopt(listener, SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)))
		skip("needs root");
	MUST(bind(listener, SA(a)));
	MUST(listen(listener, 4));
	client = connect_to(a);
	server = MUST(accept(listener, NULL, NULL));
	MUST(write_all(client, buf, IN_QUEUE));
	MUST(shutdown(client, SHUT_WR));
	say("woken: %d", wait_for(server, POLLRDHUP));
	TRY(ioctl(server, FIONREAD, &n));
	say("readable: %d", n);
}

/* ---- a full queue behind a wildcard address ------------------------------ */

enum { CLIENTS = 8 };

static const char limit_path[] = "/proc/sys/net/core/somaxconn";

/*
 * It speaks first: over TCP the last step of a handshake may be dropped, which
 * is made up for when there is data.
 */
static void *connect_and_ask(void *arg)
{
	int fd = tcp_socket(AF_INET, 0);
	char c = 0;

	if (connect(fd, SA(*(struct addr *)arg)) || write(fd, "?", 1) != 1 ||
	    read_all(fd, &c, 1) != 1)
		c = 0;
	close(fd);
	return (void *)(long)c;
}

static int set_limit(const char *text)
{
	int fd = open(limit_path, O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : (int)write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return r;
}

static void *answer_all(void *arg)
{
	for (int i = 0; i < CLIENTS; i++) {
		int fd = accept(*(int *)arg, NULL, NULL);
		char c;

		if (fd < 0 || read_all(fd, &c, 1) != 1 ||
		    write(fd, "x", 1) != 1)
			break;
		close(fd);
	}
	return NULL;
}

/* Clients that wait are let in as room is made; none is turned away. */
CHECK(connect, queue_full_at_the_wildcard_address)
{
	struct addr a = at("0.0.0.0", port(0)), to = at("127.0.0.1", port(0));
	int listener = tcp_socket(AF_INET, 0), served = 0;
	pthread_t clients[CLIENTS], server;
	char before[16] = "";
	int fd = open(limit_path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, before, sizeof(before) - 1) < 1 ||
	    set_limit("2") < 0)
		skip("can't change net.core.somaxconn");
	MUST(bind(listener, SA(a)));
	MUST(listen(listener, 2));
	set_limit(before);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = thread_start(connect_and_ask, &to);
	/* Time for more of them to come than the queue holds. */
	wait_for(listener, POLLIN);
	usleep(200000);
	server = thread_start(answer_all, &listener);
	for (int i = 0; i < CLIENTS; i++) {
		void *answer;

		pthread_join(clients[i], &answer);
		served += answer != NULL;
	}
	say("served: %d", served);
	shutdown(listener, SHUT_RDWR);
	thread_join(server);
}

/* ---- off again ------------------------------------------------------------ */

static void switched_off(int level, int name, const char *label)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), listener = tcp_socket(AF_INET, 0);

	for (int on = 1; on >= 0; on--) {
		MUST(set_int(fd, level, name, on));
		MUST(set_int(listener, level, name, on));
	}
	MUST(bind(listener, SA(a)));
	MUST(listen(listener, 4));
	MUST(connect(fd, SA(a)));
	say_option(label, fd, level, name);
	say_option(label, listener, level, name);
	say_option(label, MUST(accept(listener, NULL, NULL)), level, name);
}

CHECK(options, nodelay_off_again)
{
	switched_off(IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY");
}

CHECK(options, reuseaddr_off_again)
{
	switched_off(SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
}

CHECK(options, keepalive_off_again)
{
	switched_off(SOL_SOCKET, SO_KEEPALIVE, "SO_KEEPALIVE");
}

/* ---- the second way ------------------------------------------------------ */

CHECK(flags, owner_by_its_kind)
{
	struct addr a = at("127.0.0.1", port(0));
	struct f_owner_ex owner = {F_OWNER_PGRP, getpgrp()}, got = {0};
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(fcntl(fd, F_SETOWN_EX, &owner));
	TRY(connect(fd, SA(a)));
	MUST(fcntl(fd, F_GETOWN_EX, &got));
	say("kept: %d %d", got.type == F_OWNER_PGRP, got.pid == owner.pid);
}

static volatile sig_atomic_t pipes;

static void count_pipe(int sig)
{
	(void)sig;
	pipes++;
}

static void send_pipe(const char *label, int fd)
{
	int before = pipes;

	TRY(send(fd, "x", 1, 0));
	say("%s: SIGPIPE %d", label, pipes - before);
	before = pipes;
	TRY(send(fd, "x", 1, MSG_NOSIGNAL));
	say("%s, MSG_NOSIGNAL: SIGPIPE %d", label, pipes - before);
}

CHECK(signals, sigpipe_on_a_bound_socket_and_a_listener)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	signal(SIGPIPE, count_pipe);
	MUST(bind(fd, SA(a)));
	expect_redirected(fd);
	send_pipe("bound", fd);
	MUST(listen(fd, 4));
	send_pipe("listener", fd);
}

CHECK(bind, first_of_two_listens_too)
{
	int fds[2] = {tcp_socket(AF_INET6, SOCK_NONBLOCK),
		      tcp_socket(AF_INET, SOCK_NONBLOCK)};
	struct addr a = at("::", port(0)), b = at("0.0.0.0", port(0));

	MUST(set_int(fds[0], IPPROTO_IPV6, IPV6_V6ONLY, 1));
	MUST(bind(fds[0], SA(a)));
	MUST(listen(fds[0], 4));
	MUST(bind(fds[1], SA(b)));
	MUST(listen(fds[1], 4));
	for (int i = 0; i < 2; i++) {
		SAY_OPTION(fds[i], SOL_SOCKET, SO_ACCEPTCONN);
		TRYFD(accept(fds[i], NULL, NULL));
	}
}

/* The address is IPv4's, and the socket is not for those. */
CHECK(bind, v4_mapped_by_a_socket_for_ipv6_only)
{
	struct addr a = at("::ffff:127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET6, 0);

	MUST(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	TRY(bind(fd, SA(a)));
	say_sockname("after", fd);
}

/* ---- a number that is another socket's by now ---------------------------- */

static void hold_port(void *arg)
{
	listen_at(at("127.0.0.1", port(0)), 4);
	if (write(*(int *)arg, "x", 1) == 1)
		pause();
}

/*
 * Our listener is gone, though its number is a listener; the port is another
 * process's now, and a second listener of ours for it is one too many.
 */
CHECK(bind, number_of_a_closed_listener_is_another)
{
	struct addr a = at("::1", port(0)), b = at("127.0.0.1", port(1));
	struct addr c = at("127.0.0.1", port(0));
	int first = listen_at(a, 4), second = listen_at(b, 4), pair[2];
	int fd = tcp_socket(AF_INET, 0);
	pid_t child;
	char c1;

	MUST(pipe2(pair, O_CLOEXEC));
	MUST(dup2(second, first));
	child = child_start(hold_port, &pair[1]);
	MUST(read_all(pair[0], &c1, 1));
	TRY(bind(fd, SA(c)));
	kill(child, SIGKILL);
	say_child(child);
}
