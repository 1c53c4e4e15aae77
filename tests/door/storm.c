/* SPDX-License-Identifier: MIT */
/*
 * What is lost when signals come all the time, or many wait at once.
 *
 *	storm timer COUNT [restart]	COUNT connections, one after the other,
 *			client and server both under a timer of 200 us
 *	storm threads COUNT		COUNT connections by each of 64 threads
 *	storm parked COUNT		COUNT threads in accept(), then as many
 *			connections
 *
 * Each connection brings its number there and back. Prints what came of all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 64

static struct sockaddr_in where = {.sin_family = AF_INET};
static volatile unsigned long signals;

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- both sides, whatever interrupts them -------------------------------- */

static void all(int fd, void *number, int out)
{
	size_t done = 0;

	while (done < sizeof(int)) {
		char *at = (char *)number + done;
		ssize_t n = out ? write(fd, at, sizeof(int) - done)
				: read(fd, at, sizeof(int) - done);

		if (n > 0)
			done += n;
		else if (n == 0 || errno != EINTR)
			give_up(out ? "write" : "read");
	}
}

static int listener_at(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&where, sizeof(where)) || listen(fd, 4096))
		give_up("listen");
	return fd;
}

static int error_of(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	while (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
		if (errno != EINTR)
			give_up("SO_ERROR");
	return error;
}

static void wait_until_connected(int fd)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};

	while (poll(&pollfd, 1, -1) < 0)
		if (errno != EINTR)
			give_up("poll");
	errno = error_of(fd);
	if (errno)
		give_up("connecting");
}

/*
 * Asked again, connect() goes on where it was. (A supervised call that a signal
 * takes away before it is heard of has not begun.)
 */
static void connect_surely(int fd)
{
	int r;

	do
		r = connect(fd, (void *)&where, sizeof(where));
	while (r && errno == EINTR);
	if (r && errno == EALREADY)
		wait_until_connected(fd);
	else if (r && errno != EISCONN)
		give_up("connect");
}

static void dial(int number)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), echo = -1;

	connect_surely(fd);
	all(fd, &number, 1);
	all(fd, &echo, 0);
	if (echo != number)
		give_up("another's answer");
	close(fd);
}

static void answer(int listener)
{
	int fd, number;

	while ((fd = accept(listener, NULL, NULL)) < 0)
		if (errno != EINTR)
			give_up("accept");
	all(fd, &number, 0);
	all(fd, &number, 1);
	close(fd);
}

/* ---- a storm of signals --------------------------------------------------- */

static void on_alarm(int signal_number)
{
	(void)signal_number;
	signals++;
}

static void start_timer(int flags)
{
	struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
	struct itimerval often = {{0, 200}, {0, 200}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static int timer(int count, int flags)
{
	int listener = listener_at(), status;
	pid_t client = fork();

	start_timer(flags);
	for (int i = 0; i < count; i++)
		client ? answer(listener) : dial(i);
	if (!client)
		_exit(0);
	while (waitpid(client, &status, 0) < 0)
		if (errno != EINTR)
			give_up("wait");
	printf("%d connections, %s\n", count,
	       status == 0 && signals ? "under signals" : "no");
	return status != 0;
}

/* ---- many at once --------------------------------------------------------- */

static int per_thread;

static void *dial_often(void *arg)
{
	for (int i = 0; i < per_thread; i++)
		dial((int)(long)arg * per_thread + i);
	return NULL;
}

static void *answer_often(void *arg)
{
	for (int i = 0; i < per_thread; i++)
		answer((int)(long)arg);
	return NULL;
}

static pthread_t begin(void *(*run)(void *arg), long arg)
{
	pthread_attr_t small;
	pthread_t thread;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	if (pthread_create(&thread, &small, run, (void *)arg))
		give_up("thread");
	return thread;
}

static int threads(int count)
{
	pthread_t clients[THREADS], servers[THREADS];
	int listener = listener_at();

	per_thread = count;
	for (long i = 0; i < THREADS; i++)
		servers[i] = begin(answer_often, listener);
	for (long i = 0; i < THREADS; i++)
		clients[i] = begin(dial_often, i);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(clients[i], NULL);
		pthread_join(servers[i], NULL);
	}
	printf("%d connections by %d threads\n", count * THREADS, THREADS);
	return 0;
}

static int parked(int count)
{
	pthread_t *waiting = calloc(count, sizeof(*waiting));
	int listener = listener_at();

	per_thread = 1;
	for (int i = 0; i < count; i++)
		waiting[i] = begin(answer_often, listener);
	for (int i = 0; i < count; i++)
		dial(i);
	for (int i = 0; i < count; i++)
		pthread_join(waiting[i], NULL);
	printf("%d were waiting\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 0;

	where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	where.sin_port = htons(17777);
	if (!strcmp(argv[1], "timer"))
		return timer(count, argc > 3 ? SA_RESTART : 0);
	if (!strcmp(argv[1], "threads"))
		return threads(count);
	return parked(count);
}
