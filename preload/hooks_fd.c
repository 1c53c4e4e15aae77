/* SPDX-License-Identifier: MIT */
/*
 * Exported: closing and copying descriptors, epoll, and fork() without atfork
 * handlers. They take note; who closes a number waits for a swap that is under
 * way there: hold.h.
 */
#include "config.h"

#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "preload/hooks.h"
#include "redirect/calls/listener.h"
#include "redirect/kernel/newer.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"
#include "redirect/state/fork.h"
#include "redirect/state/hints.h"
#include "redirect/state/hold.h"
#include "redirect/state/listeners.h"
#include "redirect/swap/epoll.h"

int __close(int fd);
void closefrom(int first);
pid_t _Fork(void);
int pidfd_getfd(int pidfd, int fd, unsigned flags);
int socketpair(int domain, int type, int protocol, int fds[2]);
int __dup2(int fd, int to);
int __fcntl(int fd, int cmd, ...);

static int note_copy(int fd, int copy)
{
	if (copy >= 0)
		hint_copy(fd, copy);
	if (listeners_any_quiet && copy >= 0 && copy != fd)
		listeners_copied(fd, copy);
	epoll_copied(fd, copy);
	return copy;
}

EXPORT int dup(int fd)
{
	return note_copy(fd, real()->dup(fd));
}

/* What calls of this thread left behind when a handler jumped out of them. */
__attribute__((always_inline)) static inline void clear_left(void)
{
	const void *now = __builtin_frame_address(0);

	own_clear_left(now);
	hold_clear_left(now);
}

/* The listener that was closed had others beside it. */
static int closed(int r)
{
	listener_closed();
	return r;
}

/* What a call has for itself the program never got, and can't close. */
EXPORT int close(int fd)
{
	bool left;
	int r;

	clear_left();
	if (own_is(fd)) {
		errno = EBADF;
		return -1;
	}
	left = listener_closing(fd, fd);
	hold_closing(fd, fd);
	r = real()->close_point(fd);
	return left ? closed(r) : r;
}

EXPORT int __close(int fd)
{
	return close(fd);
}

static int close_these(unsigned first, unsigned last)
{
	return (int)real()->syscall(SYS_close_range, first, last, 0);
}

/* Around the numbers that calls have for themselves. */
static int close_others(unsigned first, unsigned last)
{
	for (;;) {
		unsigned own = own_next(first);

		if (own > last)
			return close_these(first, last);
		if (own > first && close_these(first, own - 1))
			return -1;
		if (own == last)
			return 0;
		first = own + 1;
	}
}

/*
 * Other threads keep the table that CLOSE_RANGE_UNSHARE leaves to them, and
 * CLOSE_RANGE_CLOEXEC closes nothing.
 */
EXPORT int close_range(unsigned first, unsigned last, int flags)
{
	bool left;
	int r;

	clear_left();
	if (flags || first > last)
		return (int)real()->syscall(SYS_close_range, first, last,
					    flags);
	left = listener_closing(first, last);
	hold_closing(first, last);
	r = close_others(first, last);
	return left ? closed(r) : r;
}

#ifdef HAVE_CLOSEFROM
/* Kernels before 5.9 have no close_range(2), and libc has another way. */
EXPORT void closefrom(int first)
{
	unsigned from = first < 0 ? 0 : first;
	int saved = errno;
	bool left;

	clear_left();
	left = listener_closing(from, ~0U);
	hold_closing(from, ~0U);
	if (close_others(from, ~0U))
		real()->closefrom(first);
	if (left)
		listener_closed();
	errno = saved;
}
#endif

#ifdef HAVE__FORK
EXPORT pid_t _Fork(void)
{
	pid_t child;

	fork_begins();
	child = real()->_Fork();
	if (child)
		fork_ends();
	else
		fork_child();
	return child;
}
#endif

/* dup2() closes what was there, whoever had it. True: a listener. */
static bool closing_for_copy(int fd, int to)
{
	bool left;

	if (fd == to)
		return false;
	own_evict(to);
	left = listener_closing(to, to);
	hold_closing(to, to);
	return left;
}

static int note_copy_at(int fd, int to, int copy, bool left)
{
	if (copy < 0 && fd != to)
		hold_not_closed(to);
	note_copy(fd, copy);
	return left ? closed(copy) : copy;
}

EXPORT int dup2(int fd, int to)
{
	bool left = closing_for_copy(fd, to);

	return note_copy_at(fd, to, real()->dup2(fd, to), left);
}

EXPORT int __dup2(int fd, int to)
{
	return dup2(fd, to);
}

EXPORT int dup3(int fd, int to, int flags)
{
	bool left = closing_for_copy(fd, to);

	return note_copy_at(fd, to, real()->dup3(fd, to, flags), left);
}

static int fcntl_noted(int fd, int cmd, void *arg)
{
	int r = real()->fcntl(fd, cmd, arg);

	if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		return note_copy(fd, r);
	if (cmd == F_SETOWN || cmd == F_SETOWN_EX || cmd == F_SETSIG)
		hint_add(fd, HINT_OWNER);
	return r;
}

EXPORT int fcntl(int fd, int cmd, ...)
{
	va_list args;
	void *arg;

	va_start(args, cmd);
	arg = va_arg(args, void *);
	va_end(args);
	return fcntl_noted(fd, cmd, arg);
}

/* The third argument is one machine word in all of them. */
EXPORT int fcntl64(int fd, int cmd, ...) __attribute__((alias("fcntl")));
EXPORT int __fcntl(int fd, int cmd, ...) __attribute__((alias("fcntl")));

/* What is known of their numbers is of other descriptors. */
EXPORT int socketpair(int domain, int type, int protocol, int fds[2])
{
	int r = real()->socketpair(domain, type, protocol, fds);

	for (int i = 0; !r && i < 2; i++)
		hint_reset(fds[i], HINT_OTHER);
	return r;
}

EXPORT int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	int r = real()->syscall(SYS_pidfd_getfd, pidfd, fd, flags);

	if (r >= 0)
		hint_reset(r, HINT_COPIED);
	return r;
}

static int ask_epoll(int epfd, int op, int fd, struct epoll_event *event)
{
	struct epoll_event asked;

	if (!(hint_get(fd) & HINT_HANGS_UP) ||
	    !usermem_readable(event, sizeof(*event)))
		return real()->epoll_ctl(epfd, op, fd, event);
	asked = *event;
	asked.events = epoll_asked(fd, asked.events);
	return real()->epoll_ctl(epfd, op, fd, &asked);
}

EXPORT int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int saved = errno, r;
	unsigned before;

	hold_wait_moved(fd);
	before = hold_moves(fd);
	r = ask_epoll(epfd, op, fd, event);
	/* What was in the set a moment ago was out, and has come again. */
	if ((hold_wait_moved(fd) || hold_moves(fd) != before) &&
	    op != EPOLL_CTL_ADD && !ask_epoll(epfd, op, fd, event))
		r = 0;
	if (r)
		return r;
	epoll_note(epfd, op, fd, event);
	errno = saved;
	return 0;
}
