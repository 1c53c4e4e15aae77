/* SPDX-License-Identifier: MIT */
/*
 * What a connection costs beside N others of something:
 *
 *	curve tcp|vsock PORT WHAT N [NAME]
 *
 *	open       N connections are open
 *	sets       N epoll sets, each with a connection in it
 *	numbers    N descriptors are open
 *	children   N children made by fork() are there
 *	threads    N threads connect at once
 *	clients    N processes have connected before the first is accepted
 *	nothing    (what grows is somewhere else)
 *
 * It connects to 127.0.0.1 or CID 1, so it belongs in the test kernel; with NAME,
 * each time to what getaddrinfo() says of that. PORT is listened at, PORT + 1
 * bound. It says "ready", and then answers each line of its input with one line:
 *
 *	time ROUNDS	the cheapest of so many connections, in nanoseconds:
 *			BIND CONNECT ACCEPT ANSWER CLOSE TOTAL REFUSED
 *	count		system calls and instructions of one: CALLS INSTRUCTIONS
 *	memory		KiB of user memory (resident)
 *	idle		nanoseconds of CPU time in a second of waiting
 *
 * A connection is socket(), connect(), accept(), a byte there and back, close()
 * of both; bind() is a socket of its own. Of threads and clients TOTAL is for each
 * of the N, and REFUSED how many of them could not connect.
 */
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
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

#include "tests/instructions/steps.h"
#include "tests/must.h"
#include "vsock/vm_sockets.h"

enum { BIND, CONNECT, ACCEPT, ANSWER, CLOSE, TOTAL, PHASES };

static int family, listener, n;
static const char *name;
static struct sockaddr_storage at, beside;
static socklen_t len;

static void set_address(struct sockaddr_storage *to, int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = (unsigned)port};

	len = family == AF_INET ? sizeof(in) : sizeof(vm);
	memcpy(to, family == AF_INET ? (void *)&in : (void *)&vm, len);
}

static void look_up(void)
{
	struct addrinfo hints = {.ai_family = AF_INET,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;

	if (!name)
		return;
	MUST(-abs(getaddrinfo(name, NULL, &hints, &found)));
	((struct sockaddr_in *)&at)->sin_addr =
		((struct sockaddr_in *)found->ai_addr)->sin_addr;
	freeaddrinfo(found);
}

/* The kernel's 2 seconds for AF_VSOCK are too few for a thousand at once. */
static int new_socket(void)
{
	struct timeval time = {.tv_sec = 30};
	int fd = MUST(socket(family, SOCK_STREAM, 0));

	if (family == AF_VSOCK)
		MUST(setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT,
				&time, sizeof(time)));
	return fd;
}

static int try_dial(void)
{
	int fd = new_socket();

	if (!connect(fd, (struct sockaddr *)&at, len))
		return fd;
	close(fd);
	return -1;
}

static int dial(void)
{
	look_up();
	return MUST(try_dial());
}

static int take(void)
{
	return MUST(accept(listener, NULL, NULL));
}

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void pass_byte(int from, int to)
{
	char byte = 0;

	MUST(send(from, &byte, 1, 0));
	MUST(recv(to, &byte, 1, 0));
}

static void bind_beside(void)
{
	int fd = MUST(socket(family, SOCK_STREAM, 0));

	MUST(bind(fd, (struct sockaddr *)&beside, len));
	MUST(close(fd));
}

/* ns[] gets when each phase has ended. Returns 0: none was refused. */
static int one(long ns[PHASES])
{
	int fd, other;

	bind_beside();
	ns[BIND] = now_ns();
	fd = dial();
	ns[CONNECT] = now_ns();
	other = take();
	ns[ACCEPT] = now_ns();
	pass_byte(fd, other);
	pass_byte(other, fd);
	ns[ANSWER] = now_ns();
	MUST(close(fd));
	MUST(close(other));
	ns[CLOSE] = now_ns();
	return 0;
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

/* Of one open file: the kernel's limit for those is lower. */
static void make_numbers(void)
{
	int fd = MUST(open("/dev/null", O_RDONLY));

	for (int i = 1; i < n; i++)
		MUST(dup(fd));
}

static void make_children(void)
{
	for (int i = 0; i < n; i++)
		if (MUST(fork()) == 0)
			for (prctl(PR_SET_PDEATHSIG, SIGKILL);;)
				pause();
}

/* ---- N at once ------------------------------------------------------------ */

/* All begin with a byte from `go`, and end with one from `end`. */
static int go[2], end[2], done[2];

static void await(int pipe)
{
	char byte;

	if (read(pipe, &byte, 1) != 1)
		_exit(0);
}

static void tell(int pipe, char what)
{
	if (write(pipe, &what, 1) != 1)
		_exit(1);
}

static void *worker(void *arg)
{
	for (;;) {
		int fd;

		await(go[0]);
		fd = try_dial();
		tell(done[1], fd < 0);
		await(end[0]);
		if (fd >= 0)
			close(fd);
		tell(done[1], 0);
	}
	return arg;
}

static void make_pipes(void)
{
	MUST(pipe(go));
	MUST(pipe(end));
	MUST(pipe(done));
}

static void make_threads(void)
{
	pthread_t thread;

	make_pipes();
	for (int i = 0; i < n; i++)
		MUST(-pthread_create(&thread, NULL, worker, NULL));
}

static void make_clients(void)
{
	make_pipes();
	for (int i = 0; i < n; i++)
		if (MUST(fork()) == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			worker(NULL);
		}
}

/* Tells all of them; returns how many say 1. */
static int all(int to)
{
	int sum = 0;
	char byte;

	for (int i = 0; i < n; i++)
		tell(to, 0);
	for (int i = 0; i < n; i++) {
		MUST(read(done[0], &byte, 1) == 1 ? 0 : -1);
		sum += byte;
	}
	return sum;
}

/* Returns how many were refused; it has no phases. */
static int at_once(long ns[PHASES])
{
	int refused = all(go[1]);

	for (int k = BIND; k < CLOSE; k++)
		ns[k] = now_ns();
	for (int i = refused; i < n; i++)
		close(take());
	all(end[1]);
	ns[CLOSE] = now_ns();
	return refused;
}

static const struct {
	const char *name;
	void (*make)(void);
	bool is_at_once;
} kinds[] = {
	{"nothing", NULL, false},	    {"open", make_open, false},
	{"sets", make_sets, false},	    {"numbers", make_numbers, false},
	{"children", make_children, false}, {"threads", make_threads, true},
	{"clients", make_clients, true},
};

/* ---- what is asked -------------------------------------------------------- */

static bool is_at_once;

static void time_them(int rounds)
{
	long least[PHASES] = {0};
	int refused = 0;

	for (int i = 0; i < rounds; i++) {
		long ns[PHASES], begun = now_ns();

		refused += is_at_once ? at_once(ns) : one(ns);
		ns[TOTAL] = (ns[CLOSE] - begun) / (is_at_once ? n : 1);
		for (int k = CLOSE; k >= BIND; k--)
			ns[k] -= k > BIND ? ns[k - 1] : begun;
		if (!i || ns[TOTAL] < least[TOTAL])
			memcpy(least, ns, sizeof(least));
	}
	for (int k = 0; k < PHASES; k++)
		printf("%ld ", least[k]);
	printf("%d\n", refused);
}

/* For the parent, who writes what it has counted. */
static void between(int signum)
{
	long ns[PHASES];

	raise(signum);
	raise(signum);
	raise(signum);
	one(ns);
	raise(signum);
}

static void count(void)
{
	static bool is_watched;

	if (!is_watched)
		MUST(steps_begin());
	is_watched = true;
	between(SIGUSR1);
	between(SIGTRAP);
}

static void print_memory(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size = 0, pages = 0;

	if (!file || fscanf(file, "%ld %ld", &size, &pages) != 2)
		exit(1);
	fclose(file);
	printf("%ld\n", pages * (sysconf(_SC_PAGESIZE) / 1024));
}

static long cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void print_idle(void)
{
	long before = cpu_ns();

	sleep(1);
	printf("%ld\n", cpu_ns() - before);
}

static void answer(void)
{
	char line[80];

	while (fgets(line, sizeof(line), stdin)) {
		if (!strncmp(line, "time", 4))
			time_them(atoi(line + 4));
		else if (!strncmp(line, "count", 5))
			count();
		else if (!strncmp(line, "memory", 6))
			print_memory();
		else
			print_idle();
		fflush(stdout);
	}
}

static void begin(const char *what)
{
	long ns[PHASES];

	listener = MUST(socket(family, SOCK_STREAM, 0));
	MUST(bind(listener, (struct sockaddr *)&at, len));
	MUST(listen(listener, SOMAXCONN));
	one(ns);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, what)) {
			is_at_once = kinds[i].is_at_once;
			if (kinds[i].make)
				kinds[i].make();
		}
	puts("ready");
	fflush(stdout);
}

/* Nothing, a connection, nothing, a connection: calls, then instructions. */
static void note(long counted)
{
	static long nothing;
	static int times;

	if (times++ % 2)
		printf("%ld%c", counted - nothing, times % 4 ? ' ' : '\n');
	nothing = counted;
	fflush(stdout);
}

/* A program that has just started: fork() leaves less known of it. */
static int watch(char **argv)
{
	pid_t child;

	MUST(setenv("CURVE", "1", 1));
	child = MUST(fork());
	if (child)
		return steps_watch(child, note);
	return MUST(execv("/proc/self/exe", argv));
}

int main(int argc, char **argv)
{
	struct rlimit limit;

	if (argc != 5 && argc != 6)
		return 2;
	if (!getenv("CURVE"))
		return watch(argv);
	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
	family = strcmp(argv[1], "tcp") ? AF_VSOCK : AF_INET;
	n = atoi(argv[4]);
	name = argv[5];
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	set_address(&at, atoi(argv[2]));
	set_address(&beside, atoi(argv[2]) + 1);
	begin(argv[3]);
	answer();
	return 0;
}
