/* SPDX-License-Identifier: MIT */
/*
 * What glibc has and musl has not, so that the same checks run with both. The
 * double-underscore names come to the plain ones there.
 */
#include "parity.h"

#ifndef __GLIBC__
#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define NAMED(error)                                                           \
	case error:                                                            \
		return #error;

const char *strerrorname_np(int error)
{
	switch (error) {
		NAMED(E2BIG)
		NAMED(EACCES)
		NAMED(EADDRINUSE)
		NAMED(EADDRNOTAVAIL)
		NAMED(EAFNOSUPPORT)
		NAMED(EAGAIN)
		NAMED(EALREADY)
		NAMED(EBADF)
		NAMED(ECONNABORTED)
		NAMED(ECONNREFUSED)
		NAMED(ECONNRESET)
		NAMED(EDESTADDRREQ)
		NAMED(EDOM)
		NAMED(EEXIST)
		NAMED(EFAULT)
		NAMED(EHOSTUNREACH)
		NAMED(EINPROGRESS)
		NAMED(EINTR)
		NAMED(EINVAL)
		NAMED(EISCONN)
		NAMED(EMFILE)
		NAMED(EMSGSIZE)
		NAMED(ENETUNREACH)
		NAMED(ENOBUFS)
		NAMED(ENODEV)
		NAMED(ENOENT)
		NAMED(ENOMEM)
		NAMED(ENOPROTOOPT)
		NAMED(ENOSYS)
		NAMED(ENOTCONN)
		NAMED(ENOTSOCK)
		NAMED(ENOTTY)
		NAMED(EOPNOTSUPP)
		NAMED(EPERM)
		NAMED(EPIPE)
		NAMED(EPROTONOSUPPORT)
		NAMED(EPROTOTYPE)
		NAMED(ESHUTDOWN)
		NAMED(ESRCH)
		NAMED(ETIMEDOUT)
	}
	return error ? NULL : "0";
}

int close_range(unsigned first, unsigned last, int flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

void closefrom(int first)
{
	close_range((unsigned)first, UINT_MAX, 0);
}

/* System V's: the handler is for one signal, and nothing is held back. */
void (*sysv_signal(int number, void (*handler)(int)))(int)
{
	struct sigaction action =
				 {
					 .sa_handler = handler,
					 .sa_flags = (int)(SA_RESETHAND |
							   SA_NODEFER),
				 },
			 old;

	return sigaction(number, &action, &old) ? SIG_ERR : old.sa_handler;
}

const char *sigabbrev_np(int number)
{
	switch (number) {
	case SIGABRT:
		return "ABRT";
	case SIGALRM:
		return "ALRM";
	case SIGKILL:
		return "KILL";
	case SIGPIPE:
		return "PIPE";
	case SIGSEGV:
		return "SEGV";
	case SIGSYS:
		return "SYS";
	}
	return "?";
}

int __connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	return connect(fd, sa, len);
}

ssize_t __send(int fd, const void *buf, size_t size, int flags)
{
	return send(fd, buf, size, flags);
}

int __dup2(int fd, int to)
{
	return dup2(fd, to);
}

int __fcntl(int fd, int cmd, long arg)
{
	return fcntl(fd, cmd, arg);
}

int __close(int fd)
{
	return close(fd);
}
#endif
