/* SPDX-License-Identifier: MIT */
/* bind() and listen(): the way from plain to bound. */
#include <errno.h>
#include <netinet/in.h>

#include "redirect/kernel/ask.h"
#include "redirect/calls/bind.h"
#include "redirect/calls/call.h"
#include "redirect/calls/connect.h"
#include "redirect/kernel/errors.h"
#include "redirect/state/hints.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/state/listeners.h"
#include "redirect/report/log.h"
#include "redirect/calls/ports.h"
#include "redirect/calls/quiet.h"
#include "redirect/kernel/real.h"
#include "redirect/swap/swap.h"
#include "redirect/state/address.h"
#include "redirect/calls/shutdown.h"
#include "redirect/state/table.h"
#include "redirect/kernel/vsock_call.h"

#define SIN6_LEN_RFC2133 24 /* net/ipv6.h: no sin6_scope_id */

static int real_bind(const struct call *call)
{
	int r = real()->bind(call->fd, call->sa, call->len) ? -errno : 0;

	if (!r)
		hint_add(call->fd, HINT_BOUND);
	return r;
}

/* What TCP would refuse before it looked at the port: left to TCP. */
static bool is_valid(const struct call *call, const struct tcp_facts *facts)
{
	struct name own;

	if (call_family(call) != facts->family)
		return false;
	if (facts->v6only && call->to.addr.family == AF_INET)
		return false;
	return !redirect_is_bound(call->fd, facts, &own);
}

static int flags_of(const struct call *call, const struct tcp_facts *facts)
{
	bool v6 = facts->family == AF_INET6;
	bool both = call->to.addr.family == AF_INET6 &&
		    address_is_any(&call->to.addr) && !facts->v6only;

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
		return vsock_call_bind(fd, answer->cid, answer->port);
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
		     int flags, struct listener *listener)
{
	listener->fd = call->fd;
	listener->cid = call->answer.cid;
	listener->port = call->answer.port;
	listener->path =
		call->answer.verdict == MAP_HVSOCK ? call->answer.path : NULL;
	listener->name = call->to;
	listener->v6 = facts->family == AF_INET6;
	listener->v6only = flags & TAG_V6ONLY;
	listener->reuse_port = listeners_reuse_port(call->fd);
}

/* What has become known since the socket was made. */
static int tell(int fd, int flags, const struct name *name)
{
	int r = tag_write_named(fd, tag_read(fd) | flags, name);

	return r ? -ENOBUFS : 0;
}

/* Another listener of ours has the port. */
static int share(int fd, const struct listener *wanted, int *flags)
{
	int r = quiet_may_share(fd, wanted);

	if (r)
		return r;
	*flags |= TAG_QUIET;
	return quiet_bind(fd, wanted->path);
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
	describe(call, facts, flags, &listener);
	if (r == -EADDRINUSE && !any_port)
		r = share(fd, &listener, &flags);
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
	    connect_was_made(fd, tag))
		return false;
	return !redirect_undo(fd, tag);
}

/* inet_bind() looks at the address before it looks at the socket. */
static bool is_of_other_family(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct call call;
	int tag, family;

	call_begin(&call, fd, sa, len);
	family = call_family(&call);
	tag = family < 0 ? -ENOENT : tag_look(fd, NULL);
	if (tag < 0)
		return false;
	if (tag & TAG_V6)
		return len >= SIN6_LEN_RFC2133 && family != AF_INET6;
	return len >= sizeof(struct sockaddr_in) && family != AF_INET;
}

int bind_socket(int fd, const struct sockaddr *sa, socklen_t len)
{
	int r = try_bind(fd, sa, len);

	if (r != -EINVAL || !table_get())
		return r;
	if (is_of_other_family(fd, sa, len))
		return -EAFNOSUPPORT;
	return start_afresh(fd) ? try_bind(fd, sa, len) : r;
}

/*
 * What has been undone is bound over TCP, and would listen there: so it is
 * bound again.
 */
static int redo(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct tcp_facts facts;
	struct call call;

	if (real()->getsockname(fd, (struct sockaddr *)&sa, &len))
		return 0;
	call_begin(&call, fd, (struct sockaddr *)&sa, len);
	if (!call_is_ruled(&call, MAP_LISTEN) || !call.to.port ||
	    redirect_facts(fd, sa.ss_family, &facts))
		return 0;
	if (call.answer.verdict == MAP_REFUSE)
		return bind_refused(&call);
	redirect_more_facts(fd, &facts);
	return bind_redirected(&call, &facts);
}

/* One that has yet to tell of a failed connect() does not listen. */
static bool was_undone(int fd)
{
	return (hint_get(fd) & (HINT_UNDONE | HINT_DIALLED)) == HINT_UNDONE;
}

/*
 * A client that finds the queue full is reset at once
 * (virtio_transport_recv_listen()), where TCP lets it wait: so the queue is as
 * long as the kernel allows.
 */
int listen_socket(int fd, int backlog)
{
	int tag = table_get() ? tag_look(fd, NULL) : -ENOENT;
	int r = was_undone(fd) ? redo(fd) : 0;

	if (r)
		return r;
	if (hint_get(fd) & HINT_UNDONE)
		tag = tag_read(fd);
	if (tag >= 0 && (tag & TAG_SHUT))
		return shutdown_listen_again(fd, tag, SOMAXCONN);
	if (tag >= 0 && (tag & TAG_QUIET))
		quiet_listen(fd, tag);
	return real()->listen(fd, tag < 0 ? backlog : SOMAXCONN) ? -errno : 0;
}
