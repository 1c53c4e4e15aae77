/* SPDX-License-Identifier: MIT */
/* Exported: syscall(2), for programs that call the kernel by number; prctl. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "preload/hooks.h"
#include "preload/raw_call.h"
#include "redirect/kernel/newer.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/usermem.h"
#include "redirect/kernel/wait.h"
#include "redirect/state/fork.h"
#include "redirect/state/hints.h"
#include "redirect/swap/epoll.h"

#ifndef SYS_clone3
#define SYS_clone3 435
#endif

int __clone(int (*run)(void *arg), void *stack, int flags, void *arg, ...);

struct arguments {
	long a, b, c, d, e, f;
};

static long call_socket(const struct arguments *x)
{
	return socket(x->a, x->b, x->c);
}

static long call_connect(const struct arguments *x)
{
	return connect(x->a, (void *)x->b, x->c);
}

static long call_bind(const struct arguments *x)
{
	return bind(x->a, (void *)x->b, x->c);
}

static long call_listen(const struct arguments *x)
{
	return listen(x->a, x->b);
}

#ifdef SYS_accept
static long call_accept(const struct arguments *x)
{
	return accept(x->a, (void *)x->b, (void *)x->c);
}
#endif

static long call_accept4(const struct arguments *x)
{
	return accept4(x->a, (void *)x->b, (void *)x->c, x->d);
}

static long call_getsockname(const struct arguments *x)
{
	return getsockname(x->a, (void *)x->b, (void *)x->c);
}

static long call_getpeername(const struct arguments *x)
{
	return getpeername(x->a, (void *)x->b, (void *)x->c);
}

static long call_getsockopt(const struct arguments *x)
{
	return getsockopt(x->a, x->b, x->c, (void *)x->d, (void *)x->e);
}

static long call_setsockopt(const struct arguments *x)
{
	return setsockopt(x->a, x->b, x->c, (void *)x->d, x->e);
}

static long call_shutdown(const struct arguments *x)
{
	return shutdown(x->a, x->b);
}

static long call_sendto(const struct arguments *x)
{
	return sendto(x->a, (void *)x->b, x->c, x->d, (void *)x->e, x->f);
}

static long call_recvfrom(const struct arguments *x)
{
	return recvfrom(x->a, (void *)x->b, x->c, x->d, (void *)x->e,
			(void *)x->f);
}

static long call_sendmsg(const struct arguments *x)
{
	return sendmsg(x->a, (void *)x->b, x->c);
}

static long call_sendmmsg(const struct arguments *x)
{
	return sendmmsg(x->a, (void *)x->b, x->c, x->d);
}

static long call_recvmsg(const struct arguments *x)
{
	return recvmsg(x->a, (void *)x->b, x->c);
}

#if __LONG_WIDTH__ == 64
static long call_recvmmsg(const struct arguments *x)
{
	return recvmmsg(x->a, (void *)x->b, x->c, x->d, (void *)x->e);
}
#endif

static long call_epoll_ctl(const struct arguments *x)
{
	return epoll_ctl(x->a, x->b, x->c, (void *)x->d);
}

static long call_fcntl(const struct arguments *x)
{
	return fcntl(x->a, x->b, x->c);
}

static long call_ioctl(const struct arguments *x)
{
	return ioctl(x->a, x->b, x->c);
}

static long call_close(const struct arguments *x)
{
	return close(x->a);
}

static long call_close_range(const struct arguments *x)
{
	return close_range(x->a, x->b, x->c);
}

static long call_dup(const struct arguments *x)
{
	return dup(x->a);
}

#ifdef SYS_dup2
static long call_dup2(const struct arguments *x)
{
	return dup2(x->a, x->b);
}
#endif

static long call_dup3(const struct arguments *x)
{
	return dup3(x->a, x->b, x->c);
}

/*
 * The numbers that have a hook. All others go to the kernel as they are: malloc
 * implementations get here while they start.
 */
static long (*const hooked[])(const struct arguments *x) = {
	[SYS_socket] = call_socket,
	[SYS_connect] = call_connect,
	[SYS_bind] = call_bind,
	[SYS_listen] = call_listen,
#ifdef SYS_accept
	[SYS_accept] = call_accept,
#endif
	[SYS_accept4] = call_accept4,
	[SYS_getsockname] = call_getsockname,
	[SYS_getpeername] = call_getpeername,
	[SYS_getsockopt] = call_getsockopt,
	[SYS_setsockopt] = call_setsockopt,
	[SYS_shutdown] = call_shutdown,
	[SYS_sendto] = call_sendto,
	[SYS_recvfrom] = call_recvfrom,
	[SYS_sendmsg] = call_sendmsg,
	[SYS_sendmmsg] = call_sendmmsg,
	[SYS_recvmsg] = call_recvmsg,
#if __LONG_WIDTH__ == 64
	[SYS_recvmmsg] = call_recvmmsg,
#endif
	[SYS_epoll_ctl] = call_epoll_ctl,
	[SYS_fcntl] = call_fcntl,
	[SYS_ioctl] = call_ioctl,
	[SYS_close] = call_close,
	[SYS_close_range] = call_close_range,
	[SYS_dup] = call_dup,
#ifdef SYS_dup2
	[SYS_dup2] = call_dup2,
#endif
	[SYS_dup3] = call_dup3,
};

static bool has_hook(long number)
{
	return number >= 0 &&
	       (size_t)number < sizeof(hooked) / sizeof(hooked[0]) &&
	       hooked[number];
}

static bool enters_sandbox(long number, long operation)
{
	return (number == SYS_prctl && operation == PR_SET_SECCOMP) ||
	       (number == SYS_seccomp &&
		(operation == SECCOMP_SET_MODE_STRICT ||
		 operation == SECCOMP_SET_MODE_FILTER));
}

/* What it has is a copy of its own: memory and numbers. */
static bool is_apart(uint64_t flags)
{
	return !(flags & (CLONE_VM | CLONE_FILES));
}

static bool is_apart_by_clone3(const uint64_t *flags)
{
	return usermem_readable(flags, sizeof(*flags)) && is_apart(*flags);
}

/* clone(2) has its flags second on s390. */
static bool is_fork(long number, const struct arguments *x)
{
#ifdef SYS_fork
	if (number == SYS_fork)
		return true;
#endif
	if (number == SYS_clone3)
		return is_apart_by_clone3((const uint64_t *)x->a);
#ifdef __s390__
	return number == SYS_clone && is_apart(x->b);
#else
	return number == SYS_clone && is_apart(x->a);
#endif
}

/* As libc's does it. */
static long call_kernel(long number, const struct arguments *x)
{
	long r = raw_call(number, x->a, x->b, x->c, x->d, x->e, x->f);

	if (r >= 0 || r < -4095)
		return r;
	errno = (int)-r;
	return -1;
}

static long call_fork(long number, const struct arguments *x)
{
	long r;

	fork_begins();
	r = call_kernel(number, x);
	if (r)
		fork_ends();
	else
		fork_child();
	return r;
}

struct first_call {
	int (*run)(void *arg);
	void *arg;
};

/* In memory of its own: what it is given lies on the parent's stack. */
static int start_child(void *arg)
{
	struct first_call start = *(const struct first_call *)arg;

	fork_child();
	return start.run(start.arg);
}

static int clone_noted(int (*run)(void *arg), void *stack, int flags, void *arg,
		       va_list more)
{
	void *parent = va_arg(more, void *), *tls = va_arg(more, void *);
	void *child = va_arg(more, void *);
	struct first_call start = {run, arg};
	int r;

	if (!is_apart((unsigned)flags) || !run)
		return real()->clone(run, stack, flags, arg, parent, tls,
				     child);
	fork_begins();
	r = real()->clone(start_child, stack, flags, &start, parent, tls,
			  child);
	fork_ends();
	return r;
}

EXPORT int clone(int (*run)(void *arg), void *stack, int flags, void *arg, ...)
{
	va_list more;
	int r;

	va_start(more, arg);
	r = clone_noted(run, stack, flags, arg, more);
	va_end(more);
	return r;
}

EXPORT int __clone(int (*run)(void *arg), void *stack, int flags, void *arg,
		   ...)
{
	va_list more;
	int r;

	va_start(more, arg);
	r = clone_noted(run, stack, flags, arg, more);
	va_end(more);
	return r;
}

/* What other parts have to know of a call that succeeded. */
static void take_note(long number, const struct arguments *x, long r)
{
	if (enters_sandbox(number, x->a))
		sandbox_entered();
	if (number == SYS_rt_sigaction)
		wait_handlers_changed();
	if (number == SYS_io_uring_setup)
		epoll_distrust();
	if (number == SYS_pidfd_getfd)
		hint_reset(r, HINT_COPIED);
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

/*
 * A malloc that starts reads files so (jemalloc), and is called by dlsym(). At
 * no number is anything of ours, then, that close() would have to know of.
 */
static bool is_too_early(long number)
{
	return number == SYS_close &&
	       !__atomic_load_n(&real_table, __ATOMIC_ACQUIRE);
}

/*
 * The sixth argument is on the caller's stack, whether he gave so many or not:
 * libc's own reads it, too.
 */
__attribute__((no_sanitize("address"))) EXPORT long syscall(long number, ...)
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
	if (has_hook(number) && !is_too_early(number))
		return hooked[number](&x);
	if (is_fork(number, &x))
		return call_fork(number, &x);
	r = call_kernel(number, &x);
	if (r != -1)
		take_note(number, &x, r);
	return r;
}
