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
 * of signals, and who waits is looked at. Else each signal that is handled takes
 * the call away, and most come again. serve() answers a call. 0 or -errno.
 */
int parked_begin(bool killable, void (*serve)(struct visit *visit));

/*
 * Around what is done for a call: one that comes again is not served anew, but
 * gets what comes of the first. Pairs; nothing where calls stay.
 */
void parked_enter(struct visit *visit);
void parked_leave(struct visit *visit);

/*
 * After the kernel has said -ENOENT of the notice with this id: waits until the
 * call has come again, and visit->notice is that. False: it has not, for long;
 * where is_sure, since its thread has ended or makes another call.
 */
bool parked_again(struct visit *visit, uint64_t id, bool is_sure);

/* Answers the call (notice_answer()). False: nobody has heard it. */
bool parked_answer(struct visit *visit, long result);

/*
 * connect() and bind() of one number are one after the other, as the kernel holds
 * the socket for them. False: visit->stop says what to answer. Pairs.
 */
bool parked_take_turn(struct visit *visit);
void parked_end_turn(struct visit *visit);

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
