/* SPDX-License-Identifier: MIT */
/* Completes results that have an error, or tell of an end: see ready.h. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "redirect/calls/ready.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/usermem.h"
#include "redirect/report/report.h"
#include "redirect/state/hints.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

/* As tcp_poll() (net/ipv4/tcp.c) has it of a socket that an error has ended. */
#define WHERE_ASKED (POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLWRNORM)

static bool is_ended_connection(int fd)
{
	int tag;

	if (sandbox_is_on() || !table_get())
		return false;
	tag = tag_look(fd, NULL);
	return tag >= 0 && !(tag & TAG_BOUND);
}

/*
 * The events that TCP would have reported beside POLLERR, of those that were
 * asked for; 0 where fd is no redirected connection. The bits of poll(2) and of
 * epoll(7) are the same. One getsockopt(2) where fd may be one.
 */
static uint32_t beside_error(int fd, uint32_t asked)
{
	int saved = errno;
	bool is_ours = is_ended_connection(fd);
	struct report report;

	if (is_ours) {
		report_begin(&report);
		report_end(&report, REPORT_POLL, fd, NULL, 0, 0);
	}
	errno = saved;
	return is_ours ? POLLHUP | (asked & WHERE_ASKED) : 0;
}

void ready_failed(struct pollfd *fds, int r)
{
	for (; r > 0; fds++) {
		if (!fds->revents)
			continue;
		if (fds->revents & POLLERR)
			fds->revents |= (short)beside_error(
				fds->fd, (unsigned short)fds->events);
		r--;
	}
}

/* ---- the end of a Unix socket -------------------------------------------- */

/* What nobody polls for, and the kernel does not look at. */
#define ADDED 0x800

static bool hangs_up(int fd)
{
	return fd >= 0 && (hint_get(fd) & HINT_HANGS_UP);
}

/*
 * Of an end of the peer's sending that is the peer's own. To send nothing is
 * EPIPE where the peer does not read any more, or we don't send.
 */
static bool is_gone(int fd)
{
	int saved = errno, tag = tag_look(fd, NULL);
	bool gone;

	gone = tag >= 0 && (tag & TAG_UNIX) && !(tag & TAG_BOUND) &&
	       real()->syscall(SYS_sendto, fd, "", 0,
			       MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0) < 0 &&
	       errno == EPIPE;
	errno = saved;
	return gone;
}

bool ready_ask(struct pollfd *fds, nfds_t n)
{
	bool any = false;

	if (!hint_was(HINT_HANGS_UP) || n > HINT_NUMBERS ||
	    !usermem_readable(fds, n * sizeof(*fds)))
		return false;
	for (nfds_t i = 0; i < n; i++) {
		if (!hangs_up(fds[i].fd))
			continue;
		any = true;
		if (!(fds[i].events & POLLRDHUP))
			fds[i].events |= POLLRDHUP | ADDED;
	}
	return any;
}

int ready_told(struct pollfd *fds, nfds_t n, int r)
{
	for (nfds_t i = 0; i < n; i++) {
		bool is_end = r > 0 && (fds[i].revents & POLLRDHUP) &&
			      hangs_up(fds[i].fd);

		if (is_end && is_gone(fds[i].fd))
			fds[i].revents |= POLLHUP;
		if (!(fds[i].events & ADDED))
			continue;
		fds[i].events &= ~(POLLRDHUP | ADDED);
		if (!is_end)
			continue;
		fds[i].revents &= ~POLLRDHUP;
		r -= !fds[i].revents;
	}
	return r;
}

/* ---- whose event it is --------------------------------------------------- */

static bool is_registered(int fd, int epfd, uint64_t data)
{
	struct hint_epoll registration;

	return hint_epoll_get(fd, &registration) && registration.epfd == epfd &&
	       registration.event.data.u64 == data;
}

struct event_search {
	int epfd;
	uint64_t data;
	int fd;
};

static void compare(int fd, void *arg)
{
	struct event_search *search = arg;

	if (search->fd < 0 && is_registered(fd, search->epfd, search->data))
		search->fd = fd;
}

/*
 * The descriptor that is in the set with this data, and has the hint; -1: not
 * known. Most programs put the number there, with or without something above it.
 */
static int find(int epfd, epoll_data_t data, unsigned hint)
{
	struct event_search search = {epfd, data.u64, -1};

	if (is_registered(data.fd, epfd, data.u64))
		return data.fd;
	hint_each(hint, compare, &search);
	return search.fd;
}

/*
 * The peer has ended its sending. Where it is gone altogether that is EPOLLHUP.
 * EPOLLRDHUP was asked for by us (epoll_asked()): it is taken out unless the
 * program wants it, and, where nothing else is left to report, is no longer
 * asked for.
 */
static void tell_end(int epfd, int fd, const struct hint_epoll *asked,
		     struct epoll_event *event)
{
	struct epoll_event again = asked->event;
	int saved = errno;

	if (is_gone(fd))
		event->events |= EPOLLHUP;
	if (asked->event.events & EPOLLRDHUP)
		return;
	event->events &= ~EPOLLRDHUP;
	if (!event->events)
		real()->epoll_ctl(epfd, EPOLL_CTL_MOD, fd, &again);
	errno = saved;
}

static void complete(int epfd, struct epoll_event *event)
{
	bool is_end = (event->events & EPOLLRDHUP) && hint_was(HINT_HANGS_UP);
	struct hint_epoll asked;
	int fd;

	if (!is_end && !(event->events & EPOLLERR))
		return;
	fd = find(epfd, event->data, is_end ? HINT_HANGS_UP : HINT_REDIRECTED);
	if (fd < 0 || !hint_epoll_get(fd, &asked))
		return;
	if (event->events & EPOLLERR)
		event->events |= beside_error(fd, asked.event.events);
	if (is_end && hangs_up(fd))
		tell_end(epfd, fd, &asked, event);
}

int ready_events(int epfd, struct epoll_event *events, int r)
{
	int kept = 0;

	for (int i = 0; i < r; i++) {
		complete(epfd, &events[i]);
		if (events[i].events)
			events[kept++] = events[i];
	}
	return r > 0 ? kept : r;
}
