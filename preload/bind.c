/* SPDX-License-Identifier: MIT */
/* bind() and listen(): the way from plain to bound. */
#include <errno.h>

#include "preload/ask.h"
#include "preload/bind.h"
#include "preload/call.h"
#include "preload/errors.h"
#include "preload/hints.h"
#include "preload/hybrid.h"
#include "preload/listeners.h"
#include "preload/log.h"
#include "preload/ports.h"
#include "preload/quiet.h"
#include "preload/real.h"
#include "preload/redirect.h"
#include "preload/show.h"
#include "preload/shut.h"
#include "preload/table.h"
#include "preload/vm.h"

static int real_bind(const struct call *call)
{
	int r = real()->bind(call->fd, call->sa, call->len) ? -errno : 0;

	if (!r)
		hint_add(call->fd, HINT_BOUND);
	return r;
}

static bool is_bound(int fd, const struct tcp_facts *facts)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct name name;

	if (hint_is_whole(facts->hints) && !(facts->hints & HINT_BOUND))
		return false;
	return !real()->getsockname(fd, (struct sockaddr *)&sa, &len) &&
	       map_addr_set(&name.addr, &name.port, (struct sockaddr *)&sa,
			    len) &&
	       name.port;
}

/* What TCP would refuse before it looked at the port: left to TCP. */
static bool is_valid(const struct call *call, const struct tcp_facts *facts)
{
	if (call_family(call) != facts->family)
		return false;
	if (facts->v6only && call->to.addr.family == AF_INET)
		return false;
	return !is_bound(call->fd, facts);
}

static int flags_of(const struct call *call, const struct tcp_facts *facts)
{
	bool v6 = facts->family == AF_INET6;
	bool both = call->to.addr.family == AF_INET6 &&
		    show_is_any(&call->to.addr) && !facts->v6only;

	if (!v6)
		return TAG_BOUND;
	if (both || call->to.addr.family == AF_INET)
		return TAG_BOUND | TAG_MAPPED;
	return TAG_BOUND | TAG_V6ONLY; /* __inet6_bind() sets it, too */
}

static int bind_answer(int fd, const struct map_answer *answer)
{
	switch (answer->verdict) {
	case MAP_VSOCK:
		return vm_bind(fd, answer->cid, answer->port);
	case MAP_HVSOCK:
		return hybrid_bind(fd, answer->path, answer->port);
	default:
		return -EADDRINUSE;
	}
}

/* With port 0, tries ports until one is free; says which it was. */
static int bind_target(int fd, struct call *call)
{
	struct ports_search search;
	int r;

	if (call->to.port)
		return bind_answer(fd, &call->answer);
	ports_start(&search);
	do {
		if (!ports_next(&search, &call->to.port))
			return -EADDRINUSE;
		map_lookup(table_get(), MAP_LISTEN, &call->to.addr,
			   call->to.port, &call->answer);
		r = bind_answer(fd, &call->answer);
	} while (r == -EADDRINUSE);
	return r;
}

static void describe(const struct call *call, const struct tcp_facts *facts,
		     struct listener *listener)
{
	listener->fd = call->fd;
	listener->cid = call->answer.cid;
	listener->port = call->answer.port;
	listener->path =
		call->answer.verdict == MAP_HVSOCK ? call->answer.path : NULL;
	listener->name = call->to;
	listener->v6 = facts->family == AF_INET6;
	listener->v6only = facts->v6only;
	listener->reuse_port = listeners_reuse_port(call->fd);
}

/* What has become known since the socket was made. */
static int tell(int fd, int flags, const struct name *name)
{
	int r = tag_write_named(fd, tag_read(fd) | flags, name);

	return r ? -ENOBUFS : 0;
}

static int bind_new(struct call *call, struct tcp_facts *facts)
{
	int flags = flags_of(call, facts);
	int fd =
		redirect_make(call->fd, facts, &call->answer, flags, &call->to);
	bool any_port = !call->to.port;
	struct listener listener;
	int r;

	if (fd < 0)
		return fd;
	r = bind_target(fd, call);
	describe(call, facts, &listener);
	if (r == -EADDRINUSE && !any_port)
		r = quiet_share(&fd, facts->status, &listener, &flags);
	if (!r && (any_port || (flags & TAG_QUIET)))
		r = tell(fd, flags, &call->to);
	if (r) {
		real()->close(fd);
		return -errors_bind(-r);
	}
	r = redirect_in(call->fd, fd, facts);
	if (!r)
		listeners_add(&listener);
	return r;
}

static int bind_redirected(struct call *call, struct tcp_facts *facts)
{
	int r = bind_new(call, facts);

	log_bind(&call->to, &call->answer, r);
	return r;
}

static int bind_refused(const struct call *call)
{
	log_bind(&call->to, &call->answer, -EACCES);
	return -EACCES;
}

static int bind_mapped(struct call *call)
{
	struct tcp_facts facts;

	if (redirect_facts(call->fd, call_family(call), &facts))
		return real_bind(call);
	redirect_more_facts(call->fd, &facts);
	if (!is_valid(call, &facts))
		return real_bind(call);
	if (call->answer.verdict == MAP_REFUSE)
		return bind_refused(call);
	return bind_redirected(call, &facts);
}

/* Whether the port that the kernel has chosen is a rule's; then the answer. */
static bool is_chosen_ruled(struct call *call)
{
	const struct map_table *table = table_get();
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct name name;

	if (!table || call->to.addr.family == AF_UNSPEC || call->to.port ||
	    !map_may_reach(table, MAP_LISTEN, &call->to.addr))
		return false;
	if (real()->getsockname(call->fd, (struct sockaddr *)&sa, &len) ||
	    !map_addr_set(&name.addr, &name.port, (struct sockaddr *)&sa, len))
		return false;
	map_lookup(table, MAP_LISTEN, &call->to.addr, name.port, &call->answer);
	return call->answer.verdict >= MAP_VSOCK;
}

/*
 * Rules that don't name every port leave port 0 to TCP. But who dials the port
 * that getsockname() shows follows the rule that names it, so the listener has
 * to be at a port of such a rule, too.
 */
static int bind_plain(struct call *call)
{
	int r = real_bind(call);
	struct tcp_facts facts;

	if (r || !is_chosen_ruled(call) ||
	    redirect_facts(call->fd, call_family(call), &facts))
		return r;
	redirect_more_facts(call->fd, &facts);
	return bind_redirected(call, &facts);
}

static int try_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct call call;

	call_begin(&call, fd, sa, len);
	call.to.addr.family = AF_UNSPEC;
	if (!call_is_ruled(&call, MAP_LISTEN))
		return bind_plain(&call);
	return bind_mapped(&call);
}

/* A TCP socket that could not connect has no address, and may get one. */
static bool start_afresh(int fd)
{
	int tag = tag_look(fd, NULL);

	if (tag < 0 || !(tag & TAG_CLIENT) || ask_connecting(fd) ||
	    tag_is_connected(fd, tag))
		return false;
	return !redirect_undo(fd, tag);
}

int bind_socket(int fd, const struct sockaddr *sa, socklen_t len)
{
	int r = try_bind(fd, sa, len);

	return r == -EINVAL && start_afresh(fd) ? try_bind(fd, sa, len) : r;
}

/*
 * A client that finds the queue full is reset at once
 * (virtio_transport_recv_listen()), where TCP lets it wait: so the queue is as
 * long as the kernel allows.
 */
int listen_socket(int fd, int backlog)
{
	int tag = table_get() ? tag_look(fd, NULL) : -ENOENT;

	if (tag >= 0 && (tag & TAG_SHUT))
		return shut_listen_again(fd, tag, SOMAXCONN);
	return real()->listen(fd, tag < 0 ? backlog : SOMAXCONN) ? -errno : 0;
}
