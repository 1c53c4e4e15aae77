/* SPDX-License-Identifier: MIT */
/* The threads that serve, and those among them that wait: see parked.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

#include "supervise/parked.h"
#include "supervise/task.h"

#define LOOK_MS	   50 /* how often who waits is looked at */
#define KEPT	   4  /* threads that are kept when there is nothing to do */
#define STACK_SIZE (512 * 1024)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some_wait = PTHREAD_COND_INITIALIZER;
static struct visit *waiting;
static int receivers; /* threads that wait for a notification, or serve */
static bool has_killable;

/* ---- the threads ----------------------------------------------------------
 */

/* False: there are enough without this one. */
static bool is_needed(void)
{
	bool needed;

	pthread_mutex_lock(&mutex);
	needed = receivers <= KEPT;
	if (!needed)
		receivers--;
	pthread_mutex_unlock(&mutex);
	return needed;
}

static void *serve_calls(void *arg)
{
	struct visit visit;
	sigset_t kick;

	sigemptyset(&kick);
	sigaddset(&kick, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	visit.thread = pthread_self();
	do {
		if (!notice_receive(&visit.notice))
			visit_serve(&visit);
	} while (is_needed());
	return arg;
}

static int start_thread(void *(*run)(void *arg))
{
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	error = pthread_create(&thread, &attributes, run, NULL);
	pthread_attr_destroy(&attributes);
	return -error;
}

/* ---- who waits ------------------------------------------------------------
 */

void parked_wait(struct visit *visit)
{
	bool is_last;

	pthread_mutex_lock(&mutex);
	visit->next = waiting;
	waiting = visit;
	is_last = --receivers == 0;
	receivers += is_last;
	pthread_cond_signal(&some_wait);
	pthread_mutex_unlock(&mutex);
	if (is_last && start_thread(serve_calls)) {
		pthread_mutex_lock(&mutex);
		receivers--;
		pthread_mutex_unlock(&mutex);
	}
}

void parked_done(struct visit *visit)
{
	struct visit **at = &waiting;

	pthread_mutex_lock(&mutex);
	while (*at != visit)
		at = &(*at)->next;
	*at = visit->next;
	receivers++;
	pthread_mutex_unlock(&mutex);
}

int parked_connect(uint64_t cookie)
{
	int fd = -1;

	pthread_mutex_lock(&mutex);
	for (struct visit *v = waiting; v && fd < 0; v = v->next)
		if (v->notice.is.data.nr == SYS_connect && v->cookie == cookie)
			fd = v->fd;
	pthread_mutex_unlock(&mutex);
	return fd;
}

/* Woken again and again, until it has seen it: it may not sleep yet. */
static void look_at(struct visit *visit)
{
	if (!notice_is_valid(&visit->notice))
		visit->stop = -EINTR;
	else if (has_killable && !visit->stop)
		visit->stop = task_interrupted(visit->tid);
	if (visit->stop)
		pthread_kill(visit->thread, SIGUSR1);
}

static void *watch(void *arg)
{
	struct timespec pause = {0, LOOK_MS * 1000000L};

	for (;;) {
		pthread_mutex_lock(&mutex);
		while (!waiting)
			pthread_cond_wait(&some_wait, &mutex);
		for (struct visit *v = waiting; v; v = v->next)
			look_at(v);
		pthread_mutex_unlock(&mutex);
		nanosleep(&pause, NULL);
	}
	return arg;
}

static void on_kick(int number)
{
	(void)number;
}

int parked_begin(bool killable)
{
	struct sigaction action = {.sa_handler = on_kick};
	int r;

	has_killable = killable;
	sigaction(SIGUSR1, &action, NULL);
	receivers = 1;
	r = start_thread(serve_calls);
	return r ? r : start_thread(watch);
}
