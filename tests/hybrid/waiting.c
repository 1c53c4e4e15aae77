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
#define SOON  3
#define LATE  4
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

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
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

static void signalled(const char *what, const char *host, int port)
{
	const char *said;

	signals = 0;
	every_ms(5);
	said = attempt(host, port);
	every_ms(0);
	printf("%s: %s%s\n", what, said, signals ? "" : ", without a signal");
}

static void all_signals(void)
{
	handle(SIGALRM, SA_RESTART);
	signalled("SA_RESTART", GUEST, LATE);
	handle(SIGUSR1, 0);
	signalled("... and another without it", GUEST, LATE);
	handle(SIGALRM, 0);
	signalled("no SA_RESTART", GUEST, SOON);
	signalled("... and no answer", GUEST, NEVER);
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
