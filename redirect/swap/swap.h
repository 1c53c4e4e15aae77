/* SPDX-License-Identifier: MIT */
/*
 * Puts an AF_VSOCK socket in the place of a TCP socket, and back.
 * Async-signal-safe: whoever closes the number meanwhile waits (hold.h), and
 * nobody else.
 *
 * Map of redirect/swap/:
 *	carry.c   options and owners that go along
 *	epoll.c   registrations that go along
 *	facts.c   what is asked of a TCP socket first
 *	inherited.c  sockets and sets from before
 *	make.c    the socket that takes its place
 *	swap.c    another socket under a number; the states
 *	undo.c    and back
 *	window.c  how much may be under way
 */
#ifndef TCP2VSOCK_REDIRECT_SWAP_SWAP_H
#define TCP2VSOCK_REDIRECT_SWAP_SWAP_H

#include <stdbool.h>

#include "config/table.h"
#include "redirect/state/hold.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/epoll.h"
#include "redirect/swap/facts.h"

/* A swap under way: the caller's memory, from begin to end. */
struct swap {
	/* The caller's part. */
	struct hold *hold;    /* of the program's number */
	int from;	      /* what is to be there: own.h */
	int status;	      /* F_GETFL of what is there */
	unsigned add, remove; /* hints of the number, when it is done */

	unsigned hints;	 /* of the number */
	uint64_t cookie; /* of what was under it, where copies have it, too */
	bool has_copies, out_of_reach;
	struct carry_async async;
	struct epoll_saved epoll;
};

/* The caller's part, and nothing of the rest, which is large. */
static inline void swap_prepare(struct swap *swap, struct hold *hold, int from,
				int status, unsigned add)
{
	swap->hold = hold;
	swap->from = from;
	swap->status = status;
	swap->add = add;
	swap->remove = 0;
}

/*
 * Puts swap->from under the number, close-on-exec as it was. 0: the caller may
 * do with it what nobody in an epoll set is to see halfway. -errno: the number
 * is as it was, and -EBADF where hold->lost tells that it is another's.
 */
int swap_begin(struct swap *swap);

/*
 * Then every copy of it that this process has, and epoll registrations and
 * SIGIO's owner as they were.
 */
void swap_end(const struct swap *swap);

/*
 * Both at once, for a redirected socket: `to` gets its O_NONBLOCK and SIGIO
 * settings. 0, and it is hold->own; or -errno, it is closed and all is as it
 * was. The same holds for what the next ones make.
 */
int swap_replace(struct hold *hold, int to);

/* The same, and these hints of the number change with it. */
int swap_replace_hinted(struct hold *hold, int to, unsigned add,
			unsigned remove);

/*
 * Both at once, and the number counts as redirected from then on. 0 or -errno.
 * `from` stays open.
 */
int swap_in(struct hold *hold, int from, const struct tcp_facts *facts);

#endif
