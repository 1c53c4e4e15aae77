/* SPDX-License-Identifier: MIT */
/*
 * The edge: -errno inside, -1 and errno outside. For hooks_*.c only.
 *
 * Map of preload/:
 *	child.c          whether what is to run would have the library
 *	hooks_data.c     sending and receiving
 *	hooks_exec.c     running other programs
 *	hooks_fd.c       closing and copying descriptors, epoll, fork
 *	hooks_file.c     other names for files
 *	hooks_libc.c     libc's functions that make sockets of their own
 *	hooks_load.c     dlopen()
 *	hooks_ready.c    waiting for events
 *	hooks_resolve.c  names and addresses
 *	hooks_signal.c   signal handlers
 *	hooks_socket.c   making, naming and tuning sockets
 *	hooks_syscall.c  syscall() and prctl()
 *	hooks_vfork.c    vfork()
 *	main.c           what happens at loading
 *	raw_call.c       system calls without libc
 *	reached.c        whether a program's calls come to us
 *	uring.c          io_uring switched off
 */
#ifndef TCP2VSOCK_PRELOAD_HOOKS_H
#define TCP2VSOCK_PRELOAD_HOOKS_H

#include <errno.h>

/* glibc before 2.34 declares it not. */
int close_range(unsigned first, unsigned last, int flags);

#define EXPORT __attribute__((visibility("default")))

/*
 * A function marked JUMPS ends with JUMP and a call of the next function, and
 * leaves no frame: the next one sees our caller as its own, and returns there.
 */
#ifdef __clang__
#define JUMP __attribute__((musttail)) return
#define JUMPS
#else
#define JUMP return
#define JUMPS                                                                  \
	__attribute__((optimize("O2", "optimize-sibling-calls"),               \
		       no_sanitize("address")))
#endif

/* Of logic that leaves errno alone where it succeeds. */
static inline long hook_result(long r)
{
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* errno belongs to the caller: success leaves it as it was on entry. */
static inline long hook_return(long r, int saved_errno)
{
	if (r >= 0)
		errno = saved_errno;
	return hook_result(r);
}

#endif
