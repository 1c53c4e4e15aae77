/* SPDX-License-Identifier: MIT */
/*
 * fork() while other threads are in a call: the child has what they were
 * working with, and nobody there who will ever close it. A peer would not see
 * the end of its connection while the child lives.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_FORK_H
#define TCP2VSOCK_REDIRECT_STATE_FORK_H

/* Once, when the library is loaded: fork() calls fork_child() from then on. */
void fork_init(void);

/* Around a fork() that calls no handlers, in the parent. */
void fork_begins(void);
void fork_ends(void);

/*
 * In a new child that has a memory of its own, before the program's first call
 * there: closes what the calls of other threads had made. Async-signal-safe.
 */
void fork_child(void);

#endif
