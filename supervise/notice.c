/* SPDX-License-Identifier: MIT */
/* The ioctls of a seccomp listener: see notice.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

#include "supervise/notice.h"

static int listener;

void notice_begin(int fd)
{
	listener = fd;
	ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
	      SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

/* seccomp_notify_poll() (kernel/seccomp.c): all who could ask have ended. */
static bool nobody_is_left(void)
{
	struct pollfd pollfd = {listener, POLLIN, 0};

	return poll(&pollfd, 1, 0) == 1 && (pollfd.revents & POLLHUP);
}

/*
 * Since Linux 6.11 nobody waits here for those who are no more, and would ask
 * again and again until the main thread has heard of the end.
 */
int notice_receive(union notice *notice)
{
	int r;

	memset(notice, 0, sizeof(*notice));
	r = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, notice) < 0 ? -errno : 0;
	if (r == -ENOENT && nobody_is_left())
		pause();
	return r;
}

/*
 * EINTR: parked.c has sent this thread the signal that wakes it just when it
 * did not wait any more.
 */
static int ask(unsigned long request, void *arg)
{
	int r;

	do
		r = ioctl(listener, request, arg);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return errno == ESRCH ? -ENOENT : -errno; /* it has just left */
	return r;
}

bool notice_is_valid(const union notice *notice)
{
	return !ask(SECCOMP_IOCTL_NOTIF_ID_VALID, (void *)&notice->is.id);
}

static bool send_answer(const union notice *notice, long value, int error,
			unsigned flags)
{
	struct seccomp_notif_resp response = {
		.id = notice->is.id,
		.val = value,
		.error = error,
		.flags = flags,
	};

	return !ask(SECCOMP_IOCTL_NOTIF_SEND, &response);
}

bool notice_answer(const union notice *notice, long result)
{
	return result < 0 ? send_answer(notice, 0, (int)result, 0)
			  : send_answer(notice, result, 0, 0);
}

bool notice_go_on(const union notice *notice)
{
	return send_answer(notice, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

int notice_put(const union notice *notice, int number, int fd,
	       bool close_on_exec)
{
	struct seccomp_notif_addfd add = {
		.id = notice->is.id,
		.flags = SECCOMP_ADDFD_FLAG_SETFD,
		.srcfd = fd,
		.newfd = number,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0,
	};
	int r = ask(SECCOMP_IOCTL_NOTIF_ADDFD, &add);

	return r < 0 ? r : 0;
}

int notice_give(const union notice *notice, int fd, bool close_on_exec)
{
	struct seccomp_notif_addfd add = {
		.id = notice->is.id,
		.srcfd = fd,
		.newfd_flags = close_on_exec ? O_CLOEXEC : 0,
	};

	return ask(SECCOMP_IOCTL_NOTIF_ADDFD, &add);
}
