/* SPDX-License-Identifier: MIT */
/* Per-descriptor hints: see hints.h. */
#include <stddef.h>

#include "preload/hints.h"

#define NUMBERS 65536

/*
 * Each field is written whole, but not all of them at once: two threads that
 * change one registration at the same time leave either's, or a mixture that
 * epoll_ctl(2) then corrects (EPOLL_CTL_DEL says whether it exists).
 */
struct hint {
	unsigned flags;
	int epfd_plus_1; /* 0: none */
	uint32_t events;
	uint64_t data;
};

/* Untouched pages of it cost nothing. */
static struct hint hints[NUMBERS];
static int highest;

static struct hint *at(int fd)
{
	if (fd < 0 || fd >= NUMBERS)
		return NULL;
	if (fd > __atomic_load_n(&highest, __ATOMIC_RELAXED))
		__atomic_store_n(&highest, fd, __ATOMIC_RELAXED);
	return &hints[fd];
}

unsigned hint_get(int fd)
{
	if (fd < 0 || fd >= NUMBERS)
		return 0;
	return __atomic_load_n(&hints[fd].flags, __ATOMIC_RELAXED);
}

void hint_add(int fd, unsigned flags)
{
	struct hint *hint = at(fd);

	if (hint)
		__atomic_or_fetch(&hint->flags, flags, __ATOMIC_RELAXED);
}

void hint_remove(int fd, unsigned flags)
{
	struct hint *hint = at(fd);

	if (hint)
		__atomic_and_fetch(&hint->flags, ~flags, __ATOMIC_RELAXED);
}

void hint_reset(int fd, unsigned flags)
{
	struct hint *hint = at(fd);

	if (!hint)
		return;
	hint->epfd_plus_1 = 0;
	__atomic_store_n(&hint->flags, flags, __ATOMIC_RELAXED);
}

void hint_copy(int from, int to)
{
	if (from == to)
		return;
	hint_add(from, HINT_COPIED);
	hint_reset(to, HINT_COPIED | (hint_get(from) & HINT_REDIRECTED));
}

void hint_epoll_set(int fd, int epfd, const struct epoll_event *event)
{
	struct hint *hint = at(fd);

	if (!hint)
		return;
	if (hint->epfd_plus_1 && hint->epfd_plus_1 != epfd + 1)
		hint_add(fd, HINT_EPOLL_MANY);
	hint->events = event->events;
	hint->data = event->data.u64;
	__atomic_store_n(&hint->epfd_plus_1, epfd + 1, __ATOMIC_RELEASE);
}

void hint_epoll_forget(int fd, int epfd)
{
	struct hint *hint = at(fd);

	if (hint && hint->epfd_plus_1 == epfd + 1)
		hint->epfd_plus_1 = 0;
}

bool hint_epoll_get(int fd, struct hint_epoll *registration)
{
	struct hint *hint = at(fd);

	if (!hint || !hint->epfd_plus_1)
		return false;
	registration->epfd = hint->epfd_plus_1 - 1;
	registration->event.events = hint->events;
	registration->event.data.u64 = hint->data;
	return true;
}

void hint_each(unsigned flags, void (*visit)(int fd, void *arg), void *arg)
{
	int end = __atomic_load_n(&highest, __ATOMIC_RELAXED);

	for (int fd = 0; fd <= end; fd++)
		if ((hint_get(fd) & flags) == flags)
			visit(fd, arg);
}
