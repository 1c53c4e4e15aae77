/* SPDX-License-Identifier: MIT */
/*
 * TCP lets listeners with other addresses have the same port; a vsock port can
 * be had once. Where one process has several, one of them is real, and the
 * others are quiet: bound where nobody dials, so that nothing ever comes.
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_LISTENER_H
#define TCP2VSOCK_REDIRECT_CALLS_LISTENER_H

#include <stdbool.h>

#include "config/table.h"
#include "redirect/state/hold.h"
#include "redirect/state/listeners.h"

/*
 * Binds a new socket where nobody of another machine can dial it, or, where
 * there is no CID 1, to the rule's CID. What dials it all the same, accept()
 * turns away. 0 or -errno.
 */
int listener_bind_quiet(int fd, bool hybrid, uint32_t cid);

/*
 * Whether a second listener for the port of `wanted`, which another one has,
 * may be quiet: 0, or -EADDRINUSE where TCP would not have it, either.
 */
int listener_may_share(int fd, const struct listener *wanted);

/*
 * Who makes the file of a Unix socket again has its name, though another process
 * still listens: a descriptor of our own (own.h) for the socket that has the
 * port of `wanted`, for both processes until that one ends. -EADDRINUSE: it
 * can't be had, and that is told, or there is no file. Async-signal-safe.
 */
int listener_take_over(const struct listener *wanted);

/*
 * A quiet listener (tag) is about to listen: where the real one does not, or is
 * an IPv6 one and this is not, or had the file that this one has, they change
 * places. Beside another one it stays
 * as it is. Where there is none of ours (listener_give_up()) it takes the
 * port, which somebody else may have by now: 0 or -EADDRINUSE.
 */
int listener_listen_quiet(struct hold *hold, int tag);

/*
 * The real one is about to go, first to last included: a quiet one of its name
 * takes its place. True: listener_closed() is to follow, which gives the place
 * to one of another name. One load where none is quiet; async-signal-safe.
 */
bool listener_closing_these(unsigned first, unsigned last);
void listener_closed(void);

static inline bool listener_closing(unsigned first, unsigned last)
{
	return __builtin_expect(listeners_any_quiet, false) &&
	       listener_closing_these(first, last);
}

/*
 * For a door that does not see the real one go: a new socket that is like a quiet
 * listener, but neither bound nor quiet. The thread's own (own.h), or -errno.
 */
int listener_make_heir(int quiet);

/* That one takes the port and listens: 0 or -errno, -EADDRINUSE as long as
 * somebody has it. */
int listener_succeed(int heir);

/*
 * Binds a new socket to a listen rule's target. One or a few system calls; 0 or
 * -errno: `otherwise` where the answer has no target. Async-signal-safe.
 */
int listener_bind_to(int fd, const struct map_answer *answer, int otherwise);

/*
 * Ends a listener. The socket stays bound, but with SO_REUSEADDR others may have
 * the port until it listens again, as on TCP (inet_csk_bind_conflict() in
 * net/ipv4/inet_connection_sock.c looks for listeners): so servers hand their
 * ports to the next one. 0 or -errno.
 */
int listener_give_up(struct hold *hold, int tag);

/* listen() on a listener (TAG_SHUT) that was shut down. 0 or -errno. */
int listener_listen_again(struct hold *hold, int tag, int backlog);

#endif
