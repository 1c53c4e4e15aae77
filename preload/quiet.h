/* SPDX-License-Identifier: MIT */
/*
 * TCP lets listeners with other addresses have the same port; a vsock port can
 * be had once. Where one process has several, one of them is real, and the
 * others are quiet: bound where nobody dials, so that nothing ever comes.
 */
#ifndef TCP2VSOCK_PRELOAD_QUIET_H
#define TCP2VSOCK_PRELOAD_QUIET_H

#include <stdbool.h>

#include "preload/listeners.h"

/* Binds a new socket where nobody dials it. One system call; 0 or -errno. */
int quiet_bind(int fd, bool hybrid);

/*
 * Makes the new socket *fd a second listener for the port of `wanted`, which
 * another one has: quiet, with TAG_QUIET added to *flags; or real in place of an
 * IPv6 one, with another number in *fd. status is that of *fd, as F_GETFL has
 * it. 0; or -errno, -EADDRINUSE where TCP would not have it, either, and *fd is
 * still the caller's.
 */
int quiet_share(int *fd, int status, const struct listener *wanted, int *flags);

#endif
