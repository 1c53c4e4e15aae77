/* SPDX-License-Identifier: MIT */
/*
 * TCP lets listeners with other addresses have the same port; a vsock port can
 * be had once. Where one process has several, one of them is real, and the
 * others are quiet: bound where nobody dials, so that nothing ever comes.
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_QUIET_H
#define TCP2VSOCK_REDIRECT_CALLS_QUIET_H

#include <stdbool.h>

#include "redirect/state/listeners.h"

/* Binds a new socket where nobody dials it. One system call; 0 or -errno. */
int quiet_bind(int fd, bool hybrid);

/*
 * Whether a second listener for the port of `wanted`, which another one has,
 * may be quiet: 0, or -EADDRINUSE where TCP would not have it, either.
 */
int quiet_may_share(int fd, const struct listener *wanted);

/*
 * A quiet listener (tag) is about to listen: where it is an IPv4 one and the
 * real one is not, they change places. What can't be changed stays as it is.
 */
void quiet_listen(int fd, int tag);

#endif
