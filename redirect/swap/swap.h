/* SPDX-License-Identifier: MIT */
/* Puts an AF_VSOCK socket in the place of a TCP socket, and back. */
#ifndef TCP2VSOCK_REDIRECT_SWAP_SWAP_H
#define TCP2VSOCK_REDIRECT_SWAP_SWAP_H

#include <stdbool.h>
#include <sys/resource.h>

#include "config/table.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/epoll.h"
#include "redirect/state/tag.h"

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
 * redirect. `family` is that of the address in the call: one system call where
 * socket() was seen to give a socket of it, two or three elsewhere.
 */
int redirect_facts(int fd, int family, struct tcp_facts *facts);

/* Reads the parts of facts that only a redirection needs. */
void redirect_more_facts(int fd, struct tcp_facts *facts);

/*
 * Whether the TCP socket is bound, and to what. Asks the kernel only where it
 * may be.
 */
bool redirect_is_bound(int fd, const struct tcp_facts *facts,
		       struct endpoint *name);

/*
 * A new vsock socket with the options of fd: for a TAG_CLIENT non-blocking, so
 * that its connect() can be begun; else as fd is. Returns its number, or -errno
 * as TCP would have it. flags are tag.h's, and V6 and NODELAY are added.
 */
int redirect_make(int fd, const struct tcp_facts *facts,
		  const struct map_answer *answer, int flags,
		  const struct endpoint *name);

/*
 * The same once more, to try again: a new vsock socket with the options, the
 * name and the flags of the one under fd, non-blocking. Its number or -errno.
 */
int redirect_again(int fd);

/* A swap under way: the caller's memory, from begin to end. */
struct redirect_swap {
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
int redirect_begin(int fd, int from, int status, struct redirect_swap *swap);

/*
 * Then every copy of fd that this process has, and epoll registrations and
 * SIGIO's owner as they were. Closes `from`.
 */
void redirect_end(const struct redirect_swap *swap);

/*
 * Both at once, for the redirected fd: `to` gets its O_NONBLOCK and SIGIO
 * settings, and is closed in any case. 0, or -errno and fd is as it was.
 */
int redirect_replace(int fd, int to);

/* Both at once, and fd counts as redirected from then on. 0 or -errno. */
int redirect_in(int fd, int from, const struct tcp_facts *facts);

/*
 * A fresh TCP socket under the redirected fd, with its options and bound
 * address: where a TCP socket is after connect() failed. 0 or -errno.
 */
int redirect_undo(int fd, int tag);

/*
 * Makes `to`, or a new socket of its kind where that is -1, like the redirected
 * fd: options and name, but these flags. Returns its number; or -ENOBUFS, and
 * `to` is closed.
 */
int redirect_like(int fd, int to, int tag);

/*
 * A socket like the hybrid client fd, but with TAG_REFUSED, and in the state
 * of one whose peer has reset it: poll() and SO_ERROR show a connection that
 * failed. Its number, or -ENOBUFS; fd stays as it is.
 */
int redirect_refused(int fd);

/*
 * A new socket of its kind with the same options and name under the redirected
 * fd, and these flags; neither bound nor connected. 0 or -errno.
 */
int redirect_renew(int fd, int tag);

#endif
