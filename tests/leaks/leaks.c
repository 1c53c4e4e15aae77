/* SPDX-License-Identifier: MIT */
/*
 * Connects and accepts COUNT times, from several threads and in a child, and
 * fails to as well; then the process has the descriptors that it had.
 *
 *	leaks PORT COUNT
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 4
#define NUMBERS 1024

static int first_port, count;

static int check(int r, const char *what)
{
	if (r >= 0)
		return r;
	perror(what);
	exit(1);
}

#define MUST(call) check(call, #call)

static void expect(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "not so: %s\n", what);
	exit(1);
}

static struct sockaddr_in address(int port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port),
	};

	return sa;
}

static int connect_to(int fd, int port)
{
	struct sockaddr_in sa = address(port);

	return connect(fd, (struct sockaddr *)&sa, sizeof(sa));
}

static int listen_on(int port)
{
	int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), one = 1;
	struct sockaddr_in sa = address(port);

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	MUST(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)));
	MUST(bind(fd, (struct sockaddr *)&sa, sizeof(sa)));
	MUST(listen(fd, 64));
	return fd;
}

/* Every second one with options, a copy and an epoll set: the longer way. */
static int connect_client(int port, bool longer)
{
	int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), one = 1, copy, set;
	struct epoll_event event = {.events = EPOLLIN};

	if (!longer) {
		MUST(connect_to(fd, port));
		return fd;
	}
	copy = MUST(dup(fd));
	set = MUST(epoll_create1(0));
	MUST(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)));
	MUST(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof(one)));
	MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	MUST(connect_to(fd, port));
	MUST(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event));
	MUST(close(set));
	MUST(close(fd));
	return copy;
}

static void converse(int listener, int port, bool longer)
{
	struct sockaddr_in sa = {0};
	socklen_t len = sizeof(sa);
	int client = connect_client(port, longer);
	int server = MUST(accept(listener, (struct sockaddr *)&sa, &len));
	char c = 'x';

	expect(sa.sin_addr.s_addr == htonl(INADDR_LOOPBACK), "peer");
	expect(send(client, &c, 1, 0) == 1, "send");
	expect(recv(server, &c, 1, 0) == 1 && c == 'x', "recv");
	MUST(shutdown(client, SHUT_WR));
	expect(recv(server, &c, 1, 0) == 0, "end of file");
	MUST(close(client));
	MUST(close(server));
}

/* Refused, and tried again on the same socket, and dissolved. */
static void fail(int port)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	struct pollfd pollfd = {fd, POLLOUT, 0};

	for (int i = 0; i < 2; i++) {
		if (connect_to(fd, port) && errno == EINPROGRESS) {
			MUST(poll(&pollfd, 1, -1));
			expect(connect_to(fd, port) < 0, "refused");
		}
		expect(errno == ECONNREFUSED, "ECONNREFUSED");
	}
	MUST(connect(fd, &none, sizeof(none)));
	MUST(close(fd));
}

static void *work(void *arg)
{
	int port = first_port + (int)(long)arg;
	int listener = listen_on(port);

	for (int i = 0; i < count / THREADS; i++) {
		converse(listener, port, i % 2);
		if (i % 8 == 0)
			fail(first_port + 100);
	}
	MUST(shutdown(listener, SHUT_RDWR));
	MUST(close(listener));
	return NULL;
}

static void work_in_threads(void)
{
	pthread_t threads[THREADS];

	for (long i = 0; i < THREADS; i++)
		expect(!pthread_create(&threads[i], NULL, work, (void *)i),
		       "a thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void look(bool open[NUMBERS])
{
	for (int i = 0; i < NUMBERS; i++)
		open[i] = fcntl(i, F_GETFD) >= 0;
}

static void work_and_compare(void)
{
	bool before[NUMBERS], after[NUMBERS];
	bool same = true;

	look(before);
	work_in_threads();
	look(after);
	for (int i = 0; i < NUMBERS; i++) {
		if (before[i] == after[i])
			continue;
		fprintf(stderr, "descriptor %d is %s\n", i,
			after[i] ? "left over" : "gone");
		same = false;
	}
	expect(same, "descriptors as before");
}

int main(int argc, char **argv)
{
	pid_t child;
	int status;

	if (argc != 3)
		return 2;
	first_port = atoi(argv[1]);
	count = atoi(argv[2]);
	work_and_compare();
	child = MUST(fork());
	if (!child) {
		first_port += 10;
		count = count / 10 + THREADS;
		work_and_compare();
		return 0;
	}
	MUST(waitpid(child, &status, 0));
	expect(WIFEXITED(status) && !WEXITSTATUS(status), "the child's end");
	printf("ok: %d connections, and the descriptors are what they were\n",
	       count / THREADS * THREADS);
	return 0;
}
