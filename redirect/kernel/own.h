/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that a call makes for itself. The program knows nothing of them,
 * so they are nobody's but the thread's that made them: a fork child closes
 * what other threads have (fork.h), and a call that a signal handler left with
 * siglongjmp() has what it left behind closed at the thread's next call.
 *
 * Everything here is async-signal-safe and O_CLOEXEC. errno is left as the
 * system call left it.
 */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_OWN_H
#define TCP2VSOCK_REDIRECT_KERNEL_OWN_H

#include <stdbool.h>
#include <stdint.h>

#define OWN_NUMBERS (1 << 18) /* those above are not kept account of */

/* As the calls of these names: a number, or -1 and errno. */
int own_socket(int family, int type, int protocol);
int own_open(const char *path, int flags);
int own_copy(int fd); /* F_DUPFD_CLOEXEC */

/* Closes what one of these made. */
void own_close(int fd);

/* A number from elsewhere is the thread's own from now on. */
void own_take(int fd);

enum own_state {
	OWN_NOT,
	OWN_YES,
	OWN_EVICTED, /* dup2() has put something else there */
};

/* For own_is() alone. */
extern uint8_t own_states[OWN_NUMBERS] __attribute__((visibility("hidden")));

static inline enum own_state own_state(int fd)
{
	if ((unsigned)fd >= OWN_NUMBERS)
		return OWN_NOT;
	return __atomic_load_n(&own_states[fd], __ATOMIC_RELAXED);
}

/* Whether some thread's call has the number for itself. */
static inline bool own_is(int fd)
{
	return own_state(fd) == OWN_YES;
}

/* The first such number at or above `from`; ~0 where there is none. */
unsigned own_next(unsigned from);

/*
 * The program has got this number (socket(), accept(), dup2()): whatever call
 * had it for itself has it no more.
 */
void own_evict(int fd);

/* Whether it is this thread's still. */
bool own_is_mine(int fd);

/*
 * Whether the function that had this frame has been left by a jump, for one
 * that runs in the frame `now`: the stack grows down. Never on an alternate
 * signal stack, where addresses tell nothing.
 */
bool own_is_left(const void *frame, const void *now);

/* Closes what calls that were left by a jump had made. */
void own_clear_left(const void *now);

/*
 * Around fork(), in the parent. A child has the descriptors of one moment and
 * the memory of another, so none is made or closed in between: fork() waits for
 * the one call that makes or closes one, and such a call for fork(). Neither
 * waits for long, nor for its own thread: one may hold what the other's atfork
 * handlers want.
 */
void own_fork_begins(void);
void own_fork_ends(void);

/* In a fork child: closes what other threads had. */
void own_fork_child(void);

#endif
