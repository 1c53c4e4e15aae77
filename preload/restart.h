/* SPDX-License-Identifier: MIT */
/* Whether a call that a signal interrupted would have been restarted. */
#ifndef TCP2VSOCK_PRELOAD_RESTART_H
#define TCP2VSOCK_PRELOAD_RESTART_H

#include <stdbool.h>

/*
 * poll(2) gives EINTR for every handler, connect(2) only for those without
 * SA_RESTART (signal(7)), and nothing tells which handler has run. True when
 * some handler of the process has SA_RESTART: a program that relies on it does
 * not look for EINTR at all, one that doesn't only waits longer.
 */
bool restart_wanted(void);

#endif
