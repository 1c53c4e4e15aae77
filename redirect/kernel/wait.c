/* SPDX-License-Identifier: MIT */
/*
 * SA_RESTART for calls that wait in poll(2): see wait.h.
 *
 * Nothing tells which handler has ended a poll(). Where all of them are of one
 * kind that need not be asked. Where there are both, those with SA_RESTART are
 * held back while ppoll(2) sleeps, for SLICE_MS at most, and run when it has
 * returned: only the others give EINTR. (A signalfd(2) would wake it for them,
 * and would be left open by a handler that leaves with siglongjmp().)
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "redirect/kernel/clock.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/wait.h"

#define SLICE_MS 20

/* Bit N - 1 is signal N's. exec() leaves no handler, so they begin empty. */
struct handlers {
	uint64_t restarting, interrupting;
};

static struct handlers seen;
static bool changed;

void wait_handlers_changed(void)
{
	__atomic_store_n(&changed, true, __ATOMIC_RELEASE);
}

/* Raised by the program's own instructions, never while it waits. */
static bool is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
	       number == SIGILL || number == SIGTRAP;
}

static void look_at_handlers(struct handlers *now)
{
	struct sigaction action;

	now->restarting = now->interrupting = 0;
	for (int number = 1; number < NSIG; number++) {
		uint64_t bit = (uint64_t)1 << (number - 1);

		if (is_fault(number) ||
		    real()->sigaction(number, NULL, &action) ||
		    action.sa_handler == SIG_DFL ||
		    action.sa_handler == SIG_IGN)
			continue;
		if (action.sa_flags & SA_RESTART)
			now->restarting |= bit;
		else
			now->interrupting |= bit;
	}
}

static struct handlers handlers(void)
{
	struct handlers now;

	if (__atomic_exchange_n(&changed, false, __ATOMIC_ACQUIRE)) {
		look_at_handlers(&now);
		__atomic_store_n(&seen.restarting, now.restarting,
				 __ATOMIC_RELAXED);
		__atomic_store_n(&seen.interrupting, now.interrupting,
				 __ATOMIC_RELAXED);
		return now;
	}
	now.restarting = __atomic_load_n(&seen.restarting, __ATOMIC_RELAXED);
	now.interrupting =
		__atomic_load_n(&seen.interrupting, __ATOMIC_RELAXED);
	return now;
}

/* Where handlers were set in a way that is not seen, SA_RESTART is assumed. */
static int poll_one_kind(struct pollfd *pollfd, int timeout_ms,
			 const struct handlers *known)
{
	struct handlers now = *known;
	int r = real()->poll_point(pollfd, 1, timeout_ms);

	if (r >= 0)
		return r;
	if (errno != EINTR)
		return -errno;
	if (!now.restarting && !now.interrupting)
		look_at_handlers(&now);
	return now.restarting ? -ERESTART : -EINTR;
}

/* The thread's mask, and the signals of `more` besides. */
static bool mask_with(uint64_t more, sigset_t *mask)
{
	if (pthread_sigmask(SIG_BLOCK, NULL, mask))
		return false;
	for (int number = 1; number < NSIG; number++)
		if (more >> (number - 1) & 1)
			sigaddset(mask, number);
	return true;
}

/* A slice of the time; more of it is left for the caller's next call. */
static int poll_slice(struct pollfd *pollfd, int timeout_ms,
		      const sigset_t *mask)
{
	bool whole = timeout_ms >= 0 && timeout_ms <= SLICE_MS;
	struct timespec time = {0, (whole ? timeout_ms : SLICE_MS) * 1000000L};
	int r = ppoll(pollfd, 1, &time, mask);

	if (r < 0)
		return -errno;
	return r || whole ? r : -ERESTART;
}

int wait_poll(struct pollfd *pollfd, int timeout_ms)
{
	struct handlers known = handlers();
	sigset_t mask;

	if (!known.restarting || !known.interrupting || sandbox_is_on() ||
	    !mask_with(known.restarting, &mask))
		return poll_one_kind(pollfd, timeout_ms, &known);
	return poll_slice(pollfd, timeout_ms, &mask);
}

int wait_whole(struct pollfd *pollfd, int timeout_ms)
{
	long end = timeout_ms < 0 ? 0 : now_ms() + timeout_ms, left = -1;
	int r;

	do {
		if (timeout_ms >= 0)
			left = end - now_ms();
		r = wait_poll(pollfd, timeout_ms >= 0 && left < 0 ? 0 : left);
	} while (r == -ERESTART);
	return r;
}
