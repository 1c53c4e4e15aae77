/* SPDX-License-Identifier: MIT */
/*
 * Exported: waiting for events. The results are the kernel's; only one that has
 * an error is looked at.
 */
#include "config.h"

#include <poll.h>
#include <sys/epoll.h>

#include "preload/hooks.h"
#include "preload/names/libc.h"
#include "redirect/calls/ready.h"
#include "redirect/kernel/real.h"
#include "redirect/state/hints.h"

int __poll(struct pollfd *fds, nfds_t n, int timeout);
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout, size_t room);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
		const sigset_t *mask, size_t room);

static int polled(struct pollfd *fds, int r)
{
	for (int left = r; left > 0; fds++) {
		if (!fds->revents)
			continue;
		if (fds->revents & POLLERR)
			fds->revents |= (short)ready_failed(
				fds->fd, (unsigned short)fds->events);
		left--;
	}
	return r;
}

static int waited(int epfd, struct epoll_event *events, int r)
{
	struct hint_epoll registration;

	for (int i = 0; i < r; i++) {
		int fd = events[i].events & EPOLLERR
				 ? ready_find(epfd, events[i].data)
				 : -1;

		if (fd >= 0 && hint_epoll_get(fd, &registration))
			events[i].events |=
				ready_failed(fd, registration.event.events);
	}
	return r;
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	return polled(fds, real()->poll(fds, n, timeout));
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
	return polled(fds, real()->ppoll(fds, n, timeout, mask));
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
	return waited(epfd, events,
		      real()->epoll_wait(epfd, events, max, timeout));
}

EXPORT int epoll_pwait(int epfd, struct epoll_event *events, int max,
		       int timeout, const sigset_t *mask)
{
	return waited(epfd, events,
		      real()->epoll_pwait(epfd, events, max, timeout, mask));
}

#ifdef HAVE_EPOLL_PWAIT2
EXPORT int epoll_pwait2(int epfd, struct epoll_event *events, int max,
			const struct timespec *timeout, const sigset_t *mask)
{
	return waited(epfd, events,
		      real()->epoll_pwait2(epfd, events, max, timeout, mask));
}
#endif
