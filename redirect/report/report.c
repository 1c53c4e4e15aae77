/* SPDX-License-Identifier: MIT */
/* What is told, and to whom; report_line.c writes it: see report.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/usermem.h"
#include "redirect/report/probes.h"
#include "redirect/report/report.h"
#include "redirect/report/report_line.h"
#include "redirect/report/sink.h"
#include "redirect/state/address.h"
#include "redirect/state/hints.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

/*
 * The numbers that the log's and the trace's files are held at: above those
 * that most programs use, and within the lowest limits that are usual.
 */
enum { LOG_NUMBER = 250, TRACE_NUMBER = 251 };

bool report_is_on;

static bool sees_poll;

static struct sink log_sink, trace_sink;
static enum report_style trace_style = REPORT_WHOLE;

/* A value, not a pointer to a caller's frame: siglongjmp(3) may leave that. */
static __thread struct report_note note;

void report_init(bool polls)
{
	const char *no_color = getenv("NO_COLOR");

	sees_poll = polls;
	sink_note_stderr();
	sink_init(&log_sink, "TCP2VSOCK_LOG", LOG_NUMBER);
	sink_init(&trace_sink, "TCP2VSOCK_TRACE", TRACE_NUMBER);
	report_is_on = log_sink.kind != SINK_NOWHERE ||
		       trace_sink.kind != SINK_NOWHERE;
	if (sink_is_terminal(&trace_sink) && !(no_color && *no_color))
		trace_style = REPORT_COLOURED;
}

static long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

/* ---- on the way ---------------------------------------------------------- */

static void keep_note(const struct endpoint *to,
		      const struct map_answer *answer)
{
	if (!report_is_on)
		return;
	note.is_ruled = true;
	note.to = *to;
	note.answer = *answer;
}

void report_connect(const struct endpoint *to, const struct map_answer *answer,
		    int r)
{
	PROBE4(connect, to->port, answer->cid, answer->port, -r);
	keep_note(to, answer);
}

void report_bind(const struct endpoint *to, const struct map_answer *answer,
		 int r)
{
	PROBE4(bind, to->port, answer->cid, answer->port, -r);
	keep_note(to, answer);
}

void report_accept(const struct endpoint *own, const struct endpoint *shown,
		   const struct map_answer *from)
{
	keep_note(own, from);
	note.peer = *shown;
}

/* ---- what was done ------------------------------------------------------- */

static enum report_way way_of(int fd)
{
	int protocol;

	if (tag_read(fd) >= 0)
		return WAY_REDIRECTED;
	protocol = ask_option(fd, SOL_SOCKET, SO_PROTOCOL);
	if (protocol < 0)
		return WAY_UNKNOWN;
	if (protocol == IPPROTO_TCP)
		return WAY_TCP;
	return protocol == IPPROTO_UDP ? WAY_UDP : WAY_OTHER;
}

/* connect() and bind(). Another family's address is not our business. */
static bool judge_call(struct report_event *event, const struct sockaddr *sa,
		       socklen_t len)
{
	struct endpoint *asked = &event->asked;

	if (len > sizeof(struct sockaddr_storage) ||
	    !usermem_readable(sa, len) || !address_read(asked, sa, len))
		return false;
	map_lookup(table_get(),
		   event->what == REPORT_BIND ? MAP_LISTEN : MAP_CONNECT,
		   &asked->addr, asked->port, &event->known);
	event->way = event->note.is_ruled ? WAY_RULED : way_of(event->fd);
	if (event->way == WAY_OTHER && asked->addr.family == AF_UNIX)
		event->way = WAY_UNIX;
	return true;
}

static bool is_under_way(long r)
{
	return r == -EINPROGRESS || r == -EALREADY || r == -EINTR ||
	       r == REPORT_LEFT;
}

/* Whether this call has told the program that its connect() has ended. */
static bool tells_end(const struct report_event *event)
{
	int fd = event->fd;

	switch (event->what) {
	case REPORT_CONNECT:
		return !event->note.is_ruled && !is_under_way(event->r);
	case REPORT_SO_ERROR:
		return event->r < 0 || ask_connected(fd);
	case REPORT_POLL:
		return true;
	case REPORT_GETPEERNAME:
		return event->r == 0 ||
		       (event->r == -ENOTCONN && !ask_connecting(fd));
	default:
		return false;
	}
}

/* The second connect() may have put a TCP socket under the number again. */
static bool find_dialled(struct report_event *event)
{
	struct report_note *dialled = &event->note;

	if (event->what == REPORT_CONNECT)
		dialled->to = event->asked;
	else if (tag_read_named(event->fd, &dialled->to) < 0)
		return false;
	map_lookup(table_get(), MAP_CONNECT, &dialled->to.addr,
		   dialled->to.port, &dialled->answer);
	return true;
}

/* poll() does not say why: that is told, too, when the program asks. */
static bool is_untold(const struct report_event *event)
{
	int tag;

	if (hint_get(event->fd) & HINT_UNTOLD)
		return true;
	if (!sees_poll || event->what != REPORT_SO_ERROR || event->r == 0)
		return false;
	tag = tag_read(event->fd);
	return tag >= 0 && (tag & TAG_PENDING);
}

static void judge_end(struct report_event *event)
{
	int fd = event->fd;

	if (event->what == REPORT_CONNECT && event->note.is_ruled) {
		hint_remove(fd, HINT_UNTOLD);
		if (is_under_way(event->r))
			hint_add(fd, HINT_UNTOLD);
		return;
	}
	if (!is_untold(event) || !tells_end(event))
		return;
	hint_remove(fd, HINT_UNTOLD);
	event->is_end = find_dialled(event);
	if (event->is_end)
		event->way = WAY_RULED;
}

/* False: neither the log nor the trace has a line for it. */
static bool judge_event(struct report_event *event, const struct sockaddr *sa,
			socklen_t len)
{
	bool is_call =
		event->what == REPORT_CONNECT || event->what == REPORT_BIND;

	if (is_call && !judge_call(event, sa, len))
		return false;
	judge_end(event);
	return true;
}

/* ---- whom it is told ----------------------------------------------------- */

/* No rule is for it; or one would be, but the socket is no stream. */
static bool is_left_alone(const struct report_event *event)
{
	if (event->way == WAY_UNIX)
		return event->known.verdict >= MAP_REFUSE;
	return event->way == WAY_TCP && event->known.verdict == MAP_NONE;
}

static bool is_first_without_rule(const struct report_event *event)
{
	bool is_bind = event->what == REPORT_BIND;

	return (event->what == REPORT_CONNECT || is_bind) &&
	       is_left_alone(event) &&
	       sink_is_first(2 * (event->way == WAY_UNIX) + is_bind);
}

static bool is_for_log(const struct report_event *event)
{
	return event->note.is_ruled || event->is_end ||
	       is_first_without_rule(event);
}

/* EAGAIN is how an event loop finds out that it has them all. */
static bool is_for_trace(const struct report_event *event)
{
	if (event->what == REPORT_ACCEPT)
		return event->r != -EAGAIN;
	return event->is_end || (event->what != REPORT_GETPEERNAME &&
				 event->what != REPORT_POLL);
}

static void tell_one(const struct report_event *event, const struct sink *sink,
		     enum report_style style)
{
	struct line line;

	line.len = 0;
	if (report_line(&line, event, style))
		sink_write(sink, &line);
}

static void tell_all(const struct report_event *event)
{
	if (log_sink.kind != SINK_NOWHERE && is_for_log(event))
		tell_one(event, &log_sink, REPORT_SHORT);
	if (trace_sink.kind != SINK_NOWHERE && is_for_trace(event))
		tell_one(event, &trace_sink, trace_style);
}

void report_begin_slowly(struct report *report)
{
	report->start_ns = now_ns();
	report->outer_error = errors_kernel(0);
	report->outer = note;
	note.is_ruled = false;
}

static void restore(const struct report *report)
{
	errors_kernel(report->outer_error);
	note = report->outer;
}

void report_end_slowly(const struct report *report, enum report_call what,
		       int fd, const struct sockaddr *sa, socklen_t len, long r)
{
	struct report_event event = {
		.what = what,
		.fd = fd,
		.number = (int)len,
		.r = r,
		.took_ns = now_ns() - report->start_ns,
		.kernel_error = errors_kernel(0),
		.note = note,
	};
	int saved = errno;

	if (!sandbox_is_on() && judge_event(&event, sa, len))
		tell_all(&event);
	restore(report);
	errno = saved;
}

static bool is_numeric(const char *name)
{
	struct in6_addr addr;

	return inet_pton(AF_INET, name, &addr) == 1 ||
	       inet_pton(AF_INET6, name, &addr) == 1;
}

void report_looked_up(const struct report *report,
		      const struct report_lookup *lookup)
{
	long took_ns = now_ns() - report->start_ns;
	int saved = errno;
	struct line line;

	restore(report);
	if (trace_sink.kind == SINK_NOWHERE || sandbox_is_on() ||
	    !lookup->name || is_numeric(lookup->name))
		return;
	line.len = 0;
	report_line_lookup(&line, lookup, took_ns, trace_style);
	sink_write(&trace_sink, &line);
	errno = saved;
}
