/* SPDX-License-Identifier: MIT */
/* Attempts to connect a socket that is plain yet, until it is a client. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_ATTEMPT_H
#define TCP2VSOCK_REDIRECT_CALLS_ATTEMPT_H

#include "redirect/calls/request.h"
#include "redirect/swap/swap.h"

/*
 * Connects the TCP socket request->fd to request->answer, a target of any kind,
 * as connect(2) does; facts are facts_of()'s and facts_more()'s. 0, or
 * -EINPROGRESS or -EINTR with the attempt going on; any other -errno with a TCP
 * socket under the number. request->hold has been begun; where the number is
 * lost to another thread's close(), the attempt goes on to its end without it.
 * A cancellation point; async-signal-safe, and no lock but that hold, which
 * nobody waits for while this sleeps.
 */
int attempt_connect(struct request *request, struct tcp_facts *facts);

/*
 * Waits for the end of an attempt that goes on, as long as SO_SNDTIMEO allows.
 * 0, -EINTR, -EINPROGRESS, or the error that ended it, which is taken by this.
 * A cancellation point; async-signal-safe.
 */
int attempt_wait(int fd);

/*
 * For a door that does not see read(), recv() and poll(): an attempt of a
 * non-blocking socket is waited for this long, and where it is refused meanwhile
 * the program gets, under its number, what make() returns: a TCP socket of this
 * family that was refused, or -errno. Once, at first.
 */
void attempt_show_refusals(int ms, int (*make)(int family));

#endif
