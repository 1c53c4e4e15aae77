/* SPDX-License-Identifier: MIT */
/*
 * Exported: waiting for events. The results are the kernel's; only one that has
 * an error, or that tells of an end, is looked at.
 */
#include "config.h"

#include <poll.h>
#include <stdbool.h>
#include <sys/epoll.h>

#include "preload/hooks.h"
#include "preload/names/libc.h"
#include "redirect/calls/ready.h"
#include "redirect/kernel/real.h"

int __poll(struct pollfd *fds, nfds_t n, int timeout);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		const sigset_t *mask, size_t room);

/* A poll(2), or a ppoll(2). */
struct polling {
	struct pollfd *fds;
	nfds_t n;
	int ms;
	const struct timespec *timeout;
	const sigset_t *mask;
	bool is_ppoll;
};

static int poll_once(const struct polling *p)
{
	return p->is_ppoll ? real()->ppoll(p->fds, p->n, p->timeout, p->mask)
			   : real()->poll_point(p->fds, p->n, p->ms);
}

/* Once more where an end was of one direction only, with all of the time. */
static int poll_ends(const struct polling *p)
{
	int r = poll_once(p), told = ready_told(p->fds, p->n, r);

	return r > 0 && !told ? ready_told(p->fds, p->n, poll_once(p)) : told;
}

static int polled(const struct polling *p)
{
	int r = ready_ask(p->fds, p->n) ? poll_ends(p) : poll_once(p);

	ready_failed(p->fds, r);
	return r;
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	return polled(&(struct polling){.fds = fds, .n = n, .ms = timeout});
}

EXPORT int __poll(struct pollfd *fds, nfds_t n, int timeout)
{
	return poll(fds, n, timeout);
}

EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room)
{
	if (room / sizeof(*fds) < n)
		__chk_fail();
	return poll(fds, n, timeout);
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		 const sigset_t *mask)
{
	return polled(&(struct polling){.fds = fds,
					.n = n,
					.timeout = timeout,
					.mask = mask,
					.is_ppoll = true});
}

EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n,
		       const struct timespec *timeout, const sigset_t *mask,
		       size_t room)
{
	if (room / sizeof(*fds) < n)
		__chk_fail();
	return ppoll(fds, n, timeout, mask);
}

EXPORT int epoll_wait(int epfd, struct epoll_event *events, int max,
		      int timeout)
{
	int r, kept;

	do {
		r = real()->epoll_wait(epfd, events, max, timeout);
		kept = ready_events(epfd, events, r);
	} while (r > 0 && !kept);
	return kept;
}

EXPORT int epoll_pwait(int epfd, struct epoll_event *events, int max,
		       int timeout, const sigset_t *mask)
{
	int r, kept;

	do {
		r = real()->epoll_pwait(epfd, events, max, timeout, mask);
		kept = ready_events(epfd, events, r);
	} while (r > 0 && !kept);
	return kept;
}

#ifdef HAVE_EPOLL_PWAIT2
EXPORT int epoll_pwait2(int epfd, struct epoll_event *events, int max,
			const struct timespec *timeout, const sigset_t *mask)
{
	int r, kept;

	do {
		r = real()->epoll_pwait2(epfd, events, max, timeout, mask);
		kept = ready_events(epfd, events, r);
	} while (r > 0 && !kept);
	return kept;
}
#endif
