/* SPDX-License-Identifier: MIT */
/*
 * What the system calls cost that the library adds to a connection, on the
 * machine that runs it: outside a test kernel, where they have their usual
 * price. AF_VSOCK sockets are made here and never connected.
 *
 *	price one|any
 *	price connect|accept
 *
 * The first prints for each round "ADDED,LEAST,CONNECTION" in nanoseconds, with
 * both sides on one processor or on any; the second makes the added calls once,
 * between two write(-1), for strace to see them.
 *
 * ADDED is the calls of both sides (tests/syscalls/expected) and the TCP socket
 * that is made and thrown away, less the AF_VSOCK socket that a program written
 * for it would make, too. LEAST is the part of it that any redirection has:
 * that TCP socket, and another socket put in its place. CONNECTION is one over
 * TCP's loopback: connected, used for a byte and closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "vsock/vm_sockets.h"
#include "tests/must.h"

enum { ROUNDS = 41, TURNS = 100 };

static int tcp_socket(void)
{
	return MUST(socket(AF_INET, SOCK_STREAM, 0));
}

/* ---- the added calls ----------------------------------------------------- */

static void set_vsock(int fd, int name, const void *value, socklen_t len)
{
	MUST(setsockopt(fd, AF_VSOCK, name, value, len));
}

static void mark(int fd)
{
	uint64_t word = 0xa0000000;

	MUST(setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &word,
			sizeof(word)));
}

static int new_vsock(void)
{
	int fd = MUST(socket(AF_VSOCK,
			     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
	struct timeval time = {.tv_sec = 30};
	uint64_t size = 1 << 20;

	set_vsock(fd, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &size, sizeof(size));
	set_vsock(fd, SO_VM_SOCKETS_BUFFER_SIZE, &size, sizeof(size));
	mark(fd);
	set_vsock(fd, SO_VM_SOCKETS_CONNECT_TIMEOUT, &time, sizeof(time));
	return fd;
}

/* Of a connect() that waits; fd is a TCP socket, and an AF_VSOCK one then. */
static void connect_calls(int fd)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLOUT};
	unsigned char state;
	socklen_t len = sizeof(state);
	int from, error;

	MUST(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &len));
	MUST(fcntl(fd, F_GETFL));
	from = new_vsock();
	MUST(fcntl(fd, F_GETFD));
	MUST(dup3(from, fd, 0));
	MUST(fcntl(fd, F_SETFL, 0));
	MUST(close(from));
	MUST(poll(&pollfd, 1, 0));
	len = sizeof(error);
	MUST(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
}

/* fd stands for the listener and the connection. */
static void accept_calls(int fd)
{
	uint64_t word;
	socklen_t len = sizeof(word);

	MUST(getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &word, &len));
	mark(fd);
}

/* As tests/syscalls/trace.sh reads it. */
static int show(const char *what)
{
	int fd = tcp_socket();

	if (write(-1, what, strlen(what)) != -1)
		return 1;
	if (strcmp(what, "connect") == 0)
		connect_calls(fd);
	else if (strcmp(what, "accept") == 0)
		accept_calls(fd);
	else
		return 2;
	return write(-1, "stop", 4) != -1;
}

/* ---- turns --------------------------------------------------------------- */

static struct sockaddr_in server;

static void redirected(void)
{
	int fd = tcp_socket();

	connect_calls(fd);
	accept_calls(fd);
	close(fd);
}

static void just_replaced(void)
{
	int fd = tcp_socket();
	int from = MUST(socket(AF_VSOCK, SOCK_STREAM, 0));

	MUST(dup3(from, fd, 0));
	close(from);
	close(fd);
}

static void written_for_vsock(void)
{
	close(MUST(socket(AF_VSOCK, SOCK_STREAM, 0)));
}

static void connection(void)
{
	int fd = tcp_socket();
	char byte = 0;

	MUST(connect(fd, (struct sockaddr *)&server, sizeof(server)));
	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 0)
		exit(1);
	close(fd);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_of(void (*turn)(void))
{
	double begin = now_ns();

	for (int i = 0; i < TURNS; i++)
		turn();
	return (now_ns() - begin) / TURNS;
}

/* ---- the other side ------------------------------------------------------ */

static void serve(int listener)
{
	char byte;

	for (;;) {
		int fd = MUST(accept(listener, NULL, NULL));

		if (read(fd, &byte, 1) != 1)
			exit(1);
		close(fd);
	}
}

/* Ends when this process does. */
static void start_server(void)
{
	socklen_t len = sizeof(server);
	int listener = tcp_socket();

	server.sin_family = AF_INET;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	MUST(bind(listener, (struct sockaddr *)&server, len));
	MUST(listen(listener, SOMAXCONN));
	MUST(getsockname(listener, (struct sockaddr *)&server, &len));
	if (MUST(fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener);
	}
	close(listener);
}

static bool has_vsock(void)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0)
		return false;
	return close(fd) == 0;
}

/* The one that this runs on; the server's process gets it, too. */
static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)MUST(sched_getcpu()), &set);
	MUST(sched_setaffinity(0, sizeof(set), &set));
}

static int measure(void)
{
	start_server();
	for (int i = 0; i < ROUNDS; i++) {
		double without = time_of(written_for_vsock);
		double added = time_of(redirected) - without;
		double least = time_of(just_replaced) - without;

		printf("%.0f,%.0f,%.0f\n", added, least, time_of(connection));
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	if (!has_vsock()) {
		fprintf(stderr, "no AF_VSOCK here: %s\n", strerror(errno));
		return 77;
	}
	if (strcmp(argv[1], "one") == 0)
		stay_here();
	else if (strcmp(argv[1], "any") != 0)
		return show(argv[1]);
	return measure();
}
