/* SPDX-License-Identifier: MIT */
/* Keeps account of our own descriptors: see own.h. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "redirect/kernel/clock.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"

#define MINE	    8
#define MAKING	    (-1)
#define YIELDS	    100
#define PATIENCE_MS 200

/*
 * The descriptors of ours that this thread has made, each with the frame of the
 * call: a signal handler that leaves by siglongjmp(3) leaves them behind.
 */
struct mine {
	const void *frame;
	int number_plus_1; /* 0: free */
};

static __thread struct mine mine[MINE];

/* For other threads, and for fork children. */
uint8_t own_states[OWN_NUMBERS];
static int highest;
static unsigned busy;  /* threads that are making or closing one */
static unsigned forks; /* under way */
static __thread unsigned forks_here; /* ... in this thread */

static void set_state(int fd, enum own_state state)
{
	int now = __atomic_load_n(&highest, __ATOMIC_RELAXED);

	if ((unsigned)fd >= OWN_NUMBERS)
		return;
	while (fd > now &&
	       !__atomic_compare_exchange_n(&highest, &now, fd, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	__atomic_store_n(&own_states[fd], state, __ATOMIC_RELEASE);
}

static struct mine *find_own(int number_plus_1)
{
	for (int i = 0; i < MINE; i++)
		if (mine[i].number_plus_1 == number_plus_1)
			return &mine[i];
	return NULL;
}

static unsigned load(const unsigned *number)
{
	return __atomic_load_n(number, __ATOMIC_SEQ_CST);
}

/* Waits until the number is `most` or less. False: that took too long. */
static bool wait_for(const unsigned *number, unsigned most)
{
	long end = 0;
	int saved = errno;

	for (unsigned i = 0; load(number) > most; i++) {
		if (i < YIELDS) {
			sched_yield();
			continue;
		}
		real()->poll(NULL, 0, 1);
		if (!end)
			end = now_ms() + PATIENCE_MS;
		else if (now_ms() > end)
			break;
	}
	errno = saved;
	return load(number) <= most;
}

static void enter(void)
{
	bool patient = true;

	for (;;) {
		__atomic_add_fetch(&busy, 1, __ATOMIC_SEQ_CST);
		if (load(&forks) <= forks_here || !patient)
			return;
		__atomic_sub_fetch(&busy, 1, __ATOMIC_SEQ_CST);
		patient = wait_for(&forks, forks_here);
	}
}

static void leave_change(void)
{
	__atomic_sub_fetch(&busy, 1, __ATOMIC_SEQ_CST);
}

static struct mine *begin_change(void)
{
	struct mine *place = find_own(0);

	if (place) {
		place->frame = __builtin_frame_address(0);
		place->number_plus_1 = MAKING;
	}
	enter();
	return place;
}

static int end(struct mine *place, int fd)
{
	if (place)
		place->number_plus_1 = fd < 0 ? 0 : fd + 1;
	if (fd >= 0)
		set_state(fd, OWN_YES);
	leave_change();
	return fd;
}

int own_socket(int family, int type, int protocol)
{
	struct mine *place = begin_change();

	return end(place,
		   real()->socket(family, type | SOCK_CLOEXEC, protocol));
}

int own_open(const char *path, int flags)
{
	struct mine *place = begin_change();

	return end(place, (int)real()->syscall(SYS_openat, AT_FDCWD, path,
					       flags | O_CLOEXEC, 0));
}

int own_copy(int fd)
{
	struct mine *place = begin_change();

	return end(place, real()->fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

void own_take(int fd)
{
	end(begin_change(), fd);
}

void own_close(int fd)
{
	struct mine *place = find_own(fd + 1);
	bool evicted = own_state(fd) == OWN_EVICTED;

	if (place)
		place->number_plus_1 = MAKING;
	enter();
	set_state(fd, OWN_NOT);
	if (!evicted)
		real()->close(fd);
	if (place)
		place->number_plus_1 = 0;
	leave_change();
}

void own_evict(int fd)
{
	if (own_is(fd))
		set_state(fd, OWN_EVICTED);
}

unsigned own_next(unsigned from)
{
	int end = __atomic_load_n(&highest, __ATOMIC_RELAXED);

	for (unsigned fd = from; fd <= (unsigned)end; fd++)
		if (own_is((int)fd))
			return fd;
	return ~0U;
}

bool own_is_mine(int fd)
{
	return fd >= 0 && own_state(fd) != OWN_EVICTED;
}

/* ---- jumps ----------------------------------------------------------------
 */

static bool is_on_signal_stack(void)
{
	stack_t stack;

	return sigaltstack(NULL, &stack) || (stack.ss_flags & SS_ONSTACK);
}

bool own_is_left(const void *frame, const void *now)
{
	return (uintptr_t)frame < (uintptr_t)now && !is_on_signal_stack();
}

void own_clear_left(const void *now)
{
	for (int i = 0; i < MINE; i++) {
		int number = mine[i].number_plus_1;

		if (!number || !own_is_left(mine[i].frame, now))
			continue;
		mine[i].number_plus_1 = 0;
		if (number == MAKING)
			leave_change();
		else
			own_close(number - 1);
	}
}

/* ---- fork ----------------------------------------------------------------- */

/*
 * How many descriptors this thread itself was making or closing when a signal
 * handler interrupted it and called fork(): those are not waited for.
 */
static unsigned busy_here(void)
{
	unsigned n = 0;

	for (int i = 0; i < MINE; i++)
		n += mine[i].number_plus_1 == MAKING;
	return n;
}

void own_fork_begins(void)
{
	static unsigned stuck; /* killed in it: children of vfork() */

	forks_here++;
	__atomic_add_fetch(&forks, 1, __ATOMIC_SEQ_CST);
	if (!wait_for(&busy, load(&stuck) + busy_here()))
		__atomic_store_n(&stuck, load(&busy), __ATOMIC_SEQ_CST);
}

void own_fork_ends(void)
{
	forks_here--;
	__atomic_sub_fetch(&forks, 1, __ATOMIC_SEQ_CST);
}

void own_fork_child(void)
{
	for (int fd = 0; fd <= highest; fd++) {
		if (!own_is(fd) || find_own(fd + 1))
			continue;
		set_state(fd, OWN_NOT);
		real()->close(fd);
	}
	forks = --forks_here;
	busy = busy_here();
}
