/* SPDX-License-Identifier: MIT */
/* Exported: copies of descriptors, and epoll. They only take note. */
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "preload/hooks.h"
#include "redirect/kernel/real.h"
#include "redirect/state/hints.h"
#include "redirect/swap/epoll.h"

int __dup2(int fd, int to);
int __fcntl(int fd, int cmd, ...);

static int note_copy(int fd, int copy)
{
	if (copy >= 0)
		hint_copy(fd, copy);
	return copy;
}

EXPORT int dup(int fd)
{
	return note_copy(fd, real()->dup(fd));
}

EXPORT int dup2(int fd, int to)
{
	return note_copy(fd, real()->dup2(fd, to));
}

EXPORT int __dup2(int fd, int to)
{
	return dup2(fd, to);
}

EXPORT int dup3(int fd, int to, int flags)
{
	return note_copy(fd, real()->dup3(fd, to, flags));
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

EXPORT int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int r = real()->epoll_ctl(epfd, op, fd, event);

	if (!r)
		epoll_note(epfd, op, fd, event);
	return r;
}
