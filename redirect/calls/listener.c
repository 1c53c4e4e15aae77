/* SPDX-License-Identifier: MIT */
/* A bound socket of ours, and several of them for one port: see listener.h. */
#include <errno.h>
#include <fcntl.h>

#include "redirect/calls/listener.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/diag.h"
#include "redirect/kernel/elsewhere.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/report/sink.h"
#include "redirect/state/borrowed.h"
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

/*
 * What the rules say of a bound socket's address. The kernel can't be asked:
 * after a shutdown() the socket is bound no more.
 */
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

/* Binds fd to the target of the address that its tag has. */
static int bind_named(int fd, int tag)
{
	struct map_answer answer;
	int r = listener_target(fd, &answer);

	return r ? r : bind_target(fd, tag, &answer);
}

/*
 * A new socket for the target of the bound one fd, with this tag; it listens if
 * fd does. A descriptor of ours, or -errno.
 */
static int make_bound(int fd, int tag)
{
	int to = make_like(fd, -1, tag);
	int r = to < 0 ? to : bind_named(to, tag);

	if (!r && ask_listening(fd) && real()->listen(to, SOMAXCONN))
		r = -errno;
	if (!r)
		return to;
	if (to >= 0)
		own_close(to);
	return r;
}

/* Puts `to`, a socket from make_bound() or its error, under the number. */
static int put_bound(struct hold *hold, int to, int tag)
{
	int r = to < 0 ? to : swap_replace(hold, to);

	if (!r)
		listeners_set_tag(hold->fd, tag);
	return r;
}

/*
 * Puts a quiet socket under the number, and gives back what was there, as a
 * descriptor of ours.
 */
static int take_held(struct hold *holder, int tag)
{
	int quiet = make_bound(holder->fd, tag | TAG_QUIET);
	int taken = quiet < 0 ? quiet : own_copy(holder->fd);

	if (taken < 0 && quiet >= 0)
		own_close(quiet);
	if (taken < 0)
		return -ENOBUFS;
	if (!put_bound(holder, quiet, tag | TAG_QUIET))
		return taken;
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

struct search {
	struct listener of;
	int found; /* a number, or -ENOENT */
};

/* Whether it has the port that the others of this target share. */
static bool is_real(const struct listener *other, const struct search *search)
{
	return !(other->tag & (TAG_QUIET | TAG_SHUT)) &&
	       listeners_same_target(other, &search->of);
}

/* The one beside fd for which `look` sets `found`; or -ENOENT. */
static int search_beside(int fd, void (*look)(const struct listener *other,
					      void *search))
{
	struct search search = {.found = -ENOENT};

	if (listeners_read(fd, &search.of) >= 0)
		listeners_each(0, ~0U, look, &search);
	return search.found;
}

/*
 * Both were bound to the same file name: the older one's file has been removed,
 * and `by` has its name.
 */
static bool is_succeeded(const struct listener *listener,
			 const struct listener *by)
{
	return listeners_has_file(listener) &&
	       listeners_same_name(&listener->name, &by->name);
}

/*
 * Most clients dial IPv4, and servers know 127.0.0.1 more often than ::1. Not
 * where the other one has copies, which would have to become quiet, too.
 */
static void look_at_holder(const struct listener *other, void *arg)
{
	struct search *search = arg;
	bool is_v4 = search->of.name.addr.family == AF_INET;

	if (is_real(other, search) && hint_is_whole(hint_get(other->fd)) &&
	    ((is_v4 && (other->tag & TAG_V6ONLY)) ||
	     is_succeeded(other, &search->of) || !ask_listening(other->fd)))
		search->found = other->fd;
}

static bool change_places(struct hold *hold, int tag)
{
	int holder = search_beside(hold->fd, look_at_holder), taken;

	if (holder < 0)
		return false;
	taken = take_over(holder);
	if (taken >= 0)
		taken = make_like(hold->fd, taken, tag & ~TAG_QUIET);
	put_bound(hold, taken, tag & ~TAG_QUIET);
	return true;
}

/*
 * Makes a quiet listener the one that has the port; fails where another has it.
 */
static int take_port(struct hold *hold, int tag)
{
	tag &= ~TAG_QUIET;
	return put_bound(hold, make_bound(hold->fd, tag), tag);
}

/* ---- the real one goes away ------------------------------------------------ */

static void look_at_heir(const struct listener *other, void *arg)
{
	struct search *search = arg;

	if ((other->tag & TAG_QUIET) && other->fd != search->of.fd &&
	    listeners_same_target(other, &search->of) &&
	    listeners_same_name(&other->name, &search->of.name))
		search->found = other->fd;
}

/*
 * Gives the listener fd to the quiet one `heir` before fd is closed, so that
 * the port is never without a listener.
 */
static void hand_over(int fd, int heir)
{
	struct hold hold;
	int tag, to;

	hold_begin(&hold, heir);
	tag = tag_read(heir);
	to = tag < 0 ? tag : own_copy(fd);
	if (to >= 0)
		to = make_like(heir, to, tag & ~TAG_QUIET);
	put_bound(&hold, to, tag & ~TAG_QUIET);
	hold_end(&hold);
}

/*
 * Gives the port of a listener that is being closed to a quiet one. Not where
 * another process may have it, too: there it goes on listening.
 */
static void look_at_leaving(const struct listener *leaving, void *arg)
{
	struct search search = {.of = *leaving, .found = -ENOENT};

	if (leaving->tag & (TAG_QUIET | TAG_SHUT))
		return;
	*(bool *)arg = true;
	if (!hint_is_whole(hint_get(leaving->fd)))
		return;
	listeners_each(0, ~0U, look_at_heir, &search);
	if (search.found >= 0)
		hand_over(leaving->fd, search.found);
}

static void look_at_quiet(const struct listener *quiet, void *arg)
{
	struct hold hold;

	(void)arg;
	if (!(quiet->tag & TAG_QUIET) || !ask_listening(quiet->fd))
		return;
	hold_begin(&hold, quiet->fd);
	if (!change_places(&hold, quiet->tag))
		take_port(&hold, quiet->tag);
	hold_end(&hold);
}

bool listener_closing_these(unsigned first, unsigned last)
{
	bool any = false;
	int saved = errno;

	if (table_get() && !borrowed_is() && !sandbox_is_on())
		listeners_each(first, last, look_at_leaving, &any);
	errno = saved;
	return any;
}

void listener_closed(void)
{
	int saved = errno;

	if (listeners_any_quiet)
		listeners_each(0, ~0U, look_at_quiet, NULL);
	errno = saved;
}

int listener_may_share(int fd, const struct listener *wanted)
{
	listeners_find(fd);
	return listeners_may_share(wanted) ? 0 : -EADDRINUSE;
}

int listener_take_over(const struct listener *wanted)
{
	static bool said;
	struct listener its;
	uint32_t inode;
	int fd;

	if (!listeners_has_file(wanted) || wanted->path)
		return -EADDRINUSE;
	inode = diag_inode(wanted->cid, wanted->port);
	fd = inode ? elsewhere_take(inode) : -1;
	if (fd >= 0 && listeners_read(fd, &its) >= 0 &&
	    listeners_same_name(&its.name, &wanted->name))
		return fd;
	if (fd >= 0)
		own_close(fd);
	sink_complain(&said,
		      "bind() of a Unix socket: another process still listens "
		      "at its vsock port, and can't be asked for it "
		      "(pidfd_getfd, vsock_diag): EADDRINUSE until it ends");
	return -EADDRINUSE;
}

int listener_make_heir(int quiet)
{
	int tag = tag_read(quiet);

	return tag < 0 ? tag : make_like(quiet, -1, tag & ~TAG_QUIET);
}

int listener_succeed(int heir)
{
	int r = bind_named(heir, 0);

	return !r && real()->listen(heir, SOMAXCONN) ? -errno : r;
}

static int bind_quietly(struct hold *hold, int tag,
			const struct map_answer *answer)
{
	int r = tag_write(hold_socket(hold), tag | TAG_QUIET);

	if (r)
		return r;
	listeners_set_tag(hold->fd, tag | TAG_QUIET);
	return bind_target(hold_socket(hold), tag | TAG_QUIET, answer);
}

/* Whether TCP would let a socket be bound beside those of ours. */
static int may_be_beside(int fd)
{
	struct listener wanted;

	if (listeners_read(fd, &wanted) < 0)
		return -EADDRINUSE;
	wanted.reuse_port = true;
	return listener_may_share(fd, &wanted);
}

static int renew(struct hold *hold, int tag, struct map_answer *answer)
{
	int r = undo_renew(hold, tag);

	return r ? r : listener_target(hold_socket(hold), answer);
}

/* A new socket in its place, bound to the same target; no listener. */
static int bind_again(struct hold *hold, int tag)
{
	struct map_answer answer;
	int r;

	tag &= ~TAG_SHUT;
	r = renew(hold, tag, &answer);
	if (!r)
		r = bind_target(hold_socket(hold), tag, &answer);
	if (r != -EADDRINUSE)
		return r;
	r = may_be_beside(hold->fd);
	return r ? r : bind_quietly(hold, tag, &answer);
}

int listener_give_up(struct hold *hold, int tag)
{
	struct map_answer answer;
	int r;

	if (!(tag & TAG_REUSEADDR))
		return bind_again(hold, tag);
	tag &= ~TAG_SHUT;
	r = renew(hold, tag, &answer);
	return r ? r : bind_quietly(hold, tag, &answer);
}

int listener_listen_again(struct hold *hold, int tag, int backlog)
{
	int r = bind_again(hold, tag);

	if (!r && real()->listen(hold_socket(hold), backlog))
		r = -errno;
	return r;
}

static void look_at_real(const struct listener *other, void *arg)
{
	struct search *search = arg;

	if (is_real(other, search))
		search->found = other->fd;
}

int listener_listen_quiet(struct hold *hold, int tag)
{
	int r;

	if (change_places(hold, tag))
		return 0;
	listeners_find(hold->fd);
	if (search_beside(hold->fd, look_at_real) >= 0)
		return 0;
	r = take_port(hold, tag);
	return r && ask_listening(hold->fd) ? 0 : r;
}
