/* SPDX-License-Identifier: MIT */
/*
 * A number is not a socket: while a call waits or works, another thread may
 * close the number that it was given, and a file or another connection gets it.
 * Whoever puts something under a number holds it from before he looks at it:
 *
 *	hold_begin()	the number was given by the program just now
 *	hold_take()	true: it is what it was, and close() and dup2() of it
 *			wait (they never fail for it) until
 *	hold_release()	a few calls later, none of which sleeps
 *	hold_end()
 *
 * What has been closed in between is lost: the call goes on with its own
 * descriptor of the socket, if it has one, and leaves the number alone.
 * close() by a system call of the program's own is not seen; so what was
 * waited for is also compared by its cookie, directly before the act.
 *
 * This is the one thing in the engine that is waited for, and never across a
 * call that sleeps. Async-signal-safe, in fixed memory.
 *
 * Nobody waits for a swap in his own thread (a handler closes what it has
 * interrupted), in a child, or for one that a handler has jumped out of.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_HOLD_H
#define TCP2VSOCK_REDIRECT_STATE_HOLD_H

#include <stdbool.h>
#include <stdint.h>

struct hold_place;

/* In the caller's memory. */
struct hold {
	int fd;		 /* the program's number */
	int own;	 /* our own descriptor of the same socket, or -1 */
	uint64_t cookie; /* of the socket, where it was asked for; else 0 */
	bool lost;
	struct hold_place *place;
};

/* Never fails. Where more are under way than are kept account of, the cookie
 * is asked for: one system call. */
void hold_begin(struct hold *hold, int fd);

/* And closes hold->own. */
void hold_end(struct hold *hold);

/* The same, for pthread_cleanup_push(3). */
void hold_clean_up(void *hold);

/* Before a wait without a descriptor of our own: one system call. */
void hold_know(struct hold *hold);

/*
 * hold->own is this number from now on, of the socket that is under the
 * program's number; one from before is closed.
 */
void hold_own(struct hold *hold, int own);

/* What to ask about the socket: hold->own where there is one. */
int hold_socket(const struct hold *hold);

bool hold_take(struct hold *hold);
void hold_release(struct hold *hold);

/*
 * Between the two, directly before the act: whether the number is what it was.
 * Two system calls where the socket or its cookie is known from before a wait,
 * none elsewhere.
 */
bool hold_is_there(struct hold *hold);

/*
 * From when the number's registrations in epoll sets are out, until they are in
 * again. epoll_ctl() in another thread waits for that, as close() does for a
 * swap. True: it had to.
 */
void hold_moving(struct hold *hold, bool is_moving);
bool hold_wait_moved(int fd);

/* Changes when this number's are moved; perhaps when others' are. Pure. */
unsigned hold_moves(int fd);

/*
 * connect() and bind() of one number are one after the other, as the kernel
 * holds the socket for them: waits for another thread's, until hold_end(). 0;
 * -EINTR, in a connect() (is_point); -EBADF where it was closed meanwhile. No
 * system call where there is no other.
 */
int hold_turn(struct hold *hold, bool is_point);

/*
 * A connect() waits: what shutdown() in another thread has to know. Where that
 * has another number of the socket, a door tells it by HINT_CONNECTING, and
 * learns by HINT_GIVEN_UP.
 */
void hold_connecting(struct hold *hold, bool connecting);
bool hold_is_connecting(int fd);

/* shutdown() tells the thread in connect(). */
void hold_give_up(int fd);
bool hold_is_given_up(const struct hold *hold);

/* ---- for who closes a number --------------------------------------------- */

extern unsigned hold_count __attribute__((visibility("hidden")));

/* Numbers that are about to be closed, first and last included. */
void hold_closing_these(unsigned first, unsigned last);

/* One load where nothing is held. */
static inline void hold_closing(unsigned first, unsigned last)
{
	if (__atomic_load_n(&hold_count, __ATOMIC_SEQ_CST))
		hold_closing_these(first, last);
}

/* It was not closed, after all. */
void hold_not_closed(int fd);

/* This process, for its threads and fork children. */
void hold_start(void);

/* In a fork child: other threads hold nothing any more. */
void hold_clear_forked(void);

/* Calls of this thread that were left by a jump hold nothing any more. */
void hold_clear_left(const void *now);

#endif
