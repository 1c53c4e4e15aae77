/* SPDX-License-Identifier: MIT */
/* Puts an AF_VSOCK socket in the place of a TCP socket, and back. */
#ifndef TCP2VSOCK_REDIRECT_SWAP_SWAP_H
#define TCP2VSOCK_REDIRECT_SWAP_SWAP_H

#include <stdbool.h>
#include <sys/resource.h>

#include "config/table.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/epoll.h"
#include "redirect/swap/facts.h"

/* A swap under way: the caller's memory, from begin to end. */
struct swap {
	int fd, from;
	unsigned hints;	 /* of fd */
	uint64_t cookie; /* of what was under it, where copies have it, too */
	rlim_t limit;	 /* of numbers, where there may be copies */
	bool out_of_reach;
	struct carry_async async;
	struct epoll_saved epoll;
};

/*
 * Puts the socket `from` under fd, close-on-exec as it was; status is fd's
 * F_GETFL. 0: `from` is still open, and the caller may do with it what nobody
 * in an epoll set is to see halfway. -errno: fd is as it was, `from` is closed.
 */
int swap_begin(int fd, int from, int status, struct swap *swap);

/*
 * Then every copy of fd that this process has, and epoll registrations and
 * SIGIO's owner as they were. Closes `from`.
 */
void swap_end(const struct swap *swap);

/*
 * Both at once, for the redirected fd: `to` gets its O_NONBLOCK and SIGIO
 * settings, and is closed in any case. 0, or -errno and fd is as it was.
 */
int swap_replace(int fd, int to);

/* Both at once, and fd counts as redirected from then on. 0 or -errno. */
int swap_in(int fd, int from, const struct tcp_facts *facts);

#endif
