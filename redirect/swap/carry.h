/* SPDX-License-Identifier: MIT */
/* Takes options from one socket to the one that replaces it. */
#ifndef TCP2VSOCK_REDIRECT_SWAP_CARRY_H
#define TCP2VSOCK_REDIRECT_SWAP_CARRY_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>

/*
 * All SOL_SOCKET options that a program may have set. Best effort: an option
 * that the new family refuses is left out, and never fails the call.
 */
void carry_options(int from, int to);

/*
 * SO_LINGER with a time: close() of TCP waits until the peer has acknowledged,
 * and of AF_VSOCK before Linux 7 until it has read. So it is remembered, and not
 * set. Without a time it is a reset in both. Pure.
 */
bool carry_is_linger(int level, int option, const void *value, socklen_t len);

/* Options at the IP and TCP levels, from a TCP socket into the memory of to. */
void carry_tcp_options(int from, int to, int family);

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
