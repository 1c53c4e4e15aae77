/* SPDX-License-Identifier: MIT */
/*
 * Takes options from one socket to the one that replaces it. Async-signal-safe:
 * a few system calls for each option, and what the kernel can't keep goes into
 * the memory of remembered.h. No lock.
 */
#ifndef TCP2VSOCK_REDIRECT_SWAP_CARRY_H
#define TCP2VSOCK_REDIRECT_SWAP_CARRY_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "redirect/swap/window.h"

/*
 * setsockopt() was seen to succeed, on whichever socket. What nobody has set
 * since this process began is not asked of a socket that was made after that.
 */
void carry_note(int level, int name);

/* Whether a socket may have the option set; hints are its number's. */
bool carry_may_be_set(unsigned hints, int level, int name);

/*
 * SOL_SOCKET's options, and the buffers that were asked for. Of a socket that
 * nobody saw being made (it was inherited, or received) those that clients and
 * servers set, and those that were set in this process: what nobody sets is
 * not worth a question each. Best effort: an option that the new family refuses
 * is left out, and never fails the call. True: some option had another value
 * than a new socket's.
 */
bool carry_options(int from, int to, unsigned hints,
		   const struct window_asked *asked);

/*
 * SO_LINGER with a time: close() of TCP waits until the peer has acknowledged,
 * and of AF_VSOCK before Linux 7 until it has read. So it is remembered, and not
 * set. Without a time it is a reset in both. Pure.
 */
bool carry_is_linger(int level, int option, const void *value, socklen_t len);

/* The same of a redirected socket, to one that takes its place. */
void carry_again(int from, int to);

/* Likewise of the IP and TCP levels, from a TCP socket into the memory of to. */
bool carry_tcp_options(int from, int to, unsigned hints, int family);

/* The other way: what is remembered of from is set on the TCP socket to. */
void carry_remembered(int from, int to);

/*
 * What accept(2) hands down from a TCP listener: everything remembered of
 * `from`.
 */
void carry_inherited(int from, int to);

/* SIGIO's owner and signal, which belong to the open file; after dup3(). */
struct carry_async {
	int flags; /* F_GETFL */
	bool set;
	struct f_owner_ex owner;
	int signal;
};

/* flags: F_GETFL, which tells O_ASYNC. */
void carry_async_read(int fd, int flags, struct carry_async *async);
void carry_async_apply(int fd, const struct carry_async *async);

#endif
