/* SPDX-License-Identifier: MIT */
/*
 * What the kernel keeps for us about a redirected socket.
 *
 * A redirected socket must be told from the program's own AF_VSOCK sockets, and
 * must show the address that the program used, in every process that gets hold
 * of it: after dup, fork, exec, SCM_RIGHTS. So both live in the socket itself,
 * in the 64 bits of SO_MAX_PACING_RATE, an option that any process may set,
 * that every socket family stores (net/core/sock.c) and that AF_VSOCK and
 * AF_UNIX never look at.
 *
 * Map of redirect/state/:
 *	address.c     vsock addresses as IP addresses
 *	borrowed.c    what a vfork child does in our memory
 *	fork.c        children that get no stranger of a swap
 *	hints.c       what was seen to happen to a number
 *	hold.c        who works on a number, and who waits for that
 *	listeners.c   bound sockets of the process, and who may share a port
 *	remembered.c  options and names that the kernel can not hold
 *	shut_state.c  which sockets were shut down for reading
 *	table.c       the mapping table, loaded once
 *	tag.c         what the kernel keeps for us in a socket
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_TAG_H
#define TCP2VSOCK_REDIRECT_STATE_TAG_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/table.h"
#include "redirect/state/hints.h"

enum tag_flag {
	TAG_V6 = 1 << 0, /* made as an AF_INET6 socket */
	TAG_V6ONLY = 1 << 1,
	TAG_BOUND = 1 << 2,  /* bind() put it here; the name is its own */
	TAG_CLIENT = 1 << 3, /* connect() put it here; the name is the peer's */
	TAG_ACCEPTED = 1 << 4, /* from accept(); the name is its own */
	TAG_PENDING = 1 << 5,  /* connect() has not told the program its end */
	TAG_QUIET = 1 << 6,    /* a second listener that nobody can dial */
	TAG_INHERIT = 1 << 7,  /* options were set that accept() hands down */
	TAG_NODELAY = 1 << 8,  /* TCP_NODELAY, asked for most of all options */
	TAG_SHUT = 1 << 9,     /* a listener that was shut down */
	TAG_MAPPED = 1 << 10, /* AF_INET6 speaking IPv4 (v4-mapped addresses) */
	TAG_REUSEADDR = 1 << 12,
	TAG_HYBRID = 1 << 13,  /* AF_UNIX, to a virtual machine monitor */
	TAG_REFUSED = 1 << 14, /* a TAG_CLIENT that reached nobody: no vsock */
	TAG_UNIX = 1 << 15,    /* made as an AF_UNIX socket */
	TAG_OWN =
		1 << 11, /* bound before connect(): remembered.c has the name */
};

/* An IP address and port (host order), or a Unix socket's name: as the program
 * writes them. */
struct endpoint {
	struct map_addr addr;
	uint16_t port;
};

/*
 * The flags of fd, or -ENOENT when it is no redirected socket (any other
 * descriptor, open or not). Async-signal-safe, one getsockopt(2).
 */
int tag_read(int fd);

/*
 * The same (and the name, unless that is NULL), without a system call where the
 * hooks have seen the number become something else. What they have not seen (it
 * was inherited, or received) is asked of the kernel, and then is a hint
 * (hints.h).
 */
int tag_look(int fd, struct endpoint *name);

/* tag_read(), and the name besides where there is a tag. */
int tag_read_named(int fd, struct endpoint *name);

/* The family of the socket that the program made. Pure. */
static inline int tag_family(int tag)
{
	if (tag & TAG_UNIX)
		return AF_UNIX;
	return tag & TAG_V6 ? AF_INET6 : AF_INET;
}

/* What a number with this tag is hinted to be. Pure. */
static inline unsigned tag_hints(int tag)
{
	return tag & TAG_UNIX ? HINT_REDIRECTED | HINT_HANGS_UP
			      : HINT_REDIRECTED;
}

/* Whether the socket fd that has this tag has a peer. One system call. */
bool tag_is_connected(int fd, int tag);

/* Sets flags and name, one setsockopt(2). 0 or -errno. */
int tag_write_named(int fd, int flags, const struct endpoint *name);

/* Sets the flags, and lets the name be: one call more. 0 or -errno. */
int tag_write(int fd, int flags);

/*
 * The tag of a socket that may be looked at: -ENOENT without a table, and in a
 * program that has put itself under seccomp(2) (sandbox.h). One getsockopt(2)
 * elsewhere.
 */
int tag_of(int fd);

/*
 * Whether a redirected socket with this tag may be connecting: its connect()
 * has not told the program its end, or a thread waits in it. Pure.
 */
bool tag_is_pending(int fd, int tag);

/* Whether fd is a hybrid socket of ours. One getsockopt(2) where it may be. */
bool tag_is_hybrid(int fd);

#endif
