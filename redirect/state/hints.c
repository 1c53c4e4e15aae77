/* SPDX-License-Identifier: MIT */
/* Per-descriptor hints: see hints.h. */
#include <stddef.h>

#include "redirect/kernel/own.h"
#include "redirect/state/hints.h"

unsigned hint_flags[HINT_NUMBERS];
unsigned hint_ever;

/*
 * Each field is written whole, but not all of them at once: two threads that
 * change one registration at the same time leave either's, or a mixture that
 * epoll_ctl(2) then corrects (EPOLL_CTL_DEL says whether it exists).
 */
struct hint {
	int epfd_plus_1; /* 0: none */
	uint32_t events;
	uint64_t data;
};

/* Untouched pages of it cost nothing. */
static struct hint hints[HINT_NUMBERS];
static int highest;
static bool overflown;

/* Never lowers it, whatever another thread does meanwhile. */
static void raise_highest(int fd)
{
	int now = __atomic_load_n(&highest, __ATOMIC_RELAXED);

	while (fd > now &&
	       !__atomic_compare_exchange_n(&highest, &now, fd, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static struct hint *at(int fd)
{
	if (fd < 0 || borrowed_is())
		return NULL;
	if (fd >= HINT_NUMBERS) {
		__atomic_store_n(&overflown, true, __ATOMIC_RELAXED);
		return NULL;
	}
	raise_highest(fd);
	return &hints[fd];
}

static int set_of(const struct hint *hint)
{
	return __atomic_load_n(&hint->epfd_plus_1, __ATOMIC_ACQUIRE);
}

static void put_set(struct hint *hint, int epfd_plus_1)
{
	__atomic_store_n(&hint->epfd_plus_1, epfd_plus_1, __ATOMIC_RELEASE);
}

bool hint_is_overflown(void)
{
	return __atomic_load_n(&overflown, __ATOMIC_RELAXED);
}

void hint_add(int fd, unsigned flags)
{
	if (flags & ~__atomic_load_n(&hint_ever, __ATOMIC_RELAXED))
		__atomic_or_fetch(&hint_ever, flags, __ATOMIC_RELAXED);
	if (at(fd))
		__atomic_or_fetch(&hint_flags[fd], flags, __ATOMIC_RELAXED);
}

bool hint_add_first(int fd, unsigned flag)
{
	return at(fd) &&
	       (__atomic_fetch_or(&hint_flags[fd], flag, __ATOMIC_SEQ_CST) &
		flag);
}

void hint_remove(int fd, unsigned flags)
{
	if (at(fd))
		__atomic_and_fetch(&hint_flags[fd], ~flags, __ATOMIC_RELAXED);
}

void hint_reset(int fd, unsigned flags)
{
	struct hint *hint = at(fd);

	if (!hint)
		return;
	own_evict(fd);
	put_set(hint, 0);
	__atomic_store_n(&hint_flags[fd], flags, __ATOMIC_RELAXED);
}

void hint_copy(int from, int to)
{
	const unsigned shared = HINT_BORN | HINT_V6 | HINT_REDIRECTED |
				HINT_UNDONE | HINT_SHUT_RD | HINT_SHUT_WR |
				HINT_HANGS_UP | HINT_AUTOBOUND;

	if (from == to)
		return;
	hint_add(from, HINT_COPIED);
	hint_reset(to, HINT_COPIED | (hint_get(from) & shared));
}

void hint_epoll_set(int fd, int epfd, const struct epoll_event *event)
{
	struct hint *hint = at(fd);
	int other = hint ? set_of(hint) : 0;

	if (!hint)
		return;
	if (other && other != epfd + 1)
		hint_add(fd, HINT_EPOLL_MANY);
	__atomic_store_n(&hint->events, event->events, __ATOMIC_RELAXED);
	__atomic_store_n(&hint->data, event->data.u64, __ATOMIC_RELAXED);
	put_set(hint, epfd + 1);
}

void hint_epoll_forget(int fd, int epfd)
{
	struct hint *hint = at(fd);

	if (hint && set_of(hint) == epfd + 1)
		put_set(hint, 0);
}

bool hint_epoll_get(int fd, struct hint_epoll *registration)
{
	struct hint *hint = at(fd);
	int set = hint ? set_of(hint) : 0;

	if (!set)
		return false;
	registration->epfd = set - 1;
	registration->event.events =
		__atomic_load_n(&hint->events, __ATOMIC_RELAXED);
	registration->event.data.u64 =
		__atomic_load_n(&hint->data, __ATOMIC_RELAXED);
	return true;
}

void hint_each(unsigned flags, void (*visit)(int fd, void *arg), void *arg)
{
	int end = __atomic_load_n(&highest, __ATOMIC_RELAXED);

	for (int fd = 0; fd <= end; fd++)
		if ((hint_get(fd) & flags) == flags)
			visit(fd, arg);
}
