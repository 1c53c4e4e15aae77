/* SPDX-License-Identifier: MIT */
/*
 * Makes the socket that is to take the place of another. What these make is the
 * thread's own (own.h), and the caller's to close. Async-signal-safe, no lock.
 */
#ifndef TCP2VSOCK_REDIRECT_SWAP_MAKE_H
#define TCP2VSOCK_REDIRECT_SWAP_MAKE_H

#include "config/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/facts.h"

/*
 * A new vsock socket with the options of fd: for a TAG_CLIENT non-blocking, so
 * that its connect() can be begun; else as fd is. Returns its number, or -errno
 * as TCP would have it. flags are tag.h's, and V6 and NODELAY are added.
 */
int make_redirected(int fd, const struct tcp_facts *facts,
		    const struct map_answer *answer, int flags,
		    const struct endpoint *name);

/*
 * The same once more, to try again: a new vsock socket with the options, the
 * name and the flags of the one under fd, non-blocking. Its number or -errno.
 */
int make_again(int fd);

/*
 * Makes `to`, or a new socket of its kind where that is -1, like the redirected
 * fd: options and name, but these flags. Returns its number; or -ENOBUFS, and
 * `to` is closed.
 */
int make_like(int fd, int to, int tag);

/*
 * A socket like the hybrid client fd, but with TAG_REFUSED, and in the state
 * of one whose peer has reset it: poll() and SO_ERROR show a connection that
 * failed. Its number, or -ENOBUFS; fd stays as it is.
 */
int make_refused(int fd);

#endif
