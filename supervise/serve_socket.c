/* SPDX-License-Identifier: MIT */
/* connect(), bind(), listen(), shutdown() of a supervised program. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect/calls/bind.h"
#include "redirect/calls/connect.h"
#include "redirect/calls/request.h"
#include "redirect/calls/shutdown.h"
#include "redirect/kernel/ask.h"
#include "redirect/report/report.h"
#include "redirect/state/hints.h"
#include "redirect/state/hold.h"
#include "redirect/state/listeners.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "supervise/heirs.h"
#include "supervise/known.h"
#include "supervise/parked.h"
#include "supervise/place.h"
#include "supervise/serve.h"
#include "supervise/task.h"

#define PRIVILEGED_PORTS 1024

/* False: the kernel would not read it, and is to say why. */
static bool read_address(const struct visit *visit, struct sockaddr_storage *sa,
			 socklen_t *len)
{
	*len = (socklen_t)visit->args[2];
	return *len <= sizeof(*sa) &&
	       !task_read(visit->tid, sa, visit->args[1], *len);
}

static bool read_request(const struct visit *visit, struct sockaddr_storage *sa,
			 struct request *request, enum map_direction direction)
{
	socklen_t len;

	if (!read_address(visit, sa, &len))
		return false;
	request_begin(request, visit->fd, (struct sockaddr *)sa, len);
	request_is_ruled(request, direction);
	return true;
}

/*
 * The program makes this connect() over TCP itself, and we are not told how it
 * ends. We don't make it for the program: what forbids it there (Landlock, a
 * control group) would not forbid it to us.
 */
static long let_connect(const struct visit *visit)
{
	known_add(visit->cookie, KNOWN_UNSURE);
	return GO_ON;
}

static long connect_told(const struct visit *visit,
			 const struct request *request)
{
	struct report report;
	long r;
	int tag;

	report_begin(&report);
	r = report_end(&report, REPORT_CONNECT, visit->fd, request->sa,
		       request->len,
		       connect_socket(visit->fd, request->sa, request->len));
	tag = report_is_on && r == -EINPROGRESS ? tag_read(visit->fd) : -1;
	if (tag >= 0 && (tag & TAG_REFUSED)) { /* we don't see the poll() */
		report_begin(&report);
		report_end(&report, REPORT_CONNECT, visit->fd, request->sa,
			   request->len, -ECONNREFUSED);
	}
	return r;
}

static long connect_waiting(struct visit *visit, const struct request *request)
{
	long r;

	parked_wait(visit);
	r = connect_told(visit, request);
	parked_done(visit);
	return r == -EINTR && visit->stop ? visit->stop : r;
}

static long bind_told(const struct visit *visit, const struct request *request)
{
	struct report report;

	report_begin(&report);
	return report_end(&report, REPORT_BIND, visit->fd, request->sa,
			  request->len,
			  bind_socket(visit->fd, request->sa, request->len));
}

long serve_told_left(const struct visit *visit, long r)
{
	int nr = visit->notice.is.data.nr;
	struct sockaddr_storage sa;
	struct report report;
	socklen_t len;

	if (!report_is_on || r != GO_ON ||
	    (nr != SYS_connect && nr != SYS_bind) ||
	    !read_address(visit, &sa, &len))
		return r;
	report_begin(&report);
	return report_end(&report,
			  nr == SYS_bind ? REPORT_BIND : REPORT_CONNECT,
			  visit->fd, (struct sockaddr *)&sa, len, REPORT_LEFT);
}

/* Where some share a port, those that have gone are seen to before the call. */
static void see_listeners(void)
{
	if (listeners_any_quiet)
		heirs_look();
}

/* connect(AF_UNSPEC) of a listener leaves its port to another one. */
static void see_others(const struct visit *visit)
{
	if (listeners_any_quiet && visit_is_ours(visit))
		listeners_find(-1);
}

long serve_connect(struct visit *visit)
{
	struct sockaddr_storage sa;
	struct request request;

	if (!read_request(visit, &sa, &request, MAP_CONNECT))
		return GO_ON;
	if (!visit_is_ours(visit) && !request_has_rule(&request)) {
		serve_lookup_connect(visit);
		return let_connect(visit);
	}
	see_listeners();
	see_others(visit);
	return connect_waiting(visit, &request); /* in any case: attempt.c */
}

/*
 * Of datagrams or packets, to the name of a stream: see connect_other() in
 * redirect/calls/connect.c. A socket that is not the program's looks first
 * whether anybody is there: EPROTOTYPE would be one of packets.
 */
static bool is_streams_alone(const struct visit *visit,
			     const struct request *request)
{
	int type = ask_option(visit->fd, SOL_SOCKET, SO_TYPE), fd, r;

	if (request_family(request) != AF_UNIX || !request_has_rule(request) ||
	    request->answer.verdict == MAP_REFUSE ||
	    (type != SOCK_DGRAM && type != SOCK_SEQPACKET))
		return false;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	r = place_connect(fd, request->sa, request->len) ? errno : 0;
	close(fd);
	return r == ECONNREFUSED || r == ENOENT;
}

long serve_other_connect(struct visit *visit)
{
	struct sockaddr_storage sa;
	struct request request;

	if (read_request(visit, &sa, &request, MAP_CONNECT) &&
	    is_streams_alone(visit, &request))
		return -EPROTOTYPE;
	return serve_lookup_connect(visit);
}

/* The kernel asks the one who binds, and that would be us. */
static bool may_bind(const struct visit *visit, const struct request *request)
{
	return request->answer.verdict != MAP_VSOCK || !request->to.port ||
	       request->answer.port >= PRIVILEGED_PORTS ||
	       task_is_capable(visit->tid, CAP_NET_BIND_SERVICE);
}

/* Whether the kernel may choose a port that a rule names. */
static bool may_be_chosen(const struct request *request)
{
	return request->to.addr.family != AF_UNSPEC && !request->to.port &&
	       map_may_reach(table_get(), MAP_LISTEN, &request->to.addr);
}

/*
 * The TCP socket that was under the number may be another process's, too, which
 * has it bound by this one (authbind), and whose listen() will go by that.
 */
static long bind_both(struct visit *visit, const struct request *request)
{
	int tcp = fcntl(visit->fd, F_DUPFD_CLOEXEC, 0);
	uint64_t before = visit->cookie;
	long r = bind_told(visit, request);

	if (!r && visit->cookie != before &&
	    request_family(request) != AF_UNIX &&
	    !bind(tcp, request->sa, request->len))
		known_add(before, HINT_BOUND | HINT_UNDONE);
	if (tcp >= 0)
		close(tcp);
	return r;
}

long serve_bind(struct visit *visit)
{
	struct sockaddr_storage sa, any;
	struct request request = {.to.addr.family = AF_UNSPEC};

	if (!read_request(visit, &sa, &request, MAP_LISTEN))
		return GO_ON;
	if (bind_is_any(request.sa, request.len, &any)) {
		request_begin(&request, visit->fd, (struct sockaddr *)&any,
			      request.len);
		request_is_ruled(&request, MAP_LISTEN);
	}
	if (!visit_is_ours(visit) && !request_has_rule(&request) &&
	    !may_be_chosen(&request)) {
		known_add(visit->cookie, HINT_BOUND);
		return GO_ON;
	}
	if (!may_bind(visit, &request))
		return -EACCES;
	see_listeners();
	return visit_is_ours(visit) ? bind_told(visit, &request)
				    : bind_both(visit, &request);
}

/* A listener may have changed places with another of its port meanwhile. */
static void add_heirs(const struct visit *visit)
{
	heirs_add(visit->fd);
	for (unsigned i = 0; i < visit->n_others; i++)
		heirs_add(visit->others[i].fd);
}

/*
 * listen() of a socket that no rule has bound: it may get a port that a rule
 * names.
 */
long serve_listen(struct visit *visit)
{
	long r;

	if (visit_is_ours(visit)) {
		see_listeners();
		listeners_find(visit->fd);
	}
	r = listen_socket(visit->fd, (int)visit->args[1]);
	if (!r && listeners_any_quiet)
		add_heirs(visit);
	return r;
}

/*
 * The engine has kept SHUT_RD from the kernel, which would tell the peer, and
 * then has recv() answer by that (redirect/state/shut_state.h). Here recv() is
 * the kernel's: it is to end, for those who sleep in it, too, and a peer that
 * writes on hears EPIPE. What has come before can be read still.
 */
static void shut_reading(int fd)
{
	char c;

	if (ask_connected(fd) && recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
		shutdown(fd, SHUT_RD);
}

/* Another thread may be in connect(), with a duplicate of its own. */
long serve_shutdown(struct visit *visit)
{
	int waiting;
	long r;

	if (!visit_is_ours(visit))
		return GO_ON;
	waiting = parked_connect(visit->cookie);
	if (waiting >= 0)
		hint_add(visit->fd, HINT_CONNECTING);
	r = shutdown_socket(visit->fd, (int)visit->args[1]);
	if (waiting >= 0 && (hint_get(visit->fd) & HINT_GIVEN_UP))
		hold_give_up(waiting);
	if (!r && visit->args[1] == SHUT_RD)
		shut_reading(visit->fd);
	return r;
}
