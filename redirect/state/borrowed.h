/* SPDX-License-Identifier: MIT */
/*
 * A child of vfork() runs in its parent's memory with descriptors of its own:
 * what it does to a number must not be taken for what happened to the parent's.
 * Async-signal-safe.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_BORROWED_H
#define TCP2VSOCK_REDIRECT_STATE_BORROWED_H

#include <stdbool.h>

/* The calling thread is about to call vfork(). One system call. */
void borrowed_begins(void);

extern int borrowed_threads __attribute__((visibility("hidden")));
bool borrowed_by_child(void);

/* Whether we are such a child. One load, unless there may be one. */
static inline bool borrowed_is(void)
{
	return __builtin_expect(
		       __atomic_load_n(&borrowed_threads, __ATOMIC_RELAXED),
		       0) &&
	       borrowed_by_child();
}

#endif
