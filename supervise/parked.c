/* SPDX-License-Identifier: MIT */
/* The threads that serve, and those among them that wait: see parked.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

#include "redirect/kernel/clock.h"
#include "supervise/parked.h"
#include "supervise/task.h"

#define LOOK_MS	   50 /* how often who waits is looked at */
#define LOOK_AT	   64 /* ... and at how many */
#define KEPT	   4  /* threads that are kept when there is nothing to do */
#define STACK_SIZE (512 * 1024)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some_wait = PTHREAD_COND_INITIALIZER;
static struct visit *waiting;
static int receivers; /* threads that wait for a notification, or serve */
static bool has_killable;
static void (*serve_it)(struct visit *visit);

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
			serve_it(&visit);
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

/* One who waits, as it was seen under the lock. */
struct seen {
	union notice notice;
	pid_t tid;
	int stop;
};

/* The first in the list, which then are the last. */
static int take_seen(struct seen *seen, int max)
{
	struct visit *first = waiting, *last = NULL, **end = &waiting;
	int n = 0;

	for (struct visit *v = waiting; v && n < max; v = v->next, n++) {
		seen[n].notice.is.id = v->notice.is.id;
		seen[n].tid = v->tid;
		seen[n].stop = v->stop;
		last = v;
	}
	if (!last || !last->next)
		return n;
	waiting = last->next;
	while (*end)
		end = &(*end)->next;
	*end = first;
	last->next = NULL;
	return n;
}

static int reason_to_stop(const struct seen *seen)
{
	if (seen->stop)
		return seen->stop;
	if (!notice_is_valid(&seen->notice))
		return -EINTR;
	return has_killable ? task_interrupted(seen->tid) : 0;
}

/* Woken again and again, until it has seen it: it may not sleep yet. */
static void stop(const struct seen *seen)
{
	pthread_mutex_lock(&mutex);
	for (struct visit *v = waiting; v; v = v->next) {
		if (v->notice.is.id != seen->notice.is.id)
			continue;
		v->stop = seen->stop;
		pthread_kill(v->thread, SIGUSR1);
	}
	pthread_mutex_unlock(&mutex);
}

/* Looking takes a fifth of the time at most. */
static void pause_after(long begun_ms)
{
	long ms = (now_ms() - begun_ms) * 4;
	struct timespec pause = {0, (ms < LOOK_MS ? LOOK_MS : ms) * 1000000L};

	if (ms > 900)
		pause.tv_nsec = 900 * 1000000L;
	nanosleep(&pause, NULL);
}

/* Some at a time: with more who wait a signal is heard of later. */
static void *watch(void *arg)
{
	struct seen seen[LOOK_AT];
	long begun;
	int n;

	for (;;) {
		pthread_mutex_lock(&mutex);
		while (!waiting)
			pthread_cond_wait(&some_wait, &mutex);
		n = take_seen(seen, LOOK_AT);
		pthread_mutex_unlock(&mutex);
		begun = now_ms();
		for (int i = 0; i < n; i++) {
			seen[i].stop = reason_to_stop(&seen[i]);
			if (seen[i].stop)
				stop(&seen[i]);
		}
		pause_after(begun);
	}
	return arg;
}

static void on_kick(int number)
{
	(void)number;
}

int parked_begin(bool killable, void (*serve)(struct visit *visit))
{
	struct sigaction action = {.sa_handler = on_kick};
	int r;

	has_killable = killable;
	serve_it = serve;
	sigaction(SIGUSR1, &action, NULL);
	receivers = 1;
	r = start_thread(serve_calls);
	return r ? r : start_thread(watch);
}
