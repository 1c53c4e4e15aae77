/* SPDX-License-Identifier: MIT */
/*
 * What a connection does in a second: data one way, questions and answers, or
 * connections.
 *
 *	traffic tcp|vsock serve PORT
 *	traffic tcp|vsock send|receive|ask|connect PORT SIZE COUNT SECONDS
 *	traffic tcp|vsock hold PORT COUNT
 *
 * send and receive print bytes per second, in pieces of SIZE; ask how many
 * questions of SIZE were answered per second on COUNT connections at once;
 * connect how many connections per second. hold makes COUNT connections, says
 * so, and keeps them until its standard input ends.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/peer.h"

enum { MOST = 64, TIME_LIMIT_S = 60 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What the server has read counts, and nothing that is still under way. */
static double send_data(unsigned int port, size_t size, double seconds)
{
	int fd = peer_dial(port, SEND, (uint32_t)size);
	double begin = now(), sum = 0;

	for (; now() - begin < seconds; sum += (double)size)
		if (write_all(fd, data, size) < 0)
			die("write");
	shutdown(fd, SHUT_WR);
	if (read_all(fd, data, 1) < 0)
		die("answer");
	return sum / (now() - begin);
}

static double receive_data(unsigned int port, size_t size, double seconds)
{
	int fd = peer_dial(port, RECEIVE, (uint32_t)size);
	double begin = now(), sum = 0;

	while (now() - begin < seconds) {
		ssize_t n = read(fd, data, sizeof(data));

		if (n <= 0)
			die("read");
		sum += (double)n;
	}
	return sum / (now() - begin);
}

/* A question on each connection, then the answers. */
static void ask_all(const int *fd, int n, size_t size)
{
	for (int i = 0; i < n; i++)
		if (write_all(fd[i], data, size) < 0)
			die("write");
	for (int i = 0; i < n; i++)
		if (read_all(fd[i], data, size) < 0)
			die("read");
}

static double ask(unsigned int port, size_t size, int n, double seconds)
{
	int fd[MOST];
	double begin, sum = 0;

	for (int i = 0; i < n; i++)
		fd[i] = peer_dial(port, ASK, (uint32_t)size);
	ask_all(fd, n, size);
	for (begin = now(); now() - begin < seconds; sum += n)
		ask_all(fd, n, size);
	return sum / (now() - begin);
}

static double connections(unsigned int port, double seconds)
{
	double begin = now(), sum = 0;

	for (; now() - begin < seconds; sum++) {
		int fd = peer_dial(port, CONNECT, 0);

		if (read_all(fd, data, 1) == 0)
			die("not closed");
		close(fd);
	}
	return sum / (now() - begin);
}

static int hold(unsigned int port, int count)
{
	for (int i = 0; i < count; i++)
		peer_dial(port, HOLD, 0);
	puts("held");
	fflush(stdout);
	return read(STDIN_FILENO, data, 1) < 0;
}

static int measure(char **arg)
{
	unsigned int port = (unsigned int)atoi(arg[1]);
	size_t size = (size_t)atol(arg[2]);
	int n = atoi(arg[3]);
	double seconds = atof(arg[4]), result;

	if (size < 1 || size > LARGEST || n < 1 || n > MOST)
		return 2;
	alarm(TIME_LIMIT_S);
	switch (arg[0][0]) {
	case SEND:
		result = send_data(port, size, seconds);
		break;
	case RECEIVE:
		result = receive_data(port, size, seconds);
		break;
	case ASK:
		result = ask(port, size, n, seconds);
		break;
	case CONNECT:
		result = connections(port, seconds);
		break;
	default:
		return 2;
	}
	printf("%.0f\n", result);
	return 0;
}

/* Each held connection is a descriptor. */
static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	raise_limit();
	if (argc < 4 || !peer_choose(argv[1]))
		return 2;
	if (argc == 4 && strcmp(argv[2], "serve") == 0)
		serve((unsigned int)atoi(argv[3]));
	if (argc == 5 && strcmp(argv[2], "hold") == 0)
		return hold((unsigned int)atoi(argv[3]), atoi(argv[4]));
	return argc == 7 ? measure(argv + 2) : 2;
}
