/* SPDX-License-Identifier: MIT */
/*
 * From plain to client: see attempt.h. One connect() may take several tries,
 * each with a vsock socket of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/time.h>

#include "redirect/calls/attempt.h"
#include "redirect/calls/request.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/clock.h"
#include "redirect/kernel/diag.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/kernel/wait.h"
#include "redirect/report/report.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/state/tag.h"
#include "redirect/swap/facts.h"
#include "redirect/swap/make.h"
#include "redirect/swap/swap.h"
#include "redirect/swap/undo.h"
#include "vsock/vm_sockets.h"

#define DEFAULT_TIMEOUT_MS 30000
#define UNIX_TIMEOUT_MS	   2000

/* ---- waiting ----------------------------------------------------------- */

static void set_kernel_time(int fd, uint32_t ms)
{
	struct timeval time = {ms / 1000, ms % 1000 * 1000};

	real()->setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &time,
			   sizeof(time));
}

/*
 * It is asked even where poll() shows no POLLERR: vsock_poll() looks for an
 * error before it takes the socket's lock, and at its state after that, so that
 * a try which fails meanwhile is writable and no more.
 */
static int end_of_attempt(int fd)
{
	return -errors_connect(ask_error(fd));
}

/*
 * Waits for the end of an attempt. The kernel ends it after the timeout that
 * was set; a signal ends only the waiting, as connect(2) has it, and
 * SO_SNDTIMEO gives EINPROGRESS (socket(7)).
 */
static int wait_attempt(int fd, int timeout_ms)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};
	int r = wait_whole(&pollfd, timeout_ms);

	if (r > 0)
		return end_of_attempt(fd);
	return r ? r : -EINPROGRESS;
}

int attempt_wait(int fd)
{
	return wait_attempt(fd, ask_timeout(fd, SO_SNDTIMEO));
}

/* ---- one try ------------------------------------------------------------- */

/* Flags of the address that is dialled. */
static int flags_of(const struct request *request,
		    const struct tcp_facts *facts)
{
	int flags = TAG_CLIENT;

	if (facts->family == AF_INET6 && request->to.addr.family == AF_INET)
		flags |= TAG_MAPPED;
	if ((facts->status & O_NONBLOCK) && facts->family != AF_UNIX)
		flags |= TAG_PENDING;
	return flags;
}

/* What one connect() takes from one try to the next. */
struct attempt {
	const struct request *request;
	struct hold *hold; /* of its number */
	const struct tcp_facts *facts;
	int send_ms;  /* SO_SNDTIMEO, or -1 */
	int own_flag; /* TAG_OWN: it is bound, to facts->name */
};

static bool is_nonblocking(const struct attempt *a)
{
	return a->facts->status & O_NONBLOCK;
}

/*
 * connect() of AF_UNIX is done when it returns, and says EAGAIN where it would
 * have to wait: few programs expect EINPROGRESS of it. So it is waited for by
 * non-blocking sockets, too: vsock's answer comes within a millisecond, unless
 * the machine is stopped.
 */
static bool is_unix(const struct attempt *a)
{
	return a->facts->family == AF_UNIX;
}

static bool is_quick(const struct attempt *a)
{
	return is_unix(a) && is_nonblocking(a);
}

static bool waits(const struct attempt *a)
{
	return !is_nonblocking(a) || is_unix(a);
}

static void restore_blocking(const struct attempt *a, int fd)
{
	if (!is_nonblocking(a))
		real()->fcntl(fd, F_SETFL, 0);
}

/* How long one try may take, or all of them. */
static uint32_t timeout_of(const struct attempt *a)
{
	if (a->request->answer.timeout_ms)
		return a->request->answer.timeout_ms;
	return is_quick(a) ? UNIX_TIMEOUT_MS : DEFAULT_TIMEOUT_MS;
}

/* Where it was not set the kernel need not be asked. */
static int known_send_timeout(int fd, unsigned hints)
{
	return carry_may_be_set(hints, SOL_SOCKET, SO_SNDTIMEO)
		       ? ask_timeout(fd, SO_SNDTIMEO)
		       : -1;
}

/*
 * The address that the socket is bound to, for getsockname(): kept for the
 * socket that is under the number by now.
 */
static void keep_own(const struct attempt *a)
{
	if (a->own_flag)
		remembered_put_name(remembered_cookie(hold_socket(a->hold)),
				    MEMORY_OWN, &a->facts->name);
}

/* To be told of as TCP tells it: by poll(), SO_ERROR, the next connect(). */
static int put_off_refusal(int *fd)
{
	int refused = make_refused(*fd);

	if (refused < 0)
		return -ECONNREFUSED;
	own_close(*fd);
	*fd = refused;
	return -EINPROGRESS;
}

static void close_it(void *fd)
{
	own_close(*(int *)fd);
}

/* Nobody else knows of the socket, if the thread is cancelled meanwhile. */
static int ask_monitor(const struct attempt *a, int fd)
{
	int r;

	pthread_cleanup_push(close_it, &fd);
	r = hybrid_connect(fd, &a->request->answer, !waits(a), a->send_ms);
	pthread_cleanup_pop(0);
	return r;
}

/* Takes fd. */
static int take_hybrid(const struct attempt *a, int fd, int r)
{
	int swapped;

	if (r == -ECONNREFUSED && !waits(a))
		r = put_off_refusal(&fd);
	if (r && r != -EINPROGRESS) {
		own_close(fd);
		return r;
	}
	restore_blocking(a, fd);
	swapped = swap_in(a->hold, fd, a->facts);
	if (swapped && !a->hold->lost) {
		own_close(fd);
		return swapped;
	}
	hold_own(a->hold, fd);
	keep_own(a);
	return r;
}

/* A monitor's answer is part of its connect(). */
static int start_hybrid(const struct attempt *a, int fd)
{
	hold_know(a->hold);
	return take_hybrid(a, fd, ask_monitor(a, fd));
}

static int dial(const struct attempt *a, int fd)
{
	const struct map_answer *answer = &a->request->answer;
	int r;

	keep_own(a);
	if (a->own_flag) /* the peer shows it, where it can be had */
		vsock_call_bind(fd, VMADDR_CID_ANY, a->facts->name.port);
	r = vsock_call_connect(fd, answer->cid, answer->port);
	restore_blocking(a, fd);
	return r;
}

/*
 * Dials with the new socket under the program's number; where another thread
 * has closed that meanwhile, with the socket alone: the peer is told all the
 * same.
 */
static int swap_and_dial(const struct attempt *a, int fd)
{
	struct swap swap;
	int swapped, r;

	swap_prepare(&swap, a->hold, fd, a->facts->status,
		     facts_hints(a->facts));
	swapped = swap_begin(&swap);
	if (swapped && !a->hold->lost) {
		own_close(fd);
		return swapped;
	}
	hold_own(a->hold, fd);
	r = dial(a, fd);
	if (!swapped)
		swap_end(&swap);
	return r;
}

/* Begins: 0, -EINPROGRESS or another error. */
static int start_vsock(const struct attempt *a, int fd)
{
	int r;

	set_kernel_time(fd, timeout_of(a));
	r = swap_and_dial(a, fd);
	return r == -EINPROGRESS ? r : -errors_connect(-r);
}

/* The kernel ends it in time, whatever signals come. */
static int wait_for_end(const struct attempt *a)
{
	int r;

	do
		r = wait_attempt(hold_socket(a->hold), a->send_ms);
	while (r == -EINTR && is_quick(a));
	return r == -EINPROGRESS && is_unix(a) ? -EAGAIN : r;
}

static int refusal_ms;
static int (*make_refusal)(int family);

void attempt_show_refusals(int ms, int (*make)(int family))
{
	refusal_ms = ms;
	make_refusal = make;
}

/* Its error has been taken; what the program reads it from is another socket. */
static int show_refusal(const struct attempt *a)
{
	int fd = hold_socket(a->hold), tag = tag_read(fd);
	int to = tag < 0 ? tag : make_refusal(a->facts->family);

	if (to >= 0)
		to = make_like(fd, to, tag | TAG_REFUSED);
	return to < 0 || swap_replace(a->hold, to) ? -ECONNREFUSED
						   : -EINPROGRESS;
}

static int wait_a_moment(const struct attempt *a)
{
	int r = wait_attempt(hold_socket(a->hold), refusal_ms);

	if (r == -ECONNREFUSED)
		r = show_refusal(a);
	return r == -EINTR || !r ? -EINPROGRESS : r;
}

static int try_once(const struct attempt *a, int fd)
{
	int r;

	if (fd < 0)
		return fd;
	if (map_is_hybrid(a->request->answer.verdict))
		return start_hybrid(a, fd);
	r = start_vsock(a, fd);
	if (r != -EINPROGRESS)
		return r;
	if (waits(a))
		return wait_for_end(a);
	return make_refusal ? wait_a_moment(a) : r;
}

/* ---- and more of them ---------------------------------------------------- */

/* How long a blocking connect() may still try. */
struct patience {
	long ms, end_ms; /* 0: it has not begun */
	int on_end;	 /* what it says then */
	int attempt;
};

static void patience_start(struct patience *patience, const struct attempt *a)
{
	patience->ms = a->send_ms > 0 ? a->send_ms : (long)timeout_of(a);
	patience->end_ms = 0;
	patience->on_end = a->send_ms >= 0 ? -EINPROGRESS : -ETIMEDOUT;
	if (is_unix(a) && patience->on_end == -EINPROGRESS)
		patience->on_end = -EAGAIN;
	patience->attempt = 0;
}

/* 2, 4, 8 ... 128 ms. 0, or -EINTR as connect() has it. */
static int patience_pause(struct patience *patience)
{
	long end = now_ms() + (2L << patience->attempt), left;
	struct pollfd nothing = {.fd = -1};
	int r = 0;

	if (patience->attempt < 6)
		patience->attempt++;
	while ((left = end - now_ms()) > 0 && r != -EINTR)
		r = wait_poll(&nothing, left);
	return r == -EINTR ? r : 0;
}

/* Six tries where the kernel does not tell whether anybody listens there. */
static bool patience_is_over(struct patience *patience, enum diag_answer queue)
{
	if (queue == DIAG_UNKNOWN)
		return patience->attempt == 6;
	return queue == DIAG_NOBODY;
}

/* Whether shutdown() in another thread has ended it: see shutdown.c. */
static bool is_given_up(const struct attempt *a)
{
	return hold_is_given_up(a->hold);
}

/*
 * connect() is left while no try is under way. The program may wait for its
 * end by poll() and SO_ERROR: the last try's was taken, and a socket without
 * one looks connected there. So another begins, which has an end of its own.
 * `r` is what connect() says, unless that fails.
 */
static int leave_trying(const struct attempt *a, int r)
{
	int fd, begun;

	if (is_given_up(a))
		return r;
	fd = make_again(hold_socket(a->hold));
	begun = fd < 0 ? fd : start_vsock(a, fd);
	return begun == -EINPROGRESS ? r : begun;
}

/*
 * A full queue is refused like a port where nobody listens; TCP lets the
 * client of a full queue wait. *r is what connect() says if this is false.
 */
static bool try_again(const struct attempt *a, struct patience *patience,
		      int *r)
{
	const struct map_answer *answer = &a->request->answer;
	enum diag_answer queue;

	if (*r != -ECONNREFUSED || answer->verdict != MAP_VSOCK)
		return false;
	queue = diag_ask(answer->cid, answer->port);
	if (patience_is_over(patience, queue))
		return false;
	if (!patience->end_ms)
		patience->end_ms = now_ms() + patience->ms;
	if (queue == DIAG_LISTENER && now_ms() >= patience->end_ms)
		*r = patience->on_end;
	else if (patience_pause(patience) && !is_quick(a))
		*r = -EINTR;
	if (*r == -EINTR || *r == -EINPROGRESS)
		*r = leave_trying(a, *r);
	return *r == -ECONNREFUSED;
}

/* The program has not been told the end: connect() will be asked again. */
static void mark_pending(int fd)
{
	int tag = tag_read(fd);

	if (tag >= 0)
		tag_write(fd, tag | TAG_PENDING);
}

/* What is left under the number after the last try. */
static void settle(const struct attempt *a, int r)
{
	int fd = hold_socket(a->hold), tag;

	if (!r || (r == -EINPROGRESS && !waits(a)) || a->hold->lost)
		return;
	if (waits(a) && (r == -EINTR || r == -EINPROGRESS)) {
		mark_pending(fd);
		return;
	}
	tag = tag_read(fd);
	if (tag >= 0 && undo_redirect(a->hold, tag))
		mark_pending(fd); /* for the next connect() */
}

/* TCP says ECONNRESET then (tcp_disconnect() in net/ipv4/tcp.c). */
static int try_for_long(const struct attempt *a, int fd)
{
	struct patience patience;
	int r;

	hold_connecting(a->hold, true);
	patience_start(&patience, a);
	r = try_once(a, fd);
	while (!is_given_up(a) && try_again(a, &patience, &r))
		r = is_given_up(a)
			    ? -ECONNRESET
			    : try_once(a, make_again(hold_socket(a->hold)));
	if (is_given_up(a) && r != -EINTR)
		r = -ECONNRESET;
	hold_connecting(a->hold, false);
	return r;
}

int attempt_connect(struct request *request, struct tcp_facts *facts)
{
	struct attempt a = {
		.request = request,
		.hold = &request->hold,
		.facts = facts,
	};
	int flags, fd, r;

	pthread_testcancel();
	a.send_ms = is_quick(&a)
			    ? (int)timeout_of(&a)
			    : known_send_timeout(request->fd, facts->hints);
	if (facts_is_bound(request->fd, facts))
		a.own_flag = TAG_OWN;
	flags = flags_of(request, facts) | a.own_flag;
	fd = make_redirected(request->fd, facts, &request->answer, flags,
			     &request->to);
	r = waits(&a) ? try_for_long(&a, fd) : try_once(&a, fd);
	if (r == -ETIMEDOUT && is_quick(&a))
		r = -EAGAIN;
	settle(&a, r);
	report_connect(&request->to, &request->answer, r);
	return r;
}
