/* SPDX-License-Identifier: MIT */
/* The threads that serve, and those among them that wait: see parked.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "redirect/kernel/clock.h"
#include "redirect/state/remembered.h"
#include "supervise/parked.h"
#include "supervise/task.h"

#define LOOK_MS	   50 /* how often who waits is looked at */
#define LOOK_AT	   64 /* ... and at how many */
#define KEPT	   4  /* threads that are kept when there is nothing to do */
#define STACK_SIZE (512 * 1024)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some_wait = PTHREAD_COND_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct visit *waiting;
static struct visit *entered; /* all that are served, where calls come again */
static struct visit *in_turn; /* see parked_take_turn() */
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

static bool is_same_call(const struct visit *visit,
			 const struct seccomp_notif *notice)
{
	const struct seccomp_notif *is = &visit->notice.is;

	return is->pid == notice->pid && is->data.nr == notice->data.nr &&
	       !memcmp(is->data.args, notice->data.args,
		       visit->n_args * sizeof(is->data.args[0]));
}

/* A caller may have given up, and be at another socket of that number by now. */
static uint64_t cookie_under(const struct seccomp_notif *notice)
{
	int fd = task_descriptor((pid_t)notice->pid, (int)notice->data.args[0]);
	uint64_t cookie = fd < 0 ? 0 : remembered_cookie(fd);

	if (fd >= 0)
		close(fd);
	return cookie;
}

/* The visit that is still served for a call that its thread made before. */
static struct visit *former_of(const struct seccomp_notif *notice)
{
	struct visit *visit = entered;

	while (visit && visit->notice.is.pid != notice->pid)
		visit = visit->next_entered;
	return visit;
}

static void interrupt(struct visit *visit, int why)
{
	visit->stop = why;
	if (visit->waits)
		pthread_kill(visit->thread, SIGUSR1);
	pthread_cond_broadcast(&changed);
}

/*
 * Whether it is the call of a visit that is under way, which goes on as that.
 * Else the thread has given that up: it is ended first.
 */
static bool is_known_again(const union notice *notice)
{
	struct visit *former;
	bool again = false;

	if (has_killable)
		return false;
	pthread_mutex_lock(&mutex);
	while (!again && (former = former_of(&notice->is))) {
		again = !former->stop && is_same_call(former, &notice->is) &&
			former->cookie == cookie_under(&notice->is);
		if (again) {
			former->notice.is.id = notice->is.id;
			pthread_cond_broadcast(&changed);
		} else {
			interrupt(former, -EINTR);
			pthread_cond_wait(&changed, &mutex);
		}
	}
	pthread_mutex_unlock(&mutex);
	return again;
}

static void *serve_calls(void *arg)
{
	struct visit visit = {.gone = 0};
	sigset_t kick;

	sigemptyset(&kick);
	sigaddset(&kick, SIGUSR1);
	pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	visit.thread = pthread_self();
	do {
		if (!notice_receive(&visit.notice) &&
		    !is_known_again(&visit.notice))
			serve_it(&visit);
	} while (is_needed());
	task_forget();
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

	if (visit->waits++)
		return;
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

	if (--visit->waits)
		return;
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

/* ---- one after the other -------------------------------------------------- */

static bool is_turn_of_other(const struct visit *visit)
{
	const struct visit *other = in_turn;

	while (other && (other->number != visit->number ||
			 task_leader(other->tid) != task_leader(visit->tid)))
		other = other->next_in_turn;
	return other;
}

static void wait_for_turn(struct visit *visit)
{
	parked_wait(visit);
	pthread_mutex_lock(&mutex);
	while (is_turn_of_other(visit) && !visit->stop)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	parked_done(visit);
}

bool parked_take_turn(struct visit *visit)
{
	bool taken;

	for (;;) {
		pthread_mutex_lock(&mutex);
		taken = !is_turn_of_other(visit);
		if (taken) {
			visit->next_in_turn = in_turn;
			in_turn = visit;
		}
		pthread_mutex_unlock(&mutex);
		if (taken || visit->stop)
			return taken;
		wait_for_turn(visit);
	}
}

void parked_end_turn(struct visit *visit)
{
	struct visit **at = &in_turn;

	pthread_mutex_lock(&mutex);
	while (*at != visit)
		at = &(*at)->next_in_turn;
	*at = visit->next_in_turn;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

/* ---- calls that come again ------------------------------------------------ */

void parked_enter(struct visit *visit)
{
	if (has_killable)
		return;
	pthread_mutex_lock(&mutex);
	visit->is_entered = true;
	visit->next_entered = entered;
	entered = visit;
	pthread_mutex_unlock(&mutex);
}

static void leave(struct visit *visit)
{
	struct visit **at = &entered;

	while (*at != visit)
		at = &(*at)->next_entered;
	*at = visit->next_entered;
	visit->is_entered = false;
	pthread_cond_broadcast(&changed);
}

void parked_leave(struct visit *visit)
{
	if (!visit->is_entered)
		return;
	pthread_mutex_lock(&mutex);
	leave(visit);
	pthread_mutex_unlock(&mutex);
}

bool parked_again(struct visit *visit, uint64_t id, bool is_sure)
{
	bool again;

	if (!visit->is_entered)
		return false;
	visit->is_sure = is_sure;
	parked_wait(visit);
	pthread_mutex_lock(&mutex);
	while (visit->notice.is.id == id && !visit->stop)
		pthread_cond_wait(&changed, &mutex);
	again = visit->notice.is.id != id;
	visit->is_sure = false;
	pthread_mutex_unlock(&mutex);
	parked_done(visit);
	return again;
}

/* Under the lock: what comes after the answer is another call. */
bool parked_answer(struct visit *visit, long result)
{
	uint64_t id;
	bool heard;

	if (!visit->is_entered)
		return notice_answer(&visit->notice, result);
	do {
		pthread_mutex_lock(&mutex);
		id = visit->notice.is.id;
		heard = notice_answer(&visit->notice, result);
		if (heard)
			leave(visit);
		pthread_mutex_unlock(&mutex);
	} while (!heard && parked_again(visit, id, true));
	parked_leave(visit);
	return heard;
}

/* ---- those who look at who waits ------------------------------------------ */

/* One who waits, as it was seen under the lock. */
struct seen {
	union notice notice;
	pid_t tid;
	int stop;
	bool is_sure, is_gone;
};

/*
 * Takes up to `max` visits from the front of the list, and puts them at its
 * end: all get their turn.
 */
static int take_seen(struct seen *seen, int max)
{
	struct visit *first = waiting, *last = NULL, **end = &waiting;
	int n = 0;

	for (struct visit *v = waiting; v && n < max; v = v->next, n++) {
		seen[n].notice.is.id = v->notice.is.id;
		seen[n].tid = v->tid;
		seen[n].stop = v->stop;
		seen[n].is_sure = v->is_sure;
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

static int reason_to_stop(struct seen *seen)
{
	seen->is_gone = !notice_is_valid(&seen->notice);
	if (seen->stop)
		return seen->stop;
	if (seen->is_gone)
		return seen->is_sure && task_leader(seen->tid) > 0 ? 0 : -EINTR;
	return has_killable ? task_interrupted(seen->tid) : 0;
}

/*
 * Wakes the thread that serves a call whose caller has left, again and again
 * until it notices, since it may not sleep yet. A caller that only handled a
 * signal has until the next look to come again.
 */
static void stop(const struct seen *seen)
{
	pthread_mutex_lock(&mutex);
	for (struct visit *v = waiting; v; v = v->next) {
		if (v->notice.is.id != seen->notice.is.id)
			continue;
		if (!seen->is_gone || v->gone == v->notice.is.id)
			interrupt(v, seen->stop);
		v->gone = v->notice.is.id;
	}
	pthread_mutex_unlock(&mutex);
}

/*
 * First a pause, since most who wait do that for a moment only. Looking, which
 * took this long the last time, takes a fifth of the time at most.
 */
static void pause_before(long last_ms)
{
	long ms = last_ms * 4;
	struct timespec pause = {0, (ms < LOOK_MS ? LOOK_MS : ms) * 1000000L};

	if (ms > 900)
		pause.tv_nsec = 900 * 1000000L;
	nanosleep(&pause, NULL);
}

static int wait_for_some(struct seen *seen, long last_ms)
{
	int n;

	pthread_mutex_lock(&mutex);
	while (!waiting)
		pthread_cond_wait(&some_wait, &mutex);
	pthread_mutex_unlock(&mutex);
	pause_before(last_ms);
	pthread_mutex_lock(&mutex);
	n = take_seen(seen, LOOK_AT);
	pthread_mutex_unlock(&mutex);
	return n;
}

/*
 * Looks at LOOK_AT visits each time: the more wait, the later a signal is
 * noticed.
 */
static void *watch(void *arg)
{
	struct seen seen[LOOK_AT];
	long begun, ms = 0;
	int n;

	for (;;) {
		n = wait_for_some(seen, ms);
		begun = now_ms();
		for (int i = 0; i < n; i++) {
			seen[i].stop = reason_to_stop(&seen[i]);
			if (seen[i].stop)
				stop(&seen[i]);
		}
		ms = now_ms() - begun;
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
