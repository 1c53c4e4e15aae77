/* SPDX-License-Identifier: MIT */
/* bind() and listen(): the way from plain to bound. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>

#include "redirect/calls/bind.h"
#include "redirect/calls/connect.h"
#include "redirect/calls/listener.h"
#include "redirect/calls/ports.h"
#include "redirect/calls/request.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/report/report.h"
#include "redirect/report/sink.h"
#include "redirect/state/address.h"
#include "redirect/state/hints.h"
#include "redirect/state/listeners.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/facts.h"
#include "redirect/swap/make.h"
#include "redirect/swap/swap.h"
#include "redirect/swap/undo.h"

#define SIN6_LEN_RFC2133 24 /* net/ipv6.h: no sin6_scope_id */

static int real_bind(const struct request *request)
{
	int r = real()->bind(request->fd, request->sa, request->len) ? -errno
								     : 0;

	if (!r)
		hint_add(request->fd, HINT_BOUND);
	return r;
}

/* What TCP would refuse before it looked at the port: left to TCP. */
static bool is_valid(const struct request *request, struct tcp_facts *facts)
{
	if (request_family(request) != facts->family)
		return false;
	if (facts->v6only && request->to.addr.family == AF_INET)
		return false;
	return !facts_is_bound(request->fd, facts);
}

static int flags_for_bind(const struct request *request,
			  const struct tcp_facts *facts)
{
	bool v6 = facts->family == AF_INET6;
	bool both = request->to.addr.family == AF_INET6 &&
		    address_is_any(&request->to.addr) && !facts->v6only;

	if (!v6)
		return TAG_BOUND;
	if (both || request->to.addr.family == AF_INET)
		return TAG_BOUND | TAG_MAPPED;
	return TAG_BOUND | TAG_V6ONLY; /* __inet6_bind() sets it, too */
}

/* With port 0, tries ports until one is free; says which it was. */
static int bind_to_target(int fd, struct request *request)
{
	struct ports_search search;
	int r;

	if (request->to.port)
		return listener_bind_to(fd, &request->answer, -EADDRINUSE);
	ports_start(&search);
	do {
		if (!ports_next(&search, &request->to.port))
			return -EADDRINUSE;
		map_lookup(table_get(), MAP_LISTEN, &request->to.addr,
			   request->to.port, &request->answer);
		r = listener_bind_to(fd, &request->answer, -EADDRINUSE);
	} while (r == -EADDRINUSE);
	return r;
}

static void describe(const struct request *request,
		     const struct tcp_facts *facts, int flags,
		     struct listener *listener)
{
	listener->fd = request->fd;
	listener->cid = request->answer.cid;
	listener->port = request->answer.port;
	listener->path = request->answer.path;
	listener->name = request->to;
	listener->tag = flags;
	if (facts->family == AF_INET6)
		listener->tag |= TAG_V6;
	if (listener->path)
		listener->tag |= TAG_HYBRID;
	listener->reuse_port = listeners_reuse_port(request->fd);
}

/*
 * Writes the tag again: with the port that was chosen, and TAG_QUIET where
 * another listener has it.
 */
static int tell_port(int fd, int flags, const struct endpoint *name)
{
	int r = tag_write_named(fd, tag_read(fd) | flags, name);

	return r ? -ENOBUFS : 0;
}

/* Another listener of ours has the port. */
static int share(int fd, const struct listener *wanted, int *flags)
{
	int r = listener_may_share(fd, wanted);

	if (r)
		return r;
	*flags |= TAG_QUIET;
	return listener_bind_quiet(fd, wanted->path, wanted->cid);
}

/*
 * A server expects that bind() has made a file, of a mode by umask(2), and that
 * it fails where there is one: so the Unix socket that is to be replaced is
 * bound to it first, and the file stays. As nothing listens at it, a program
 * of this machine is refused there.
 */
static int bind_name(struct request *request)
{
	struct hold *hold = &request->hold;
	int r = -EBADF;

	if (!hold_take(hold))
		return r;
	if (hold_is_there(hold))
		r = real_bind(request);
	hold_release(hold);
	return r;
}

/* *fd becomes the listener that another process has. */
static int take_its_listener(int *fd, const struct listener *wanted)
{
	int taken = listener_take_over(wanted);

	if (taken < 0)
		return taken;
	own_close(*fd);
	*fd = taken;
	return 0;
}

/* One that was another's may wait where this one does not. */
static void set_status(int fd, const struct tcp_facts *facts)
{
	int wanted = facts->status & O_NONBLOCK;

	if ((real()->fcntl(fd, F_GETFL) & O_NONBLOCK) != wanted)
		real()->fcntl(fd, F_SETFL, wanted);
}

static int bind_new(struct request *request, struct tcp_facts *facts)
{
	int flags = flags_for_bind(request, facts);
	int fd = make_redirected(request->fd, facts, &request->answer, flags,
				 &request->to);
	bool any_port = !request->to.port, is_theirs = false;
	struct listener listener;
	int r;

	if (fd < 0)
		return fd;
	listeners_forget(fd);
	if (request->answer.path) /* that may wait */
		hold_know(&request->hold);
	r = bind_to_target(fd, request);
	describe(request, facts, flags, &listener);
	if (r == -EADDRINUSE && !any_port)
		r = share(fd, &listener, &flags);
	if (r == -EADDRINUSE && !any_port) {
		r = take_its_listener(&fd, &listener);
		is_theirs = !r;
	}
	if (!r && (any_port || (flags & TAG_QUIET)))
		r = tell_port(fd, flags, &request->to);
	if (r)
		r = -errors_bind(-r);
	else if (facts->family == AF_UNIX && !request->has_file)
		r = bind_name(request);
	if (r) {
		own_close(fd);
		return r;
	}
	if (is_theirs)
		set_status(fd, facts);
	listener.tag |= flags;
	r = swap_in(&request->hold, fd, facts);
	if (!r)
		listeners_add(&listener);
	own_close(fd);
	return r;
}

/* What may bind the TCP port, authbind(1) for one, gives no right to vsock's. */
static void complain_of_port(const struct request *request)
{
	static bool said;

	if (request->answer.verdict == MAP_VSOCK &&
	    request->answer.port < IPPORT_RESERVED)
		sink_complain(
			&said,
			"vsock ports below 1024 are for "
			"CAP_NET_BIND_SERVICE: give the rule a target port "
			"of 1024 or more");
}

static int bind_redirected(struct request *request, struct tcp_facts *facts)
{
	int r = bind_new(request, facts);

	report_bind(&request->to, &request->answer, r);
	if (r == -EACCES)
		complain_of_port(request);
	return r;
}

static int bind_refused(const struct request *request)
{
	report_bind(&request->to, &request->answer, -EACCES);
	return -EACCES;
}

static int bind_mapped(struct request *request)
{
	struct tcp_facts facts;

	if (facts_of(request->fd, request_family(request), &facts))
		return real_bind(request);
	facts_more(request->fd, &facts);
	if (!is_valid(request, &facts))
		return real_bind(request);
	if (request->answer.verdict == MAP_REFUSE)
		return bind_refused(request);
	return bind_redirected(request, &facts);
}

/* Whether the port that the kernel has chosen is a rule's; then the answer. */
static bool is_chosen_ruled(struct request *request)
{
	const struct map_table *table = table_get();
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct endpoint name;

	if (!table || request->to.addr.family == AF_UNSPEC ||
	    request->to.port ||
	    !map_may_reach(table, MAP_LISTEN, &request->to.addr))
		return false;
	if (real()->getsockname(request->fd, (struct sockaddr *)&sa, &len) ||
	    !map_addr_set(&name.addr, &name.port, (struct sockaddr *)&sa, len))
		return false;
	map_lookup(table, MAP_LISTEN, &request->to.addr, name.port,
		   &request->answer);
	return request->answer.verdict >= MAP_VSOCK;
}

/*
 * Rules that don't name every port leave port 0 to TCP. But who dials the port
 * that getsockname() shows follows the rule that names it, so the listener has
 * to be at a port of such a rule, too.
 */
static int bind_plain(struct request *request)
{
	int r = real_bind(request);
	struct tcp_facts facts;

	if (r || !is_chosen_ruled(request) ||
	    facts_of(request->fd, request_family(request), &facts))
		return r;
	facts_more(request->fd, &facts);
	return bind_redirected(request, &facts);
}

static int try_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct request request;
	int r;

	request_begin(&request, fd, sa, len);
	request.to.addr.family = AF_UNSPEC;
	hold_begin(&request.hold, fd);
	r = hold_turn(&request.hold, false);
	if (!r)
		r = request_is_ruled(&request, MAP_LISTEN)
			    ? bind_mapped(&request)
			    : bind_plain(&request);
	hold_end(&request.hold);
	return r;
}

/*
 * A TCP socket that could not connect has no address, and may get one. So may a
 * listener that was shut down or disconnected, if its port was not the program's:
 * inet_put_port() in tcp_set_state(), net/ipv4/tcp.c.
 */
static bool has_no_address(int fd, int tag)
{
	if (tag & TAG_BOUND)
		return (hint_get(fd) & HINT_AUTOBOUND) &&
		       ((tag & TAG_SHUT) || !ask_listening(fd));
	return (tag & TAG_CLIENT) && !ask_connecting(fd) &&
	       !connect_was_made(fd, tag);
}

static bool start_afresh(int fd)
{
	struct hold hold;
	int tag;
	bool done;

	hold_begin(&hold, fd);
	tag = tag_look(fd, NULL);
	done = tag >= 0 && has_no_address(fd, tag) &&
	       !undo_redirect(&hold, tag & ~TAG_BOUND);
	hold_end(&hold);
	return done;
}

/* inet_bind() looks at the address before it looks at the socket. */
static bool is_of_other_family(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct request request;
	int tag, family;

	request_begin(&request, fd, sa, len);
	family = request_family(&request);
	tag = family < 0 ? -ENOENT : tag_look(fd, NULL);
	if (tag < 0 || (tag & TAG_UNIX))
		return false;
	if (tag & TAG_V6)
		return len >= SIN6_LEN_RFC2133 && family != AF_INET6;
	return len >= sizeof(struct sockaddr_in) && family != AF_INET;
}

bool bind_is_any(const struct sockaddr *sa, socklen_t len,
		 struct sockaddr_storage *any)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)any;
	struct request request;

	request_begin(&request, -1, sa, len);
	if (request_family(&request) != AF_UNSPEC || len < sizeof(*v4))
		return false;
	memcpy(any, sa, len);
	v4->sin_family = AF_INET;
	return v4->sin_addr.s_addr == htonl(INADDR_ANY);
}

int bind_socket(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_storage any;
	int r;

	if (table_get() && bind_is_any(sa, len, &any))
		sa = (struct sockaddr *)&any;
	r = try_bind(fd, sa, len);
	if (r != -EINVAL || !table_get())
		return r;
	if (is_of_other_family(fd, sa, len))
		return -EAFNOSUPPORT;
	return start_afresh(fd) ? try_bind(fd, sa, len) : r;
}

/* ---- listen() -------------------------------------------------------------
 */

static int bind_held_over(struct request *request)
{
	struct tcp_facts facts;

	if (facts_of(request->fd, request_family(request), &facts))
		return 0;
	if (facts_history(request->fd, &facts))
		return -EINVAL; /* inet_listen() */
	if (request->answer.verdict == MAP_REFUSE)
		return bind_refused(request);
	facts_more(request->fd, &facts);
	return bind_redirected(request, &facts);
}

static int bind_over(struct request *request)
{
	int r;

	hold_begin(&request->hold, request->fd);
	r = bind_held_over(request);
	hold_end(&request->hold);
	return r;
}

/*
 * A TCP socket whose bind() we have not seen, or have undone, would listen
 * there. listen() binds one that is not bound to the wildcard and a port of its
 * choice (inet_csk_listen_start() in net/ipv4/inet_connection_sock.c).
 */
static int bind_late(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct request request;
	bool ruled;

	if (real()->getsockname(fd, (struct sockaddr *)&sa, &len))
		return 0;
	request_begin(&request, fd, (struct sockaddr *)&sa, len);
	request.to.port = 1; /* where it is no IP address */
	ruled = request_is_ruled(&request, MAP_LISTEN);
	if (request.to.port)
		return ruled && request_family(&request) != AF_UNIX
			       ? bind_over(&request)
			       : 0;
	if (!map_may_reach(table_get(), MAP_LISTEN, &request.to.addr) ||
	    ask_listening(fd))
		return 0;
	hint_add(fd, HINT_AUTOBOUND);
	return try_bind(fd, (struct sockaddr *)&sa, len);
}

/*
 * Of a bind() that went through here the rules have been asked. One that has
 * yet to tell of a failed connect() does not listen.
 */
static bool may_need_binding(int fd)
{
	unsigned hints = hint_get(fd);

	if (!table_get() || sandbox_is_on() ||
	    (hints & (HINT_OTHER | HINT_DIALLED)))
		return false;
	return !(hints & HINT_BOUND) || (hints & HINT_UNDONE);
}

/*
 * A client that finds the queue full is reset at once
 * (virtio_transport_recv_listen()), where TCP lets it wait: so the queue is as
 * long as the kernel allows.
 */
static int listen_held(struct hold *hold, int backlog)
{
	int fd = hold->fd;
	int tag = table_get() ? tag_look(fd, NULL) : -ENOENT;
	int r = tag < 0 && may_need_binding(fd) ? bind_late(fd) : 0;

	if (r)
		return r;
	if (tag < 0 && (hint_get(fd) & HINT_REDIRECTED))
		tag = tag_read(fd);
	if (tag >= 0 && (tag & TAG_SHUT)) /* for good: unix_shutdown() */
		return tag & TAG_UNIX
			       ? 0
			       : listener_listen_again(hold, tag, SOMAXCONN);
	if (tag >= 0 && (tag & TAG_QUIET))
		r = listener_listen_quiet(hold, tag);
	if (r)
		return r;
	return real()->listen(fd, tag < 0 ? backlog : SOMAXCONN) ? -errno : 0;
}

int listen_socket(int fd, int backlog)
{
	struct hold hold;
	int r;

	hold_begin(&hold, fd);
	r = listen_held(&hold, backlog);
	hold_end(&hold);
	return r;
}

/* ---- a file with another name -------------------------------------------- */

static int bind_moved_held(struct request *request, bool listens)
{
	struct tcp_facts facts;
	int r = facts_of(request->fd, AF_UNIX, &facts);

	if (r && !(listens && tag_read(request->fd) < 0))
		return 0;
	facts_more(request->fd, &facts);
	if (request->answer.verdict == MAP_REFUSE)
		return bind_refused(request);
	return bind_redirected(request, &facts);
}

int bind_moved(int fd, const struct sockaddr *sa, socklen_t len)
{
	bool listens = ask_listening(fd);
	struct request request;
	struct report report;
	int r;

	request_begin(&request, fd, sa, len);
	if (!request_is_ruled(&request, MAP_LISTEN))
		return 0;
	request.has_file = true;
	report_begin(&report);
	hold_begin(&request.hold, fd);
	r = bind_moved_held(&request, listens);
	hold_end(&request.hold);
	if (!r && listens)
		r = listen_socket(fd, SOMAXCONN);
	return (int)report_end(&report, REPORT_BIND, fd, sa, len, r);
}
