/* SPDX-License-Identifier: MIT */
/* The trace's lines: see trace.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "redirect/calls/request.h"
#include "redirect/calls/sockname.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/report/line.h"
#include "redirect/report/trace.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "vsock/vm_sockets.h"

enum colour { PLAIN, GOOD, BAD, ASIDE };

bool trace_is_on;

static struct sink sink;
static bool coloured;

/*
 * Of the call that is under way in this thread. A value, not a pointer to a
 * caller's frame: siglongjmp(3) may leave that.
 */
static __thread int kernel_error;

void trace_init(void)
{
	const char *no_color = getenv("NO_COLOR");

	sink_init(&sink, "TCP2VSOCK_TRACE");
	trace_is_on = sink.kind != SINK_NOWHERE;
	coloured = sink.kind == SINK_STDERR && isatty(STDERR_FILENO) &&
		   !(no_color && *no_color);
}

void trace_kernel_error(int error)
{
	kernel_error = error;
}

static long now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

void trace_begin_slowly(struct trace *trace)
{
	trace->start_ns = now_ns(CLOCK_MONOTONIC);
	trace->outer_error = kernel_error;
	kernel_error = 0;
}

/* ---- parts of a line ---------------------------------------------------- */

static void add_coloured(struct line *line, enum colour colour,
			 const char *text)
{
	static const char *const codes[] = {"", "\033[32m", "\033[31m",
					    "\033[33m"};

	line_add(line, coloured ? codes[colour] : "");
	line_add(line, text);
	line_add(line, coloured && colour ? "\033[0m" : "");
}

/* UTC: the time zone's file can't be read in a signal handler. */
static void add_time(struct line *line)
{
	unsigned long us = now_ns(CLOCK_REALTIME) / 1000;
	unsigned long s = us / 1000000 % 86400;

	line_add_digits(line, s / 3600, 2);
	line_add(line, ":");
	line_add_digits(line, s / 60 % 60, 2);
	line_add(line, ":");
	line_add_digits(line, s % 60, 2);
	line_add(line, ".");
	line_add_digits(line, us % 1000000, 6);
}

static void start(struct line *line)
{
	long pid = getpid(), tid = real()->syscall(SYS_gettid);

	line->len = 0;
	add_time(line);
	line_add(line, " ");
	line_add(line, program_invocation_short_name);
	line_add(line, "[");
	line_add_number(line, pid);
	if (tid != pid) {
		line_add(line, "/");
		line_add_number(line, tid);
	}
	line_add(line, "]: ");
}

static void add_fd(struct line *line, const char *what, int fd)
{
	line_add(line, what);
	line_add(line, "(");
	line_add(line, fd < 0 ? "-1" : "");
	if (fd >= 0)
		line_add_number(line, fd);
}

static void add_duration(struct line *line, long ns)
{
	line_add(line, ", ");
	line_add_number(line, ns / 1000000);
	line_add(line, ".");
	line_add_digits(line, ns / 1000 % 1000, 3);
	line_add(line, " ms");
}

static void add_result(struct line *line, long r)
{
	if (r >= 0)
		add_coloured(line, PLAIN, "ok");
	else
		add_coloured(line, r == -EINPROGRESS ? PLAIN : BAD,
			     errors_name(-r));
	if (!kernel_error || kernel_error == -r)
		return;
	line_add(line, " (the kernel: ");
	line_add(line, errors_name(kernel_error));
	line_add(line, ")");
}

static void add_rule(struct line *line, const struct map_answer *answer)
{
	struct map_rule rule;

	if (!answer->rule)
		return;
	map_get_rule(table_get(), answer->rule - 1, &rule);
	line_add(line, ", ");
	line_add(line, rule.source);
	line_add(line, ":");
	line_add_number(line, rule.line);
}

/* ---- what a call was about ---------------------------------------------- */

typedef int kernel_call(int fd, struct sockaddr *sa, socklen_t *len);

/* One of the two names that the program is shown; false: no IP address. */
static bool shown_name(int fd, kernel_call *ask, struct endpoint *name)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	return ask(fd, (struct sockaddr *)&sa, &len) == 0 &&
	       map_addr_set(&name->addr, &name->port, (struct sockaddr *)&sa,
			    len);
}

/* One of the two that the kernel has. */
static bool vsock_name(int fd, kernel_call *ask, struct sockaddr_vm *vm)
{
	socklen_t len = sizeof(*vm);

	return ask(fd, (struct sockaddr *)vm, &len) == 0 &&
	       vm->svm_family == AF_VSOCK;
}

static void add_vm(struct line *line, const struct sockaddr_vm *vm)
{
	line_add_vsock(line, vm->svm_cid, vm->svm_port);
}

/* The rule's target, and what a port 0 has become. */
static void add_way(struct line *line, const struct request *request,
		    bool bound)
{
	struct sockaddr_vm vm;
	struct endpoint own;

	line_add(line, ") -> ");
	if (!request_has_rule(request)) {
		add_coloured(line, ASIDE, "TCP");
		line_add(line, request->answer.verdict == MAP_NONE
				       ? ", no rule"
				       : ", direct");
		return;
	}
	if (bound && !request->to.port &&
	    shown_name(request->fd, sockname_own, &own) &&
	    vsock_name(request->fd, real()->getsockname, &vm)) {
		add_vm(line, &vm);
		line_add(line, ", is ");
		line_add_name(line, &own);
		return;
	}
	line_add_target(line, &request->answer);
}

static void add_host_name(struct line *line, const struct map_addr *addr)
{
	const char *name = map_address_name(table_get(), addr);

	if (!name)
		return;
	line_add(line, " = ");
	line_add(line, name);
}

/* connect() and bind(). Another family's address is not our business. */
static bool add_call(struct line *line, enum trace_call what,
		     struct request *request, long r)
{
	bool is_bind = what == TRACE_BIND;
	sa_family_t family = request_family(request) < 0
				     ? AF_UNSPEC
				     : request_family(request);

	if (family != AF_INET && family != AF_INET6)
		return false;
	request_is_ruled(request, is_bind ? MAP_LISTEN : MAP_CONNECT);
	add_fd(line, is_bind ? "bind" : "connect", request->fd);
	line_add(line, ", ");
	line_add_name(line, &request->to);
	add_host_name(line, &request->to.addr);
	add_way(line, request, is_bind && r == 0);
	line_add(line, ": ");
	return true;
}

static bool add_listen(struct line *line, int fd, int backlog)
{
	struct endpoint own;

	if (!shown_name(fd, sockname_own, &own))
		return false;
	add_fd(line, "listen", fd);
	line_add(line, ", ");
	line_add_number(line, backlog < 0 ? 0 : backlog);
	line_add(line, ") at ");
	line_add_name(line, &own);
	line_add(line, ": ");
	return true;
}

static void add_peer(struct line *line, int fd)
{
	struct sockaddr_vm vm;

	if (vsock_name(fd, real()->getpeername, &vm))
		add_vm(line, &vm);
	else if (tag_read(fd) >= 0)
		line_add(line, "hvsock");
	else
		add_coloured(line, ASIDE, "TCP");
}

/* EAGAIN is how an event loop finds out that it has them all. */
static bool add_accept(struct line *line, int listener, long fd)
{
	struct endpoint name;

	if (fd == -EAGAIN || !shown_name(listener, sockname_own, &name))
		return false;
	add_fd(line, "accept", listener);
	line_add(line, ")");
	if (fd >= 0 && shown_name(fd, sockname_peer, &name)) {
		line_add(line, " = ");
		line_add_number(line, fd);
		line_add(line, " from ");
		line_add_name(line, &name);
		line_add(line, " <- ");
		add_peer(line, fd);
	}
	line_add(line, ": ");
	return true;
}

static bool add_shutdown(struct line *line, int fd, int how)
{
	static const char *const names[] = {", RD): ", ", WR): ", ", RDWR): "};
	struct endpoint own;

	if (how < SHUT_RD || how > SHUT_RDWR ||
	    !shown_name(fd, sockname_own, &own))
		return false;
	add_fd(line, "shutdown", fd);
	line_add(line, names[how]);
	return true;
}

static bool add_so_error(struct line *line, int fd)
{
	struct endpoint own;

	if (!shown_name(fd, sockname_own, &own))
		return false;
	add_fd(line, "SO_ERROR", fd);
	line_add(line, "): ");
	return true;
}

static bool add_what(struct line *line, enum trace_call what,
		     struct request *request, long r)
{
	switch (what) {
	case TRACE_CONNECT:
	case TRACE_BIND:
		return add_call(line, what, request, r);
	case TRACE_LISTEN:
		return add_listen(line, request->fd, request->len);
	case TRACE_ACCEPT:
		return add_accept(line, request->fd, r);
	case TRACE_SHUTDOWN:
		return add_shutdown(line, request->fd, request->len);
	case TRACE_SO_ERROR:
		return add_so_error(line, request->fd);
	}
	return false;
}

void trace_end_slowly(const struct trace *trace, enum trace_call what, int fd,
		      const struct sockaddr *sa, socklen_t len, long r)
{
	long took_ns = now_ns(CLOCK_MONOTONIC) - trace->start_ns;
	struct request request = {.fd = fd, .sa = sa, .len = len};
	int saved = errno;
	struct line line;

	if (!sandbox_is_on()) {
		start(&line);
		if (add_what(&line, what, &request, r)) {
			add_result(&line, r);
			add_duration(&line, took_ns);
			add_rule(&line, &request.answer);
			sink_write(&sink, &line);
		}
	}
	kernel_error = trace->outer_error;
	errno = saved;
}
