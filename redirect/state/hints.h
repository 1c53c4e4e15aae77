/* SPDX-License-Identifier: MIT */
/*
 * What the hooks have seen happen to each descriptor number, kept in plain
 * memory so that looking costs no system call. Only hints: a number may have
 * been closed and reused without us. Whoever uses one asks the kernel, too,
 * where a wrong answer would do harm. All of it is async-signal-safe: single
 * atomic loads and stores in fixed memory, and no lock.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_HINTS_H
#define TCP2VSOCK_REDIRECT_STATE_HINTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "redirect/kernel/own.h"
#include "redirect/state/borrowed.h"

enum hint_flag {
	HINT_BORN = 1 << 0,    /* socket() gave it: what follows is complete */
	HINT_V6 = 1 << 1,      /* ... as AF_INET6 */
	HINT_BOUND = 1 << 2,   /* bind() was called */
	HINT_COPIED = 1 << 3,  /* other numbers stand for the same socket */
	HINT_OPTIONS = 1 << 4, /* setsockopt() at SOL_SOCKET */
	HINT_TCP_OPTIONS = 1 << 5, /* setsockopt() at another level */
	HINT_NODELAY = 1 << 9,	   /* TCP_NODELAY is on; counted nowhere else */
	HINT_REDIRECTED = 1 << 6,
	HINT_EPOLL_MANY = 1 << 7,  /* in more epoll sets than is remembered */
	HINT_OWNER = 1 << 10,	   /* fcntl() of SIGIO's owner or signal */
	HINT_REUSEADDR = 1 << 11,  /* SO_REUSEADDR is on; likewise */
	HINT_SHUT_WR = 1 << 12,	   /* shutdown(SHUT_WR) */
	HINT_SHUT_RD = 1 << 8,	   /* shutdown(SHUT_RD), which we keep local */
	HINT_CONNECTING = 1 << 13, /* another number of it waits in connect() */
	HINT_GIVEN_UP = 1 << 15,   /* ... and shutdown() was called here */
	HINT_DIALLED = 1 << 16,	   /* a connect() over TCP was EINPROGRESS */
	HINT_UNDONE = 1 << 17,	   /* a TCP socket again, after a redirection */
	HINT_UNTOLD = 1 << 18, /* the log has yet to say how connect() ended */
	HINT_AUTOBOUND = 1 << 19, /* listen() chose its port: bind_late() */
	HINT_TURN = 1 << 20,	  /* a thread is in connect() or bind() */
	HINT_UNIX = 1 << 21,	  /* HINT_BORN as AF_UNIX, a rule may name it */
	HINT_HANGS_UP = 1 << 22,  /* redirected, and a Unix socket: ready.h */
	HINT_OTHER = 1 << 14,	  /* seen to be no TCP socket to redirect */
	HINT_UNTAGGED = 1 << 23,  /* seen not to be redirected */
	HINT_CONNECTED = 1 << 24, /* a connect() over TCP is done */
};

/*
 * Whether all that was done to the socket was done through this number, and
 * seen: what is not hinted at was not done. Pure.
 */
static inline bool hint_is_whole(unsigned flags)
{
	return (flags & (HINT_BORN | HINT_COPIED)) == HINT_BORN;
}

/* For the next two alone: flags that some number got. */
extern unsigned hint_ever;

/* Whether some number ever had the flag. Pure. */
static inline bool hint_was(unsigned flag)
{
	return __atomic_load_n(&hint_ever, __ATOMIC_RELAXED) & flag;
}

/*
 * Whether one of the flags may be true of a socket whose number has those `of`.
 * Of a whole one that is known; of one with copies, if it was ever seen of any
 * number; of one that nobody saw being made, always.
 */
static inline bool hint_may(unsigned of, unsigned flags)
{
	if (hint_is_whole(of))
		return of & flags;
	return !(of & HINT_BORN) || hint_was(flags);
}

/* Whether numbers past the memory, of which nothing is known, were used. */
bool hint_is_overflown(void);

#define HINT_NUMBERS OWN_NUMBERS

/* For hint_get() alone. Untouched pages of it cost nothing. */
extern unsigned hint_flags[HINT_NUMBERS] __attribute__((visibility("hidden")));

/*
 * The flags of a number; 0, nothing known, for numbers past the memory, and in a
 * child of vfork(), which changes nothing either.
 */
static inline unsigned hint_get(int fd)
{
	if ((unsigned)fd >= HINT_NUMBERS || borrowed_is())
		return 0;
	return __atomic_load_n(&hint_flags[fd], __ATOMIC_RELAXED);
}

void hint_add(int fd, unsigned flags);
/* Whether it was there before. */
bool hint_add_first(int fd, unsigned flag);
void hint_remove(int fd, unsigned flags);

/* Forgets everything about a number (a new descriptor), then sets flags. */
void hint_reset(int fd, unsigned flags);

/*
 * dup: both numbers stand for one socket. It is HINT_BORN under both or under
 * none, and whole under neither.
 */
void hint_copy(int from, int to);

/* One epoll registration, as epoll_ctl() saw it. */
struct hint_epoll {
	int epfd;
	struct epoll_event event;
};

void hint_epoll_set(int fd, int epfd, const struct epoll_event *event);
void hint_epoll_forget(int fd, int epfd);

/* The one registration that is remembered; false when there is none. */
bool hint_epoll_get(int fd, struct hint_epoll *registration);

/*
 * Calls visit() for each number up to the highest one seen that has all of
 * flags.
 */
void hint_each(unsigned flags, void (*visit)(int fd, void *arg), void *arg);

#endif
