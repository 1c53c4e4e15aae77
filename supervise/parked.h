/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait: a blocking accept() or connect(). The thread that serves it
 * waits in the program's place; meanwhile others serve, as many as are needed.
 */
#ifndef TCP2VSOCK_SUPERVISE_PARKED_H
#define TCP2VSOCK_SUPERVISE_PARKED_H

#include <stdbool.h>
#include <stdint.h>

#include "supervise/visit.h"

/*
 * Starts serving. killable is filter_install()'s: then the kernel does not tell
 * of signals, and who waits is looked at. serve() answers a call. 0 or -errno.
 */
int parked_begin(bool killable, void (*serve)(struct visit *visit));

/*
 * Around what may wait. Between them a wait gives -EINTR once visit->stop is
 * set, which is then what to answer: the program has left, or has a signal to
 * handle.
 */
void parked_wait(struct visit *visit);
void parked_done(struct visit *visit);

/* The visit that waits in connect() with this socket; its descriptor, or -1. */
int parked_connect(uint64_t cookie);

#endif
