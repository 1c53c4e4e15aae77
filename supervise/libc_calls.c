/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "supervise/libc_calls.h"

/* Those whose arguments musl declares in another way. */
static int any_sendmmsg(int fd, struct mmsghdr *vec, unsigned n, int flags)
{
	return sendmmsg(fd, vec, n, flags);
}

static int any_recvmmsg(int fd, struct mmsghdr *vec, unsigned n, int flags,
			struct timespec *timeout)
{
	return recvmmsg(fd, vec, n, flags, timeout);
}

static int any_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return ioctl(fd, request, argument);
}

const struct real_calls libc_calls = {
	.socket = socket,
	.socketpair = socketpair,
	.connect = connect,
	.connect_now = connect,
	.bind = bind,
	.listen = listen,
	.accept = accept,
	.accept4 = accept4,
	.getsockname = getsockname,
	.getpeername = getpeername,
	.getsockopt = getsockopt,
	.setsockopt = setsockopt,
	.shutdown = shutdown,
	.send = send,
	.sendto = sendto,
	.sendmsg = sendmsg,
	.sendmmsg = any_sendmmsg,
	.recv = recv,
	.recv_now = recv,
	.recvfrom = recvfrom,
	.recvmsg = recvmsg,
	.recvmmsg = any_recvmmsg,
	.epoll_ctl = epoll_ctl,
	.poll = poll,
	.poll_point = poll,
	.dup3 = dup3,
	.close = close,
	.fcntl = fcntl,
	.ioctl = any_ioctl,
	.sigaction = sigaction,
	.syscall = syscall,
};
