/* SPDX-License-Identifier: MIT */
/* Back from a redirection. */
#ifndef TCP2VSOCK_REDIRECT_SWAP_UNDO_H
#define TCP2VSOCK_REDIRECT_SWAP_UNDO_H

/*
 * A fresh TCP socket under the redirected fd, with its options and bound
 * address: where a TCP socket is after connect() failed. 0 or -errno.
 */
int undo_redirect(int fd, int tag);

/*
 * A new socket of its kind with the same options and name under the redirected
 * fd, and these flags; neither bound nor connected. 0 or -errno.
 */
int undo_renew(int fd, int tag);

#endif
