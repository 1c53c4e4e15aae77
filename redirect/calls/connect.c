/* SPDX-License-Identifier: MIT */
/* connect(): which address it is for, and what the socket is by now. */
#include <errno.h>
#include <pthread.h>

#include "redirect/calls/attempt.h"
#include "redirect/calls/connect.h"
#include "redirect/calls/listener.h"
#include "redirect/calls/request.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/report/report.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/state/shut_state.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/facts.h"
#include "redirect/swap/undo.h"

static int real_connect(const struct request *request)
{
	return real()->connect(request->fd, request->sa, request->len) ? -errno
								       : 0;
}

/* ---- a socket that is redirected already -------------------------------- */

/* Once 0, then EISCONN: the answer to the connect() that was EINPROGRESS. */
static int report_connected(int fd, int tag)
{
	tag_write(fd, tag & ~TAG_PENDING);
	return 0;
}

/*
 * As __inet_stream_connect() (net/ipv4/af_inet.c) does: the second connect()
 * takes the error, or is told ECONNABORTED where SO_ERROR has taken it, and
 * the socket is as new after that.
 */
static int report_failed(struct hold *hold, int tag)
{
	int error = errors_connect(ask_error(hold_socket(hold)));
	int r = undo_redirect(hold, tag);

	if (error)
		return -error;
	return r ? r : -ECONNABORTED;
}

static int connect_tcp(const struct request *request);
static int connect_mapped(struct request *request);

bool connect_was_made(int fd, int tag)
{
	struct endpoint peer;

	return tag_is_connected(fd, tag) ||
	       remembered_get_name(remembered_cookie(fd), MEMORY_PEER, &peer);
}

/* One that is not pending has been connected: TCP says so to its very end. */
static int connect_client(struct request *request, int tag)
{
	struct hold *hold = &request->hold;
	int fd = request->fd;

	if (!tag_is_pending(fd, tag))
		return -EISCONN;
	if (connect_was_made(fd, tag))
		return report_connected(fd, tag);
	if (!ask_connecting(fd)) /* or it has just been made */
		return connect_was_made(fd, tag) ? report_connected(fd, tag)
						 : report_failed(hold, tag);
	if (ask_nonblocking(fd))
		return -EALREADY;
	hold_own(hold, own_copy(fd));
	fd = hold_socket(hold);
	if (attempt_wait(fd) == -EINTR)
		return -EINTR;
	return ask_connected(fd) ? report_connected(fd, tag)
				 : report_failed(hold, tag);
}

/*
 * To a plain socket first, which is bound to the same address; but not to the
 * port that listen() chose, which went with the listener.
 */
static int connect_bound(struct request *request, int tag)
{
	int r;

	if (ask_listening(request->fd))
		return -EISCONN;
	if (hint_get(request->fd) & HINT_AUTOBOUND)
		tag &= ~TAG_BOUND;
	r = undo_redirect(&request->hold, tag);
	if (r)
		return r;
	return request_has_rule(request) ? connect_mapped(request)
					 : connect_tcp(request);
}

/*
 * Who sleeps in recv() is woken, and the peer is told, whoever has a copy; the
 * number is a TCP socket by then (shut_state.h).
 */
static int disconnect_client(struct hold *hold, int tag)
{
	int old = own_copy(hold_socket(hold)), r;

	if (old < 0)
		return -ENOBUFS;
	shut_state_disconnected();
	r = undo_redirect(hold, tag);
	if (!r)
		real()->shutdown(old, SHUT_RDWR);
	own_close(old);
	return r;
}

/*
 * connect(2): AF_UNSPEC dissolves the association, and ends a listener; what
 * bind() gave stays (SOCK_BINDPORT_LOCK in tcp_disconnect(), net/ipv4/tcp.c).
 */
static int disconnect(struct hold *hold, int tag)
{
	bool left;
	int r;

	if (!(tag & TAG_BOUND))
		return disconnect_client(hold, tag);
	if (!(tag & TAG_SHUT) && !ask_listening(hold->fd))
		return 0;
	left = listener_closing(hold->fd, hold->fd);
	r = listener_give_up(hold, tag);
	if (left)
		listener_closed();
	return r;
}

/* unix_stream_connect() (net/unix/af_unix.c) */
static int connect_unix(struct request *request, int tag)
{
	if (request_family(request) != AF_UNIX)
		return -EINVAL;
	if (!(tag & TAG_BOUND))
		return tag_is_pending(request->fd, tag)
			       ? connect_client(request, tag)
			       : -EISCONN;
	return ask_listening(request->fd) ? -EINVAL
					  : connect_bound(request, tag);
}

static int connect_redirected(struct request *request, int tag)
{
	if (tag & TAG_UNIX)
		return connect_unix(request, tag);
	if (request_family(request) == AF_UNSPEC)
		return disconnect(&request->hold, tag);
	if (tag & TAG_ACCEPTED)
		return -EISCONN;
	if (tag & TAG_BOUND)
		return connect_bound(request, tag);
	return connect_client(request, tag);
}

/* ---- which one ----------------------------------------------------------- */

/* -ENOENT: it is not redirected. */
static int connect_ours(struct request *request)
{
	int tag, r;

	hold_begin(&request->hold, request->fd);
	pthread_cleanup_push(hold_clean_up, &request->hold);
	tag = tag_read(request->fd);
	r = tag < 0 ? -ENOENT : connect_redirected(request, tag);
	pthread_cleanup_pop(1);
	return r;
}

/*
 * The kernel's error stands, unless it comes from a vsock socket of ours
 * under the number: that one answers an IP address with one of these
 * (vsock_stream_connect() in net/vmw_vsock/af_vsock.c).
 */
static int plain_failed(struct request *request, int error)
{
	int r;

	if (error != EINVAL && error != EISCONN && error != EALREADY)
		return -error;
	if (!table_get() || request_family(request) < 0)
		return -error;
	r = connect_ours(request);
	return r == -ENOENT ? -error : r;
}

/*
 * HINT_DIALLED: a connect() over TCP said EINPROGRESS, and its end has not been
 * told to the program yet.
 */
static void note_plain(int fd, int r)
{
	unsigned hints = hint_get(fd);

	if (r == -EINPROGRESS)
		hint_add(fd, HINT_DIALLED);
	else if (r != -EALREADY && (hints & HINT_DIALLED))
		hint_remove(fd, HINT_DIALLED);
	if ((!r || r == -EISCONN) && (hints & HINT_BORN))
		hint_add(fd, HINT_CONNECTED);
}

static int connect_tcp(const struct request *request)
{
	int r = real_connect(request);

	note_plain(request->fd, r);
	return r;
}

/*
 * A vsock socket of ours that is given an IP address may wait for what has
 * failed already (vsock_stream_connect()), so it isn't asked.
 */
__attribute__((noinline)) static int connect_unsure(struct request *request)
{
	int tag = table_get() ? tag_look(request->fd, NULL) : -ENOENT;
	int r = -ENOENT;

	if (tag >= 0 && request_family(request) >= 0)
		r = connect_ours(request);
	if (r != -ENOENT)
		return r;
	r = connect_tcp(request);
	return r ? plain_failed(request, -r) : 0;
}

/* Most sockets are new. */
static inline __attribute__((always_inline)) int
connect_plain(struct request *request)
{
	unsigned hints = hint_get(request->fd);
	int r;

	if (!(hints & HINT_BORN) || (hints & (HINT_REDIRECTED | HINT_DIALLED)))
		return connect_unsure(request);
	r = real_connect(request);
	note_plain(request->fd, r);
	return r ? plain_failed(request, -r) : 0;
}

/* What TCP would have said before it looked at the network. */
static bool is_valid_for_connect(const struct request *request,
				 const struct tcp_facts *facts)
{
	if (request_family(request) != facts->family)
		return false;
	return !(facts->v6only && request->to.addr.family == AF_INET);
}

static int connect_refused(const struct request *request)
{
	report_connect(&request->to, &request->answer, -ECONNREFUSED);
	return -ECONNREFUSED;
}

/*
 * A redirected socket may become a TCP socket between two questions: another
 * thread's connect() fails, and undoes it. It must not be connected as one.
 */
static bool is_tcp_again(const struct request *request, struct tcp_facts *facts)
{
	return (facts->hints & HINT_REDIRECTED) &&
	       !facts_of(request->fd, request_family(request), facts);
}

/*
 * A stream socket is there, if only at the other end: who has tried one of
 * another type tries a stream next, as syslog(3) does (unix_find_other() in
 * net/unix/af_unix.c).
 */
static int connect_other(const struct request *request)
{
	int r = real_connect(request), type;

	if ((r != -ECONNREFUSED && r != -ENOENT) ||
	    request_family(request) != AF_UNIX ||
	    request->answer.verdict == MAP_REFUSE)
		return r;
	type = ask_option(request->fd, SOL_SOCKET, SO_TYPE);
	return type == SOCK_DGRAM || type == SOCK_SEQPACKET ? -EPROTOTYPE : r;
}

static int connect_mapped(struct request *request)
{
	struct tcp_facts facts;
	int tag, r;

	if (facts_of(request->fd, request_family(request), &facts)) {
		tag = tag_read(request->fd);
		if (tag < 0 && is_tcp_again(request, &facts))
			return connect_mapped(request);
		return tag < 0 ? connect_other(request)
			       : connect_redirected(request, tag);
	}
	r = facts_history(request->fd, &facts);
	if (facts.hints & HINT_DIALLED)
		note_plain(request->fd, r);
	if (r)
		return r;
	facts_more(request->fd, &facts);
	if (!is_valid_for_connect(request, &facts))
		return real_connect(request);
	if (request->answer.verdict == MAP_REFUSE)
		return connect_refused(request);
	return attempt_connect(request, &facts);
}

static int connect_ruled(struct request *request)
{
	int r;

	hold_begin(&request->hold, request->fd);
	pthread_cleanup_push(hold_clean_up, &request->hold);
	r = hold_turn(&request->hold, true);
	if (!r)
		r = connect_mapped(request);
	pthread_cleanup_pop(1);
	return r;
}

int connect_socket(int fd, const struct sockaddr *sa, socklen_t len)
{
	int saved = errno, r;
	struct request request;

	request_begin(&request, fd, sa, len);
	r = request_is_ruled(&request, MAP_CONNECT) ? connect_ruled(&request)
						    : connect_plain(&request);
	if (r >= 0)
		errno = saved;
	return r;
}
