/* SPDX-License-Identifier: MIT */
/*
 * What a connection costs beside N others of something:
 *
 *	curve tcp|vsock PORT WHAT N ROUNDS
 *
 *	open       N connections are open
 *	sets       N epoll sets, each with a connection in it
 *	numbers    N descriptors are open
 *	threads    N threads connect at once
 *	children   N children made by fork() are there
 *	clients    N processes have connected before the first is accepted
 *	nothing
 *
 * Prints for each round the nanoseconds of one connection: socket(), connect(),
 * accept(), a byte, close() of both; and in the first line the KiB of user memory
 * (VmRSS) that the N took. On TCP 127.0.0.1, else CID 1: in the test kernel.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vsock/vm_sockets.h"

static int family, listener, n;
static struct sockaddr_storage at;
static socklen_t len;

static int check(int r, const char *what)
{
	if (r >= 0)
		return r;
	perror(what);
	exit(1);
}

#define MUST(call) check((int)(call), #call)

static void set_address(int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = (unsigned)port};

	len = family == AF_INET ? sizeof(in) : sizeof(vm);
	memcpy(&at, family == AF_INET ? (void *)&in : (void *)&vm, len);
}

static int dial(void)
{
	int fd = MUST(socket(family, SOCK_STREAM, 0));

	MUST(connect(fd, (struct sockaddr *)&at, len));
	return fd;
}

static int take(void)
{
	return MUST(accept(listener, NULL, NULL));
}

static void one(void)
{
	int fd = dial(), other = take();
	char byte = 0;

	MUST(send(fd, &byte, 1, 0));
	MUST(recv(other, &byte, 1, 0));
	MUST(close(fd));
	MUST(close(other));
}

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static long resident(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size = 0, pages = 0;

	if (file && fscanf(file, "%ld %ld", &size, &pages) == 2)
		fclose(file);
	return pages * 4;
}

/* ---- N of them ------------------------------------------------------------ */

static void make_open(void)
{
	for (int i = 0; i < n; i++) {
		dial();
		take();
	}
}

static void make_sets(void)
{
	struct epoll_event event = {.events = EPOLLIN};

	for (int i = 0; i < n; i++) {
		int set = MUST(epoll_create1(0));

		MUST(epoll_ctl(set, EPOLL_CTL_ADD, dial(), &event));
		take();
	}
}

static void make_numbers(void)
{
	for (int i = 0; i < n; i++)
		MUST(open("/dev/null", O_RDONLY));
}

static void make_children(void)
{
	for (int i = 0; i < n; i++)
		if (MUST(fork()) == 0)
			for (prctl(PR_SET_PDEATHSIG, SIGKILL);;)
				pause();
}

static const struct {
	const char *name;
	void (*make)(void);
} kinds[] = {
	{"open", make_open},
	{"sets", make_sets},
	{"numbers", make_numbers},
	{"children", make_children},
};

/* ---- at once -------------------------------------------------------------- */

static void *dial_one(void *arg)
{
	(void)arg;
	close(dial());
	return NULL;
}

static void by_threads(void)
{
	pthread_t threads[64];

	for (int i = 0; i < n; i++)
		MUST(-pthread_create(&threads[i], NULL, dial_one, NULL));
	for (int i = 0; i < n; i++)
		close(take());
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

/* All have connected, or wait for it, before the first is accepted. */
static void by_clients(void)
{
	int ready[2], byte;

	MUST(pipe(ready));
	for (int i = 0; i < n; i++)
		if (MUST(fork()) == 0) {
			close(ready[1]);
			(void)!read(ready[0], &byte, 1);
			close(dial());
			_exit(0);
		}
	close(ready[0]);
	close(ready[1]);
	for (int i = 0; i < n; i++)
		close(take());
	for (int i = 0; i < n; i++) {
		int status;

		MUST(wait(&status));
		MUST(status ? -1 : 0);
	}
}

/* How many rounds: one connection, or N together. */
static void measure(const char *what, int rounds)
{
	void (*turn)(void) = !strcmp(what, "threads")	? by_threads
			     : !strcmp(what, "clients") ? by_clients
							: one;

	for (int i = 0; i < rounds; i++) {
		long begin = now_ns();

		turn();
		printf("%ld\n", (now_ns() - begin) / (turn == one ? 1 : n));
	}
}

int main(int argc, char **argv)
{
	struct rlimit limit;
	long before;

	if (argc != 6)
		return 2;
	family = strcmp(argv[1], "tcp") ? AF_VSOCK : AF_INET;
	n = atoi(argv[4]);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	set_address(atoi(argv[2]));
	listener = MUST(socket(family, SOCK_STREAM, 0));
	MUST(bind(listener, (struct sockaddr *)&at, len));
	MUST(listen(listener, SOMAXCONN));
	one();
	before = resident();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, argv[3]))
			kinds[i].make();
	printf("%ld\n", resident() - before);
	measure(argv[3], atoi(argv[5]));
	return 0;
}
