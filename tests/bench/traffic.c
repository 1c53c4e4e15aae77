/* SPDX-License-Identifier: MIT */
/*
 * What a connection does in a second: data one way, questions and answers, or
 * connections.
 *
 *	traffic tcp|vsock serve PORT
 *	traffic tcp|vsock measure
 *	traffic tcp|vsock hold PORT COUNT
 *
 * measure reads lines, and answers each with a figure:
 *
 *	send|receive|ask|connect PORT SIZE COUNT MILLISECONDS
 *
 * for send and receive bytes per second, in pieces of SIZE; for ask how many
 * questions of SIZE were answered per second on COUNT connections at once; for
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

	for (; !sum || now() - begin < seconds; sum += (double)size)
		if (write_all(fd, data, size) < 0)
			die("write");
	shutdown(fd, SHUT_WR);
	if (read_all(fd, data, 1) < 0)
		die("answer");
	close(fd);
	return sum / (now() - begin);
}

static double receive_data(unsigned int port, size_t size, double seconds)
{
	int fd = peer_dial(port, RECEIVE, (uint32_t)size);
	double begin = now(), sum = 0;

	while (!sum || now() - begin < seconds) {
		ssize_t n = read(fd, data, sizeof(data));

		if (n <= 0)
			die("read");
		sum += (double)n;
	}
	close(fd);
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

/* Connections are kept for the next time: the server has a process for each. */
static double ask(unsigned int port, size_t size, int n, double seconds)
{
	static unsigned int port_of_kept;
	static int fd[MOST], kept;
	double begin, sum = 0;

	if (kept && port != port_of_kept)
		die("another server");
	for (port_of_kept = port; kept < n; kept++)
		fd[kept] = peer_dial(port, ASK, (uint32_t)size);
	ask_all(fd, n, size);
	for (begin = now(); !sum || now() - begin < seconds; sum += n)
		ask_all(fd, n, size);
	return sum / (now() - begin);
}

static double connections(unsigned int port, double seconds)
{
	double begin = now(), sum = 0;

	for (; !sum || now() - begin < seconds; sum++) {
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

static double measure(char what, unsigned int port, size_t size, int n,
		      double seconds)
{
	switch (what) {
	case SEND:
		return send_data(port, size, seconds);
	case RECEIVE:
		return receive_data(port, size, seconds);
	case ASK:
		return ask(port, size, n, seconds);
	default:
		return connections(port, seconds);
	}
}

/* Line by line: to start a process for each figure takes longer than it. */
static int measure_all(void)
{
	char line[80], what;
	unsigned int port;
	size_t size;
	double ms;
	int n;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%c%*s %u %zu %d %lf", &what, &port, &size, &n,
			   &ms) != 5 ||
		    size < 1 || size > LARGEST || n < 1 || n > MOST)
			return 2;
		alarm(TIME_LIMIT_S);
		printf("%.0f\n", measure(what, port, size, n, ms / 1e3));
		fflush(stdout);
		alarm(0);
	}
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
	if (argc < 3 || !peer_choose(argv[1]))
		return 2;
	if (argc == 4 && strcmp(argv[2], "serve") == 0)
		serve((unsigned int)atoi(argv[3]));
	if (argc == 3 && strcmp(argv[2], "measure") == 0)
		return measure_all();
	if (argc == 5 && strcmp(argv[2], "hold") == 0)
		return hold((unsigned int)atoi(argv[3]), atoi(argv[4]));
	return 2;
}
