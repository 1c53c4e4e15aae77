/* SPDX-License-Identifier: MIT */
/* What sending, receiving and ioctl() share: see data.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "redirect/calls/data.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"
#include "redirect/kernel/wait.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

bool data_is_ours(int fd)
{
	return tag_of(fd) >= 0;
}

bool data_is_refused(int fd)
{
	int tag = table_has_hybrid() ? tag_of(fd) : -ENOENT;

	return tag >= 0 && (tag & TAG_REFUSED);
}

static int take_error(int fd)
{
	int error = ask_error(fd);

	return error ? errors_connect(error) : ENOTCONN;
}

/* AF_VSOCK copies late, and calls a bad pointer ENOMEM. */
ssize_t data_memory_error(int fd, const void *buf, size_t size, ssize_t r)
{
	if (r == -ENOMEM && !usermem_readable(buf, size) && data_is_ours(fd))
		return -EFAULT;
	return r;
}

static bool has_bad_part(const struct msghdr *msg)
{
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		if (!usermem_readable(msg->msg_iov[i].iov_base,
				      msg->msg_iov[i].iov_len))
			return true;
	return false;
}

ssize_t data_parts_error(int fd, const struct msghdr *msg, ssize_t r)
{
	if (r == -ENOMEM && data_is_ours(fd) && has_bad_part(msg))
		return -EFAULT;
	return r;
}

/* The numbers that go with a message which the kernel took or gave. */
void data_each_number(const struct msghdr *msg, void (*visit)(int fd))
{
	struct msghdr *all = (struct msghdr *)msg;
	struct cmsghdr *part;

	for (part = CMSG_FIRSTHDR(all); part; part = CMSG_NXTHDR(all, part)) {
		unsigned n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int fd;

		if (part->cmsg_level != SOL_SOCKET ||
		    part->cmsg_type != SCM_RIGHTS)
			continue;
		for (unsigned i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd),
			       sizeof(fd));
			visit(fd);
		}
	}
}

static void close_own(void *own)
{
	own_close(*(int *)own);
}

/*
 * A thread may be cancelled while it waits: our duplicate is closed then, too.
 */
static int wait_and_call(int own, const struct data_again *again, int timeout,
			 ssize_t *r)
{
	struct pollfd pollfd = {own, POLLOUT, 0};
	int ready;

	pthread_cleanup_push(close_own, &own);
	ready = wait_whole(&pollfd, ask_timeout(own, timeout));
	if (ready > 0)
		*r = again->call(own, again);
	pthread_cleanup_pop(1);
	return ready;
}

/* A number that was closed meanwhile may be anybody's. */
static int copy_held(struct hold *hold)
{
	int own = own_copy(hold->fd);

	if (own < 0)
		return -ENOBUFS;
	if (hold_take(hold)) {
		hold_release(hold);
		return own;
	}
	own_close(own);
	return -EBADF;
}

static bool call_again(struct hold *hold, const struct data_again *again,
		       int timeout, ssize_t *r, int *error)
{
	int own = copy_held(hold);
	int ready = own < 0 ? own : wait_and_call(own, again, timeout, r);

	if (ready < 0)
		*error = -ready;
	return ready > 0;
}

bool data_after_connect(struct hold *hold, const struct data_again *again,
			int timeout, ssize_t *r, int *error)
{
	int fd = hold->fd;
	struct pollfd pollfd = {fd, POLLOUT, 0};
	bool waits = !(again->flags & MSG_DONTWAIT) && !ask_nonblocking(fd);

	if (real()->poll(&pollfd, 1, 0) != 0) {
		if (pollfd.revents & POLLERR)
			*error = take_error(fd);
		return false;
	}
	*error = EAGAIN;
	return waits && call_again(hold, again, timeout, r, error);
}

/* Where MSG_TRUNC discards to. Nobody reads it, so all may write it. */
char data_waste[256 * 1024];

bool data_measure(const struct msghdr *msg, size_t *size)
{
	*size = 0;
	if (!usermem_readable(msg, sizeof(*msg)) || msg->msg_iovlen > IOV_MAX ||
	    (msg->msg_iovlen &&
	     !usermem_readable(msg->msg_iov,
			       msg->msg_iovlen * sizeof(*msg->msg_iov))))
		return false;
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		*size += msg->msg_iov[i].iov_len;
	return true;
}
