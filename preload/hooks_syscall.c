/* SPDX-License-Identifier: MIT */
/* Exported: syscall(2), for programs that call the kernel by number; prctl. */
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/epoll.h"
#include "preload/hooks.h"
#include "preload/real.h"
#include "preload/sandbox.h"

struct arguments {
	long a, b, c, d, e, f;
};

/*
 * The numbers that have a hook. Returns false for all others, which go to the
 * kernel as they are: malloc implementations get here while they start.
 */
static bool by_name(long number, const struct arguments *x, long *r)
{
	switch (number) {
	case SYS_socket:
		*r = socket(x->a, x->b, x->c);
		return true;
	case SYS_connect:
		*r = connect(x->a, (void *)x->b, x->c);
		return true;
	case SYS_bind:
		*r = bind(x->a, (void *)x->b, x->c);
		return true;
	case SYS_listen:
		*r = listen(x->a, x->b);
		return true;
#ifdef SYS_accept
	case SYS_accept:
		*r = accept(x->a, (void *)x->b, (void *)x->c);
		return true;
#endif
	case SYS_accept4:
		*r = accept4(x->a, (void *)x->b, (void *)x->c, x->d);
		return true;
	case SYS_getsockname:
		*r = getsockname(x->a, (void *)x->b, (void *)x->c);
		return true;
	case SYS_getpeername:
		*r = getpeername(x->a, (void *)x->b, (void *)x->c);
		return true;
	case SYS_getsockopt:
		*r = getsockopt(x->a, x->b, x->c, (void *)x->d, (void *)x->e);
		return true;
	case SYS_setsockopt:
		*r = setsockopt(x->a, x->b, x->c, (void *)x->d, x->e);
		return true;
	case SYS_shutdown:
		*r = shutdown(x->a, x->b);
		return true;
	case SYS_sendto:
		*r = sendto(x->a, (void *)x->b, x->c, x->d, (void *)x->e, x->f);
		return true;
	case SYS_recvfrom:
		*r = recvfrom(x->a, (void *)x->b, x->c, x->d, (void *)x->e,
			      (void *)x->f);
		return true;
	case SYS_sendmsg:
		*r = sendmsg(x->a, (void *)x->b, x->c);
		return true;
	case SYS_sendmmsg:
		*r = sendmmsg(x->a, (void *)x->b, x->c, x->d);
		return true;
	case SYS_recvmsg:
		*r = recvmsg(x->a, (void *)x->b, x->c);
		return true;
	case SYS_epoll_ctl:
		*r = epoll_ctl(x->a, x->b, x->c, (void *)x->d);
		return true;
	case SYS_fcntl:
		*r = fcntl(x->a, x->b, x->c);
		return true;
	case SYS_ioctl:
		*r = ioctl(x->a, x->b, x->c);
		return true;
	case SYS_dup:
		*r = dup(x->a);
		return true;
#ifdef SYS_dup2
	case SYS_dup2:
		*r = dup2(x->a, x->b);
		return true;
#endif
	case SYS_dup3:
		*r = dup3(x->a, x->b, x->c);
		return true;
	default:
		return false;
	}
}

static bool enters_sandbox(long number, long operation)
{
	return (number == SYS_prctl && operation == PR_SET_SECCOMP) ||
	       (number == SYS_seccomp &&
		(operation == SECCOMP_SET_MODE_STRICT ||
		 operation == SECCOMP_SET_MODE_FILTER));
}

/* prctl(2) is variadic: every argument is one machine word at most. */
EXPORT int prctl(int option, ...)
{
	unsigned long a, b, c, d;
	va_list args;
	int r;

	va_start(args, option);
	a = va_arg(args, unsigned long);
	b = va_arg(args, unsigned long);
	c = va_arg(args, unsigned long);
	d = va_arg(args, unsigned long);
	va_end(args);
	r = real()->prctl(option, a, b, c, d);
	if (option == PR_SET_SECCOMP && r >= 0)
		sandbox_entered();
	return r;
}

EXPORT long syscall(long number, ...)
{
	struct arguments x;
	va_list args;
	long r;

	va_start(args, number);
	x.a = va_arg(args, long);
	x.b = va_arg(args, long);
	x.c = va_arg(args, long);
	x.d = va_arg(args, long);
	x.e = va_arg(args, long);
	x.f = va_arg(args, long);
	va_end(args);
	if (by_name(number, &x, &r))
		return r;
	r = real()->syscall(number, x.a, x.b, x.c, x.d, x.e, x.f);
	if (enters_sandbox(number, x.a) && r >= 0)
		sandbox_entered();
#ifdef SYS_io_uring_setup
	if (number == SYS_io_uring_setup && r >= 0)
		epoll_distrust();
#endif
	return r;
}
