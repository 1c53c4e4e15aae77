/* SPDX-License-Identifier: MIT */
/*
 * What may happen to a program while its connect() waits for a monitor: its
 * thread is cancelled, signals come. waiting WHAT; run.sh has what it says.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* monitor.py's ports, and the rules of run.sh. */
#define NEVER 2
#define LATE  3
#define GO_ON 4
#define GUEST "10.9.0.1"

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in at(const char *host, int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_port = htons(port)};

	inet_pton(AF_INET, host, &sa.sin_addr);
	return sa;
}

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static const char *attempt(const char *host, int port)
{
	struct sockaddr_in sa = at(host, port);
	int fd = new_socket();
	int r = connect(fd, (struct sockaddr *)&sa, sizeof(sa));
	const char *said = r ? strerror(errno) : "connected";

	close(fd);
	return said;
}

static int count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	if (!dir)
		die("/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* ---- a thread that is cancelled ------------------------------------------ */

struct connecting {
	struct sockaddr_in sa;
	int fd;
	volatile pid_t tid;
};

static void *sleep_in_connect(void *arg)
{
	struct connecting *c = arg;

	c->tid = gettid();
	connect(c->fd, (struct sockaddr *)&c->sa, sizeof(c->sa));
	return NULL;
}

/* "ppoll" and "poll" are all that it may sleep in. */
static bool sleeps_in_poll(pid_t tid)
{
	char path[64], text[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/wchan", tid);
	file = fopen(path, "r");
	if (!file)
		die(path);
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return strstr(text, "poll") != NULL;
}

static void cancelled(const char *host, int port)
{
	struct connecting c = {.sa = at(host, port), .fd = new_socket()};
	int before = count_descriptors();
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, sleep_in_connect, &c))
		die("pthread_create");
	while (!c.tid || !sleeps_in_poll(c.tid))
		usleep(1000);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("cancelled: %d, descriptors: %+d\n", result == PTHREAD_CANCELED,
	       count_descriptors() - before);
}

/* ---- signals ------------------------------------------------------------- */

/*
 * Timers of 5 ms: so many signals are twice the time that an interrupted
 * connect() has.
 */
#define MANY 40

static volatile sig_atomic_t signals, wanted, answered, holds;

/* Where it holds, the answer is there when the handler ends. */
static void count_signal(int number)
{
	struct timespec ms = {0, 1000000};

	(void)number;
	signals++;
	while (holds && !answered)
		nanosleep(&ms, NULL);
}

/* Lets the monitor answer once as many signals have come as are wanted. */
static void *answer(void *arg)
{
	while (signals < wanted)
		usleep(1000);
	attempt(GUEST, GO_ON);
	answered = 1;
	return arg;
}

/* A thread that gets no signals. */
static pthread_t start_answering(void)
{
	sigset_t alarms, before;
	pthread_t thread;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarms, &before);
	if (pthread_create(&thread, NULL, answer, NULL))
		die("pthread_create");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return thread;
}

static void handle(int number, int flags)
{
	struct sigaction action = {.sa_handler = count_signal,
				   .sa_flags = flags};

	sigaction(number, &action, NULL);
}

static void every_ms(int ms)
{
	struct itimerval time = {{0, ms * 1000}, {0, ms * 1000}};

	setitimer(ITIMER_REAL, &time, NULL);
}

static void signalled(const char *what, int port)
{
	const char *said;

	every_ms(5);
	said = attempt(GUEST, port);
	every_ms(0);
	printf("%s: %s%s\n", what, said, signals ? "" : ", without a signal");
}

/* The answer comes after so many signals; within the first where that is 1. */
static void answered_after(int n, const char *what)
{
	pthread_t thread;

	signals = answered = 0;
	wanted = n;
	holds = n == 1;
	thread = start_answering();
	signalled(what, LATE);
	pthread_join(thread, NULL);
	holds = 0;
}

static void all_signals(void)
{
	handle(SIGALRM, SA_RESTART);
	answered_after(MANY, "SA_RESTART");
	handle(SIGUSR1, 0);
	answered_after(MANY, "... and another without it");
	handle(SIGALRM, 0);
	answered_after(1, "no SA_RESTART");
	signals = 0;
	signalled("... and no answer", NEVER);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "signals"))
		all_signals();
	else if (argc == 2 && !strcmp(argv[1], "cancelled"))
		cancelled(GUEST, NEVER);
	else
		return 2;
	return 0;
}
