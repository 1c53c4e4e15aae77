/* SPDX-License-Identifier: MIT */
/* Puts an AF_VSOCK socket in the place of a TCP socket, and back. */
#ifndef TCP2VSOCK_PRELOAD_REDIRECT_H
#define TCP2VSOCK_PRELOAD_REDIRECT_H

#include <stdbool.h>

#include "config/table.h"
#include "preload/tag.h"

/* What matters of a TCP socket that may be redirected. */
struct tcp_facts {
	int family;	/* AF_INET or AF_INET6 */
	int status;	/* F_GETFL */
	unsigned hints; /* hints.h */
	bool v6only;
};

/*
 * Asks the kernel about fd. 0: a TCP socket, neither connected nor listening,
 * and *facts tells the rest. -ENOTSOCK: anything else, which is not ours to
 * redirect. Two system calls for a socket that socket() was seen to give.
 */
int redirect_facts(int fd, struct tcp_facts *facts);

/* Reads the parts of facts that only a redirection needs. */
void redirect_more_facts(int fd, struct tcp_facts *facts);

/*
 * A new vsock socket with the options of fd, non-blocking while it is made
 * ready. Returns its number, or -errno as TCP would have it. flags are tag.h's,
 * and V6 and NODELAY are added.
 */
int redirect_make(int fd, const struct tcp_facts *facts,
		  const struct map_answer *answer, int flags,
		  const struct name *name);

/*
 * Puts the socket `from` under fd and every copy of fd that this process has,
 * close-on-exec and epoll registrations as they were. Closes `from` in any
 * case. 0, or -errno with fd as it was.
 */
int redirect_swap(int fd, int from);

/* redirect_swap(), and fd counts as redirected from then on. */
int redirect_in(int fd, int from, const struct tcp_facts *facts);

/*
 * A fresh TCP socket under the redirected fd, with its options and bound
 * address: where a TCP socket is after connect() failed. 0 or -errno.
 */
int redirect_undo(int fd, int tag);

/*
 * A new vsock socket with the same options and name under the redirected fd,
 * and these flags; neither bound nor connected. 0 or -errno.
 */
int redirect_renew(int fd, int tag);

#endif
