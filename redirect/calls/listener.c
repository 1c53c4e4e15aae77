/* SPDX-License-Identifier: MIT */
/* A bound socket of ours, and several of them for one port: see listener.h. */
#include <errno.h>
#include <fcntl.h>

#include "redirect/calls/listener.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/state/hints.h"
#include "redirect/state/listeners.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/make.h"
#include "redirect/swap/swap.h"
#include "redirect/swap/undo.h"

int listener_bind_quiet(int fd, bool hybrid, uint32_t cid)
{
	int r;

	if (hybrid)
		return hybrid_bind_quiet(fd);
	r = vsock_call_bind(fd, VMADDR_CID_LOCAL, VMADDR_PORT_ANY);
	return r == -EADDRNOTAVAIL ? vsock_call_bind(fd, cid, VMADDR_PORT_ANY)
				   : r;
}

/* A quiet socket that is like the listener fd in all else; or -errno. */
static int make_quiet(int fd, int tag)
{
	int to = make_like(fd, -1, tag | TAG_QUIET);
	struct listener like;
	int r;

	if (to < 0)
		return to;
	r = listeners_read(fd, &like);
	if (r >= 0)
		r = listener_bind_quiet(to, tag & TAG_HYBRID, like.cid);
	if (!r && ask_listening(fd) && real()->listen(to, SOMAXCONN))
		r = -errno;
	if (!r)
		return to;
	own_close(to);
	return r;
}

/* Leaves a quiet one under the number; what was there has a new one. */
static int take_held(struct hold *holder, int tag)
{
	int quiet = make_quiet(holder->fd, tag);
	int taken;

	if (quiet < 0)
		return quiet;
	taken = own_copy(holder->fd);
	if (taken < 0) {
		own_close(quiet);
		return -ENOBUFS;
	}
	if (!swap_replace(holder, quiet)) {
		listeners_set_tag(holder->fd, tag | TAG_QUIET);
		return taken;
	}
	own_close(taken);
	return -ENOBUFS;
}

static int take_over(int holder)
{
	struct hold hold;
	int tag, taken;

	hold_begin(&hold, holder);
	tag = tag_read(holder);
	taken = tag < 0 ? tag : take_held(&hold, tag);
	hold_end(&hold);
	return taken;
}

/*
 * Most clients dial IPv4, and servers know 127.0.0.1 more often than ::1. Not
 * where the IPv6 one has copies, which would have to become quiet, too.
 */
static int holder_for(int fd)
{
	struct listener wanted;
	int holder;

	if (listeners_read(fd, &wanted) < 0 ||
	    wanted.name.addr.family != AF_INET)
		return -ENOENT;
	holder = listeners_v6_holder(&wanted);
	return holder >= 0 && hint_is_whole(hint_get(holder)) ? holder
							      : -ENOENT;
}

void listener_listen_quiet(struct hold *hold, int tag)
{
	int holder = holder_for(hold->fd), taken;

	if (holder < 0)
		return;
	taken = take_over(holder);
	if (taken >= 0)
		taken = make_like(hold->fd, taken, tag & ~TAG_QUIET);
	if (taken >= 0 && !swap_replace(hold, taken))
		listeners_set_tag(hold->fd, tag & ~TAG_QUIET);
}

int listener_may_share(int fd, const struct listener *wanted)
{
	listeners_find(fd);
	return listeners_may_share(wanted) ? 0 : -EADDRINUSE;
}

/* Where a bound socket's name leads; the socket itself may be bound no more. */
static int listener_target(int fd, struct map_answer *answer)
{
	struct endpoint name;
	int tag = tag_read_named(fd, &name);

	if (tag < 0)
		return tag;
	map_lookup(table_get(), MAP_LISTEN, &name.addr, name.port, answer);
	return 0;
}

int listener_bind_to(int fd, const struct map_answer *answer, int otherwise)
{
	switch (answer->verdict) {
	case MAP_VSOCK:
		return vsock_call_bind(fd, answer->cid, answer->port);
	case MAP_HVSOCK:
	case MAP_UNIX:
		return hybrid_bind(fd, answer);
	default:
		return otherwise;
	}
}

static int bind_target(int fd, int tag, const struct map_answer *answer)
{
	if (tag & TAG_QUIET)
		return listener_bind_quiet(fd, tag & TAG_HYBRID, answer->cid);
	return listener_bind_to(fd, answer, -EADDRNOTAVAIL);
}

int listener_bind_again(struct hold *hold, int tag)
{
	struct map_answer answer;
	int r = undo_renew(hold, tag & ~TAG_SHUT);

	if (!r)
		r = listener_target(hold_socket(hold), &answer);
	return r ? r : bind_target(hold_socket(hold), tag, &answer);
}

int listener_listen_again(struct hold *hold, int tag, int backlog)
{
	int r = listener_bind_again(hold, tag);

	if (!r && real()->listen(hold_socket(hold), backlog))
		r = -errno;
	return r;
}
