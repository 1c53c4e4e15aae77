/* SPDX-License-Identifier: MIT */
/*
 * Sockets and epoll sets that this process had before its calls were seen: all
 * descriptors are looked through once, when the first of them is to be
 * redirected. From then on such a socket counts as one with copies, and such a
 * set is searched for registrations. Does nothing in the process of a door that
 * works on another's descriptors. Async-signal-safe.
 */
#ifndef TCP2VSOCK_REDIRECT_SWAP_INHERITED_H
#define TCP2VSOCK_REDIRECT_SWAP_INHERITED_H

/*
 * 0, also where they can't be listed at all; -EMFILE or -ENFILE where no number
 * is free to list them by: the next call tries again.
 */
int inherited_find(void);

#endif
