/* SPDX-License-Identifier: MIT */
/* The words of a line: see report_line.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "redirect/kernel/errors.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/report/report_line.h"
#include "redirect/report/sink.h"
#include "redirect/state/table.h"

enum colour { PLAIN, RED, YELLOW };

/* A line of one event, in one style. */
struct writer {
	struct line *line;
	const struct report_event *event;
	bool is_short;
	bool is_coloured;
};

/* ---- parts --------------------------------------------------------------- */

static void add_words(struct writer *to, const char *text)
{
	line_add(to->line, text);
}

static void add_coloured(struct writer *to, enum colour colour,
			 const char *text)
{
	static const char *const codes[] = {"", "\033[31m", "\033[33m"};

	add_words(to, to->is_coloured ? codes[colour] : "");
	add_words(to, text);
	add_words(to, to->is_coloured && colour ? "\033[0m" : "");
}

/* UTC: the time zone's file can't be read in a signal handler. */
static void add_time(struct writer *to)
{
	struct timespec now;
	unsigned long s;

	clock_gettime(CLOCK_REALTIME, &now);
	s = now.tv_sec % 86400;
	line_add_digits(to->line, s / 3600, 2);
	add_words(to, ":");
	line_add_digits(to->line, s / 60 % 60, 2);
	add_words(to, ":");
	line_add_digits(to->line, s % 60, 2);
	add_words(to, ".");
	line_add_digits(to->line, now.tv_nsec / 1000, 6);
}

static void start_line(struct writer *to)
{
	struct sink_speaker speaker;

	if (to->is_short) {
		sink_start(to->line);
		return;
	}
	sink_speaker(&speaker, -1);
	add_time(to);
	add_words(to, " ");
	add_words(to, speaker.name);
	add_words(to, "[");
	line_add_number(to->line, speaker.pid);
	if (speaker.tid != speaker.pid) {
		add_words(to, "/");
		line_add_number(to->line, speaker.tid);
	}
	add_words(to, "]: ");
}

/* "connect ", or "connect(3", which end_call() closes. */
static void start_call(struct writer *to, const char *name)
{
	struct sink_speaker speaker;

	add_words(to, name);
	add_words(to, to->is_short ? " " : "(");
	if (to->is_short)
		return;
	sink_speaker(&speaker, to->event->fd);
	add_words(to, speaker.number < 0 ? "-1" : "");
	if (speaker.number >= 0)
		line_add_number(to->line, speaker.number);
}

static void end_call(struct writer *to)
{
	add_words(to, to->is_short ? "" : ")");
}

/*
 * Whether a line of the log has the reason of a failure: where the target is a
 * Unix socket, whose file may be missing, stale or forbidden.
 */
static bool tells_why(const struct writer *to)
{
	const struct report_note *note = &to->event->note;

	return note->is_ruled && map_is_hybrid(note->answer.verdict);
}

static void add_result(struct writer *to)
{
	long r = to->event->r;
	int kernel = to->event->kernel_error;

	if (r == REPORT_LEFT)
		return;
	add_words(to, to->is_short ? " " : ": ");
	if (to->event->what == REPORT_POLL)
		add_coloured(to, RED, "failed");
	else if (r >= 0)
		add_words(to, "ok");
	else
		add_coloured(to, r == -EINPROGRESS ? PLAIN : RED,
			     errors_name(-r));
	if (!kernel || kernel == -r || (to->is_short && !tells_why(to)))
		return;
	add_words(to, " (the kernel: ");
	add_words(to, errors_name(kernel));
	add_words(to, ")");
}

static void add_duration(struct writer *to, long took_ns)
{
	long us = took_ns / 1000;

	add_words(to, ", ");
	line_add_number(to->line, us / 1000);
	add_words(to, ".");
	line_add_digits(to->line, us % 1000, 3);
	add_words(to, " ms");
}

static void add_source(struct writer *to)
{
	const struct report_event *event = to->event;
	uint32_t number = event->way == WAY_RULED ? event->note.answer.rule
						  : event->known.rule;
	struct map_rule rule;

	if (!number || (event->way != WAY_RULED && event->way != WAY_TCP))
		return;
	map_get_rule(table_get(), number - 1, &rule);
	add_words(to, ", ");
	add_words(to, rule.source);
	add_words(to, ":");
	line_add_number(to->line, rule.line);
}

/* ---- names --------------------------------------------------------------- */

typedef int ask_function(int fd, struct sockaddr *sa, socklen_t *len);

static bool kernel_name(int fd, ask_function *ask, struct endpoint *name)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	return ask(fd, (struct sockaddr *)&sa, &len) == 0 &&
	       map_addr_set(&name->addr, &name->port, (struct sockaddr *)&sa,
			    len);
}

/*
 * The address of a listener or an accepted socket, TCP or redirected. False of
 * what the program does not take for a TCP socket.
 */
static bool listening_name(int fd, struct endpoint *name)
{
	return tag_read_named(fd, name) >= 0 ||
	       kernel_name(fd, real()->getsockname, name);
}

static void add_asked_name(struct writer *to)
{
	const struct endpoint *asked = &to->event->asked;
	const char *host = map_address_name(table_get(), &asked->addr);

	add_words(to, ", ");
	line_add_endpoint(to->line, asked);
	if (!host)
		return;
	add_words(to, " = ");
	add_words(to, host);
}

/* Where a socket leads that was redirected before. */
static void add_vsock_peer(struct writer *to, int fd)
{
	struct sockaddr_vm vm;

	if (vsock_call_peer(fd, &vm))
		add_words(to, tag_is_hybrid(fd) ? "hvsock" : "vsock");
	else
		line_add_vsock(to->line, vm.svm_cid, vm.svm_port);
}

/* ---- connect() and bind() ------------------------------------------------ */

static bool is_for_want_of_port(const struct map_answer *answer)
{
	return answer->verdict == MAP_REFUSE && !answer->rule;
}

/* Bound to a port that another listener of the program has: listener.h. */
static bool is_quiet(const struct report_event *event)
{
	int tag = event->what == REPORT_BIND && !event->r ? tag_of(event->fd)
							  : -ENOENT;

	return tag >= 0 && (tag & TAG_QUIET);
}

static void add_target(struct writer *to)
{
	const struct report_note *note = &to->event->note;
	const struct endpoint *asked = &to->event->asked;

	if (is_for_want_of_port(&note->answer)) {
		add_words(to, "refused: no rule for ");
		add_words(to, map_address_name(table_get(), &note->to.addr));
		add_words(to, " has port ");
		line_add_number(to->line, note->to.port);
		return;
	}
	if (is_quiet(to->event))
		add_words(to,
			  "nobody, as another listener of the program has ");
	line_add_target(to->line, &note->answer);
	if (to->is_short || note->to.port == asked->port)
		return;
	add_words(to, ", is ");
	line_add_endpoint(to->line, &note->to);
}

static void add_way(struct writer *to)
{
	const struct report_event *event = to->event;

	if (event->way == WAY_UNKNOWN)
		return;
	add_words(to, " -> ");
	switch (event->way) {
	case WAY_RULED:
		add_target(to);
		break;
	case WAY_REDIRECTED:
		add_vsock_peer(to, event->fd);
		break;
	case WAY_UNIX:
		add_coloured(to, YELLOW, "a Unix socket of this machine");
		if (event->known.verdict >= MAP_REFUSE)
			add_words(to, ", for it is no SOCK_STREAM");
		break;
	case WAY_TCP:
		add_coloured(to, YELLOW, "TCP");
		if (event->known.verdict == MAP_NONE)
			add_words(to, ", no rule");
		if (event->known.verdict == MAP_DIRECT)
			add_words(to, ", direct");
		break;
	case WAY_UDP:
		add_coloured(to, YELLOW, "UDP");
		break;
	default:
		add_coloured(to, YELLOW, "not TCP");
	}
}

static void add_call(struct writer *to, const char *name)
{
	const struct report_event *event = to->event;

	start_call(to, name);
	if (to->is_short)
		line_add_endpoint(to->line, event->way == WAY_RULED
						    ? &event->note.to
						    : &event->asked);
	else
		add_asked_name(to);
	end_call(to);
	add_way(to);
	if (to->is_short && (event->way == WAY_TCP || event->way == WAY_UNIX))
		add_words(to, " (the first such call)");
}

/* ---- the others ---------------------------------------------------------- */

static bool add_listen(struct writer *to)
{
	int backlog = to->event->number;
	struct endpoint own;

	if (!listening_name(to->event->fd, &own))
		return false;
	start_call(to, "listen");
	add_words(to, ", ");
	line_add_number(to->line, backlog < 0 ? 0 : backlog);
	end_call(to);
	add_words(to, " at ");
	line_add_endpoint(to->line, &own);
	return true;
}

/* Where it came from, as the program is shown it and in fact. */
static void add_accepted(struct writer *to, int fd)
{
	const struct report_note *note = &to->event->note;
	struct endpoint peer = note->peer;

	if (!note->is_ruled && !kernel_name(fd, real()->getpeername, &peer))
		return;
	add_words(to, " from ");
	line_add_endpoint(to->line, &peer);
	add_words(to, " <- ");
	if (note->is_ruled)
		line_add_target(to->line, &note->answer);
	else
		add_coloured(to, YELLOW, "TCP");
}

static bool add_accept(struct writer *to)
{
	int fd = (int)to->event->r;
	struct endpoint own = to->event->note.to;

	if (!to->event->note.is_ruled &&
	    !listening_name(fd >= 0 ? fd : to->event->fd, &own))
		return false;
	start_call(to, "accept");
	if (to->is_short)
		line_add_endpoint(to->line, &own);
	end_call(to);
	if (fd < 0)
		return true;
	if (!to->is_short) {
		add_words(to, " = ");
		line_add_number(to->line, fd);
	}
	add_accepted(to, fd);
	return true;
}

/* One of which there is no more to say than what it was done to. */
static bool add_plain(struct writer *to, const char *name, const char *how)
{
	struct endpoint own;

	if (!listening_name(to->event->fd, &own))
		return false;
	start_call(to, name);
	add_words(to, how);
	end_call(to);
	return true;
}

static bool add_shutdown(struct writer *to)
{
	static const char *const names[] = {", RD", ", WR", ", RDWR"};
	int how = to->event->number;

	return how >= SHUT_RD && how <= SHUT_RDWR &&
	       add_plain(to, "shutdown", names[how]);
}

static bool add_whole(struct writer *to)
{
	switch (to->event->what) {
	case REPORT_CONNECT:
		add_call(to, "connect");
		return true;
	case REPORT_BIND:
		add_call(to, "bind");
		return true;
	case REPORT_LISTEN:
		return add_listen(to);
	case REPORT_ACCEPT:
		return add_accept(to);
	case REPORT_SHUTDOWN:
		return add_shutdown(to);
	case REPORT_SO_ERROR:
		return add_plain(to, "SO_ERROR", "");
	case REPORT_GETPEERNAME:
		return add_plain(to, "getpeername", "");
	case REPORT_POLL:
		return add_plain(to, "poll", "");
	}
	return false;
}

/* listen() binds what a failed connect() has left bound over TCP. */
static bool add_short(struct writer *to)
{
	enum report_call what = to->event->what;

	if (what == REPORT_ACCEPT)
		return add_accept(to);
	add_call(to, what == REPORT_BIND || what == REPORT_LISTEN ? "bind"
								  : "connect");
	return true;
}

bool report_line(struct line *line, const struct report_event *event,
		 enum report_style style)
{
	struct writer to = {line, event, style == REPORT_SHORT,
			    style == REPORT_COLOURED};

	start_line(&to);
	if (!(to.is_short ? add_short(&to) : add_whole(&to)))
		return false;
	if (!to.is_short || !is_for_want_of_port(&event->note.answer))
		add_result(&to);
	if (to.is_short)
		return true;
	if (event->r != REPORT_LEFT)
		add_duration(&to, event->took_ns);
	add_source(&to);
	return true;
}

void report_line_lookup(struct line *line, const struct report_lookup *lookup,
			long took_ns, enum report_style style)
{
	struct writer to = {line, NULL, false, style == REPORT_COLOURED};

	start_line(&to);
	add_words(&to, "lookup(");
	add_words(&to, lookup->name);
	add_words(&to, lookup->by_table ? ") -> the table" : ") -> ");
	if (!lookup->by_table)
		add_coloured(&to, YELLOW, "the resolver");
	if (lookup->found.family) {
		add_words(&to, " = ");
		line_add_address(line, &lookup->found);
		add_words(&to, ": ok");
	} else {
		add_words(&to, ": ");
		add_coloured(&to, RED, lookup->error);
	}
	add_duration(&to, took_ns);
}
