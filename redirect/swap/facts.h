/* SPDX-License-Identifier: MIT */
/*
 * What the kernel says of a TCP or Unix socket that may be redirected. System
 * calls and hints only: async-signal-safe, no lock.
 */
#ifndef TCP2VSOCK_REDIRECT_SWAP_FACTS_H
#define TCP2VSOCK_REDIRECT_SWAP_FACTS_H

#include <stdbool.h>

#include "redirect/state/tag.h"

/* What matters of a socket that may be redirected. */
struct tcp_facts {
	int family;	/* AF_INET, AF_INET6 or AF_UNIX */
	int status;	/* F_GETFL */
	unsigned hints; /* hints.h */
	bool v6only;
	bool is_named;	      /* `name` was asked for; port 0: none */
	struct endpoint name; /* getsockname() */
};

/*
 * Asks the kernel about fd. 0: a TCP or Unix stream socket, neither connected
 * nor listening, and *facts tells the rest. -ENOTSOCK: anything else, which is not ours to
 * redirect. `family` is that of the address in the call: one system call where
 * socket() was seen to give a socket of it, two or three elsewhere. is_named
 * where nobody saw it being made.
 */
int facts_of(int fd, int family, struct tcp_facts *facts);

/* What its number is hinted to be once it is redirected. Pure. */
static inline unsigned facts_hints(const struct tcp_facts *facts)
{
	return tag_hints(facts->family == AF_UNIX ? TAG_UNIX : 0);
}

/*
 * What connect() says of a socket that has been through one, whatever it is
 * given: -EISCONN of a connection that is over; of an attempt that failed its
 * error, which is taken then, or -ECONNABORTED where SO_ERROR has taken it. 0
 * of a new one, which is not asked where that is known.
 */
int facts_history(int fd, const struct tcp_facts *facts);

/* Reads the parts of facts that only a redirection needs. */
void facts_more(int fd, struct tcp_facts *facts);

/*
 * Whether the TCP socket is bound; then facts->name is where. Asks the kernel
 * only where it may be.
 */
bool facts_is_bound(int fd, struct tcp_facts *facts);

#endif
