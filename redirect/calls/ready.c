/* SPDX-License-Identifier: MIT */
/* Completes results that have an error: see ready.h. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>

#include "redirect/calls/ready.h"
#include "redirect/kernel/sandbox.h"
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

uint32_t ready_failed(int fd, uint32_t asked)
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

/* Most programs put the number there, with or without something above it. */
int ready_find(int epfd, epoll_data_t data)
{
	struct event_search search = {epfd, data.u64, -1};

	if (is_registered(data.fd, epfd, data.u64))
		return data.fd;
	hint_each(HINT_REDIRECTED, compare, &search);
	return search.fd;
}
