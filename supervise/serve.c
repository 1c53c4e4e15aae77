/* SPDX-License-Identifier: MIT */
/*
 * One call, from its notification to its answer:
 *
 *  - A duplicate of the program's descriptor is taken (task.c). It is the same
 *    socket, so all that the kernel keeps of it is there: the engine works on it
 *    as it does on a number of its own process.
 *  - What this tree has done to the socket is looked up (known.c), and becomes
 *    the hints of the duplicate's number.
 *  - The call is served (serve_*.c), by the engine where the socket is redirected
 *    or a rule names the address, else by the kernel (GO_ON).
 *  - Where the engine puts another socket under the duplicate, it is put under
 *    the program's number, too (put.c).
 *  - The duplicate is closed, and only then is the call answered: a program that
 *    closes its socket at once would else leave it open for a moment.
 *
 * Where we may not look at the program (another user's, PR_SET_DUMPABLE),
 * what could lead to TCP fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect/kernel/ask.h"
#include "redirect/report/report.h"
#include "redirect/report/sink.h"
#include "redirect/state/hints.h"
#include "redirect/state/listeners.h"
#include "redirect/state/remembered.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "supervise/known.h"
#include "supervise/others.h"
#include "supervise/parked.h"
#include "supervise/serve.h"
#include "supervise/task.h"
#include "supervise/visit.h"

/*
 * Not of the socket: what belongs to a thread in connect(), and is asked of it
 * (parked.c); and that the number was seen to have no tag.
 */
#define OF_THIS_CALL (HINT_CONNECTING | HINT_GIVEN_UP | HINT_OTHER)

static const struct service {
	int nr;
	unsigned n_args;
	long (*serve)(struct visit *visit);
	long blind; /* the result where we may not look */
} services[] = {
	{SYS_connect, 3, serve_connect, -EACCES},
	{SYS_bind, 3, serve_bind, -EACCES},
	{SYS_listen, 2, serve_listen, -EACCES},
	{SYS_sendto, 6, serve_sendto, GO_ON},
	{SYS_sendmsg, 3, serve_sendmsg, -EACCES},
	{SYS_sendmmsg, 4, serve_sendmsg, -EACCES},
	{SYS_accept, 3, serve_accept, GO_ON},
	{SYS_accept4, 4, serve_accept, GO_ON},
	{SYS_getsockname, 3, serve_getsockname, GO_ON},
	{SYS_getpeername, 3, serve_getpeername, GO_ON},
	{SYS_getsockopt, 5, serve_getsockopt, GO_ON},
	{SYS_setsockopt, 5, serve_setsockopt, GO_ON},
	{SYS_shutdown, 2, serve_shutdown, GO_ON},
	{SYS_recvmsg, 3, serve_recvmsg, GO_ON},
	{SYS_recvmmsg, 5, serve_recvmsg, GO_ON},
	{SYS_recvfrom, 6, serve_recvfrom, GO_ON},
	{SYS_ioctl, 3, serve_ioctl, GO_ON},
	{SYS_fcntl, 3, serve_fcntl, GO_ON},
	{SYS_dup, 1, serve_dup, GO_ON},
#ifdef SYS_dup2
	{SYS_dup2, 2, serve_dup, GO_ON},
#endif
	{SYS_dup3, 3, serve_dup, GO_ON},
};

static const struct service *service_of(int nr)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (services[i].nr == nr)
			return &services[i];
	return NULL;
}

/* ---- what the socket is -------------------------------------------------- */

/* flags: what it was made as. */
static unsigned of_new(const struct visit *visit, unsigned flags)
{
	if ((visit->flags || !known_is_new(visit->cookie)) &&
	    tag_read(visit->fd) >= 0) /* one that was refused */
		return HINT_REDIRECTED;
	if (visit->flags || !known_is_new(visit->cookie))
		return flags | KNOWN_UNSURE | KNOWN_COPIED;
	return flags | HINT_BORN;
}

/* Seen for the first time. */
static unsigned classify(const struct visit *visit)
{
	int family = ask_option(visit->fd, SOL_SOCKET, SO_DOMAIN);

	if (family == AF_UNIX && table_has_unix() && tag_read(visit->fd) < 0 &&
	    ask_option(visit->fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM)
		return of_new(visit, HINT_UNIX);
	if (family != AF_INET && family != AF_INET6)
		return tag_read(visit->fd) < 0 ? HINT_OTHER : HINT_REDIRECTED;
	if (ask_option(visit->fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP)
		return HINT_OTHER | (visit->flags ? KNOWN_COPIED : 0);
	return of_new(visit, family == AF_INET6 ? HINT_V6 : 0);
}

static unsigned hints_of(unsigned flags)
{
	if (flags & KNOWN_UNSURE)
		flags &= ~HINT_BORN;
	return flags & ~(KNOWN_COPIED | KNOWN_UNSURE | KNOWN_SEEN);
}

/* False: no socket, or none that a rule can name, and none of ours. */
static bool look_at_socket(struct visit *visit)
{
	if (!visit->cookie)
		return serve_dup_of_set(visit);
	visit->flags = known_get(visit->cookie);
	if (!visit->flags || (visit->flags & KNOWN_INHERITED)) {
		visit->flags = classify(visit);
		known_put(visit->cookie, visit->flags);
	}
	hint_reset(visit->fd, hints_of(visit->flags));
	listeners_forget(visit->fd);
	return !(visit->flags & HINT_OTHER);
}

/* Keeps with the socket (known.c) what the engine has noted in this call. */
static void keep(const struct visit *visit, uint64_t before)
{
	unsigned now = hint_get(visit->fd) & ~OF_THIS_CALL;

	if (visit->cookie != before)
		known_put(visit->cookie, now | (visit->flags & KNOWN_COPIED));
	else if (now != hints_of(visit->flags))
		known_put(visit->cookie,
			  now | (visit->flags & (KNOWN_COPIED | KNOWN_UNSURE)));
}

/* ---- one call ------------------------------------------------------------ */

static long complain_blind(const struct service *service)
{
	static bool said;

	if (service->blind != GO_ON)
		sink_complain(&said,
			      "a program that may not be looked at (another "
			      "user's, or not dumpable: prctl(2)) is refused "
			      "its connections; as root it would be served");
	return service->blind;
}

static long without_descriptor(const struct service *service, int error)
{
	if (error == -EBADF || error == -ESRCH)
		return GO_ON;
	if (error == -EMFILE || error == -ENFILE || error == -ENOMEM)
		return service->blind == GO_ON ? GO_ON : -ENOBUFS;
	return complain_blind(service);
}

/* connect() and bind() are told of where their address is known. */
static int report_of(int nr)
{
	switch (nr) {
	case SYS_listen:
		return REPORT_LISTEN;
	case SYS_accept:
	case SYS_accept4:
		return REPORT_ACCEPT;
	case SYS_shutdown:
		return REPORT_SHUTDOWN;
	case SYS_getpeername:
		return REPORT_GETPEERNAME;
	default:
		return -1;
	}
}

static long serve_told(struct visit *visit, const struct service *service)
{
	int call = report_is_on ? report_of(service->nr) : -1;
	struct report report;
	long r;

	if (call < 0)
		return service->serve(visit);
	report_begin(&report);
	r = service->serve(visit);
	if (r == GO_ON)
		return r;
	return report_end(&report, (enum report_call)call, visit->fd, NULL,
			  (socklen_t)visit->args[1], r);
}

/* A socket that no rule can name, and none of ours. */
static long serve_other_call(struct visit *visit)
{
	switch (visit->notice.is.data.nr) {
	case SYS_connect:
		return serve_other_connect(visit);
	case SYS_sendto:
		return serve_lookup_sendto(visit);
	case SYS_sendmmsg:
		return serve_lookup_sendmmsg(visit);
	case SYS_dup:
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
		return serve_dup(visit);
	case SYS_fcntl:
		return serve_fcntl(visit);
	default:
		return GO_ON;
	}
}

static long serve_other(struct visit *visit)
{
	long r;

	visit_now = visit;
	r = serve_told_left(visit, serve_other_call(visit));
	visit_now = NULL;
	sets_restore(&visit->sets);
	return r;
}

static long serve_socket(struct visit *visit, const struct service *service)
{
	uint64_t before;
	long r;

	if (!look_at_socket(visit))
		return visit->cookie ? serve_other(visit) : GO_ON;
	before = visit->cookie;
	visit_now = visit;
	r = serve_told_left(visit, serve_told(visit, service));
	visit_now = NULL;
	keep(visit, before);
	sets_restore(&visit->sets);
	others_close(visit);
	return r;
}

static long serve_descriptor(struct visit *visit, const struct service *service)
{
	long r = -EINTR;

	visit->fd = task_descriptor(visit->tid, visit->number);
	if (visit->fd < 0)
		return without_descriptor(service, visit->fd);
	if (notice_is_valid(&visit->notice)) {
		visit->cookie = remembered_cookie(visit->fd);
		parked_enter(visit);
		r = serve_socket(visit, service);
	}
	close(visit->fd);
	visit->fd = -1;
	return r;
}

static long serve_in_turn(struct visit *visit, const struct service *service)
{
	long r;

	if (service->nr != SYS_connect && service->nr != SYS_bind)
		return serve_descriptor(visit, service);
	if (!parked_take_turn(visit))
		return visit->stop;
	r = serve_descriptor(visit, service);
	parked_end_turn(visit);
	return r;
}

static long serve_new_set(struct visit *visit)
{
	parked_enter(visit);
	return serve_epoll_create(visit);
}

static bool makes_set(int nr)
{
#ifdef SYS_epoll_create
	if (nr == SYS_epoll_create)
		return true;
#endif
	return nr == SYS_epoll_create1;
}

/* A call without a descriptor among its arguments. */
static long serve_nameless(struct visit *visit)
{
	static const struct service moving = {-1, 2, serve_moved, GO_ON};

	if (makes_set(visit->notice.is.data.nr))
		return serve_new_set(visit);
	visit->number = serve_moved_number(visit);
	return visit->number < 0 ? GO_ON : serve_descriptor(visit, &moving);
}

/*
 * A connect() that has ended for a caller who has left for a signal, and calls
 * again later: that is told the end once, not that there is a connection.
 */
static void note_untold(const struct visit *visit)
{
	int fd = task_descriptor(visit->tid, visit->number);
	int tag = fd < 0 ? -1 : tag_read(fd);

	if (tag >= 0 && (tag & TAG_CLIENT))
		tag_write(fd, tag | TAG_PENDING);
	if (fd >= 0)
		close(fd);
}

void serve_visit(struct visit *visit)
{
	const struct seccomp_notif *notice = &visit->notice.is;
	const struct service *service = service_of(notice->data.nr);
	long r;

	visit->args = notice->data.args;
	visit->tid = (pid_t)notice->pid;
	visit->number = (int)visit->args[0];
	visit->n_others = 0;
	visit->sets.n = 0;
	visit->stop = 0;
	visit->waits = 0;
	visit->cookie = 0;
	visit->is_entered = false;
	visit->is_sure = false;
	visit->n_args = service ? service->n_args : 1;
	r = service ? serve_in_turn(visit, service) : serve_nameless(visit);
	if (r == GO_ON) {
		parked_leave(visit);
		notice_go_on(&visit->notice);
	} else if (!parked_answer(visit, r) && !r &&
		   notice->data.nr == SYS_connect) {
		note_untold(visit);
	}
}
