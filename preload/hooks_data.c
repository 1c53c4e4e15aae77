/* SPDX-License-Identifier: MIT */
/* Exported: sending and receiving, where send.c and receive.c have special cases. */
#include <stdarg.h>
#include <sys/ioctl.h>

#include "preload/hooks.h"
#include "preload/names/libc.h"
#include "redirect/calls/ioctl.h"
#include "redirect/calls/receive.h"
#include "redirect/calls/send.h"

ssize_t __send(int fd, const void *buf, size_t size, int flags);
int __sendmmsg(int fd, struct mmsghdr *vec, unsigned n, mmsg_flags flags);
ssize_t __recv(int fd, void *buf, size_t size, int flags);
ssize_t __recv_chk(int fd, void *buf, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buf, size_t size, size_t room, int flags,
		       struct sockaddr *sa, socklen_t *len);

EXPORT ssize_t send(int fd, const void *buf, size_t size, int flags)
{
	int saved = errno;

	if (flags & MSG_FASTOPEN)
		return hook_return(send_to(fd, buf, size, flags, NULL, 0),
				   saved);
	return hook_return(send_bytes(fd, buf, size, flags), saved);
}

EXPORT ssize_t __send(int fd, const void *buf, size_t size, int flags)
{
	return send(fd, buf, size, flags);
}

EXPORT ssize_t sendto(int fd, const void *buf, size_t size, int flags,
		      const struct sockaddr *sa, socklen_t len)
{
	int saved = errno;

	return hook_return(send_to(fd, buf, size, flags, sa, len), saved);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	int saved = errno;

	return hook_return(send_message(fd, msg, flags), saved);
}

EXPORT int sendmmsg(int fd, struct mmsghdr *vec, unsigned n, mmsg_flags flags)
{
	int saved = errno;

	return hook_return(send_messages(fd, vec, n, flags), saved);
}

EXPORT int __sendmmsg(int fd, struct mmsghdr *vec, unsigned n, mmsg_flags flags)
{
	return sendmmsg(fd, vec, n, flags);
}

EXPORT ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	int saved = errno;

	return hook_return(receive_bytes(fd, buf, size, flags), saved);
}

EXPORT ssize_t __recv(int fd, void *buf, size_t size, int flags)
{
	return recv(fd, buf, size, flags);
}

EXPORT ssize_t __recv_chk(int fd, void *buf, size_t size, size_t room,
			  int flags)
{
	if (size > room)
		__chk_fail();
	return recv(fd, buf, size, flags);
}

EXPORT ssize_t recvfrom(int fd, void *buf, size_t size, int flags,
			struct sockaddr *sa, socklen_t *len)
{
	int saved = errno;

	return hook_return(receive_from(fd, buf, size, flags, sa, len), saved);
}

EXPORT ssize_t __recvfrom_chk(int fd, void *buf, size_t size, size_t room,
			      int flags, struct sockaddr *sa, socklen_t *len)
{
	if (size > room)
		__chk_fail();
	return recvfrom(fd, buf, size, flags, sa, len);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	int saved = errno;

	return hook_return(receive_message(fd, msg, flags), saved);
}

EXPORT int recvmmsg(int fd, struct mmsghdr *vec, unsigned n, mmsg_flags flags,
		    struct timespec *timeout)
{
	int saved = errno;

	return hook_return(receive_messages(fd, vec, n, flags, timeout), saved);
}

/* ioctl(2) is variadic: the third argument is one machine word at most. */
EXPORT int ioctl(int fd, ioctl_request request, ...)
{
	int saved = errno;
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return hook_return(ioctl_socket(fd, (unsigned)request, arg), saved);
}
