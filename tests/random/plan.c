/* SPDX-License-Identifier: MIT */
/* From a seed to a plan: see walk.h. */
#include "walk.h"

#include <signal.h>

struct kind {
	const char *name;
	step_function *run;
	unsigned weight;
	unsigned storm; /* what it may meet: signals, and forks */
};

/*
 * Whose result rests on time when a signal comes, on TCP too, meets none: a
 * poll() that finds nothing is EINTR then. No child counts descriptors while a
 * call makes or closes some.
 */
enum { BOTH = SIGNALS | FORKS };

static const struct kind kinds[] = {
	{"socket", step_socket, 10, SIGNALS},
	{"bind", step_bind, 8, BOTH},
	{"listen", step_listen, 5, BOTH},
	{"connect", step_connect, 14, BOTH},
	{"accept", step_accept, 10, SIGNALS},
	{"listener", step_listener, 8, SIGNALS},
	{"pair", step_pair, 6, SIGNALS},
	{"unspec", step_unspec, 2, BOTH},
	{"close", step_close, 7, SIGNALS},
	{"dup", step_dup, 6, SIGNALS},
	{"dup over", step_dup_over, 2, SIGNALS},
	{"fork", step_fork, 1, 0},
	{"exec", step_exec, 1, 0},
	{"pass", step_pass, 2, SIGNALS},
	{"send", step_send, 16, BOTH},
	{"receive", step_receive, 18, BOTH},
	{"shutdown", step_shutdown, 5, BOTH},
	{"ioctl", step_ioctl, 5, SIGNALS},
	{"get", step_get, 8, BOTH},
	{"get any", step_get_any, 2, SIGNALS},
	{"set", step_set, 6, BOTH},
	{"status", step_status, 5, SIGNALS},
	{"poll", step_poll, 10, 0},
	{"epoll_ctl", step_epoll_ctl, 8, BOTH},
	{"epoll_wait", step_epoll_wait, 7, 0},
	{"epoll set moves", step_epoll_move, 1, 0},
	{"accept, number taken", step_accept_taken, 3, 0},
	{"receive, number taken", step_receive_taken, 4, 0},
	{"twins", step_twins, 1, 0},
	{"names", step_names, 10, BOTH},
	{"SO_ERROR", step_so_error, 5, BOTH},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* splitmix64: every seed is a good one. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/*
 * Each walk likes some kinds and leaves others out, so that some walks are all
 * about a few calls.
 */
static unsigned weigh(uint64_t *state, unsigned weights[KINDS])
{
	unsigned sum = 0;

	for (unsigned i = 0; i < KINDS; i++) {
		static const unsigned likes[] = {0, 2, 2, 3, 6};

		weights[i] = kinds[i].weight * likes[next(state) % 5];
		if (i == 0 && !weights[i])
			weights[i] = kinds[i].weight;
		sum += weights[i];
	}
	return sum;
}

static unsigned choose(const unsigned weights[KINDS], unsigned at)
{
	unsigned i = 0;

	while (at >= weights[i])
		at -= weights[i++];
	return i;
}

unsigned plan_make(uint64_t seed, struct step steps[STEPS_MAX])
{
	uint64_t state = seed * 0x2545f4914f6cdd1dULL + 1;
	unsigned n = 20 + next(&state) % (STEPS_MAX - 20);
	unsigned weights[KINDS];
	unsigned sum = weigh(&state, weights);

	for (unsigned i = 0; i < n; i++) {
		steps[i].kind = choose(weights, next(&state) % sum);
		for (unsigned j = 0; j < NUMBERS; j++)
			steps[i].r[j] = next(&state) >> 16 & 0xffff;
	}
	return n;
}

static void *run_step(void *arg)
{
	const struct step *step = arg;
	const struct kind *kind = &kinds[step->kind];

	if (kind->storm)
		storm_begin(step, kind->storm);
	kind->run(step);
	if (kind->storm)
		storm_end();
	return NULL;
}

/* A quarter of them by another thread; not those that leave the process. */
static bool is_by_thread(const struct step *step)
{
	step_function *run = kinds[step->kind].run;

	return (step->r[3] >> 12) % 4 == 3 && run != step_fork &&
	       run != step_exec;
}

/* The signal that ends a call that blocks is for the thread that makes it. */
void join_undisturbed(pthread_t thread)
{
	sigset_t alarms;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarms, NULL);
	pthread_join(thread, NULL);
	pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
}

void step_run(const struct step *step)
{
	pthread_t thread;

	if (is_by_thread(step) &&
	    !pthread_create(&thread, NULL, run_step, (void *)step))
		join_undisturbed(thread);
	else
		run_step((void *)step);
}
