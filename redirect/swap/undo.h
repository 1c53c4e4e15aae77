/* SPDX-License-Identifier: MIT */
/* Back from a redirection; async-signal-safe, with the lock of swap.h. */
#ifndef TCP2VSOCK_REDIRECT_SWAP_UNDO_H
#define TCP2VSOCK_REDIRECT_SWAP_UNDO_H

#include "redirect/state/hold.h"

/*
 * A fresh TCP socket in the place of the redirected one, with its options and
 * bound address: where a TCP socket is after connect() failed. 0, and it is
 * hold->own; or -errno.
 */
int undo_redirect(struct hold *hold, int tag);

/*
 * A new socket of its kind with the same options and name in the place of the
 * redirected one, and these flags; neither bound nor connected. Returns as
 * undo_redirect() does.
 */
int undo_renew(struct hold *hold, int tag);

#endif
