/* SPDX-License-Identifier: MIT */
/*
 * What becomes of the program's socket calls, told to people. One event, and
 * two ways to write it:
 *
 *  - TCP2VSOCK_LOG: "tcp2vsock[PID]: connect ADDRESS -> TARGET RESULT", of the
 *    calls that a rule decided; of a connect() that did not wait once more when
 *    the program asks how it has ended; and of the first connect() and the
 *    first bind() of the process that no rule matched.
 *  - TCP2VSOCK_TRACE: every call that has to do with an address, ruled or not,
 *    with its number, the rule, the kernel's error, and the time that it took.
 *
 * What a line says is what was done: the call notes it on its way. Where nobody
 * wants lines this costs a hook one test; else the kernel is asked besides.
 * Async-signal-safe, but for lookups (their calls aren't, either); errno is
 * left alone.
 *
 * Map of redirect/report/:
 *	line.c         a line of text made by hand
 *	report.c       what is told of a call, and to whom
 *	report_line.c  ... and in which words
 *	sink.c         where lines go, without harm to the program
 */
#ifndef TCP2VSOCK_REDIRECT_REPORT_REPORT_H
#define TCP2VSOCK_REDIRECT_REPORT_REPORT_H

#include <limits.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "config/table.h"
#include "redirect/state/tag.h"

/* Set by report_init(): all that is looked at where nobody wants lines. */
extern bool report_is_on;

/* Reads the two variables. polls: REPORT_POLL is among the calls, too. In the
 * constructor. */
void report_init(bool polls);

/* ---- on the way ---------------------------------------------------------- */

/*
 * A rule has decided the call that is under way in this thread: r is what the
 * program gets, 0 or -errno. Also the probe of that name (probes.h).
 */
void report_connect(const struct endpoint *to, const struct map_answer *answer,
		    int r);
void report_bind(const struct endpoint *to, const struct map_answer *answer,
		 int r);

/* accept() has had a connection: who it is to the program, and in fact. */
void report_accept(const struct endpoint *own, const struct endpoint *shown,
		   const struct map_answer *from);

/* ---- around a call ------------------------------------------------------- */

enum report_call {
	REPORT_CONNECT,
	REPORT_BIND,
	REPORT_LISTEN,
	REPORT_ACCEPT,
	REPORT_SHUTDOWN,
	REPORT_SO_ERROR,
	REPORT_GETPEERNAME,
	REPORT_POLL, /* a result that has an error */
};

/* In place of a result: the kernel is yet to make the call, and tells the
 * program alone. The line has no result then, and no time. */
#define REPORT_LEFT LONG_MIN

/* What is noted of a call. */
struct report_note {
	bool is_ruled;
	struct endpoint to; /* of accept(): its own name */
	struct map_answer answer;
	struct endpoint peer; /* of accept(), as it is shown */
};

/* A call between its two ends, and the note of the call that a signal handler's
 * has interrupted. */
struct report {
	long start_ns;
	int outer_error;
	struct report_note outer;
};

void report_begin_slowly(struct report *report);
void report_end_slowly(const struct report *report, enum report_call call,
		       int fd, const struct sockaddr *sa, socklen_t len,
		       long r);

static inline void report_begin(struct report *report)
{
	if (__builtin_expect(report_is_on, false))
		report_begin_slowly(report);
}

/*
 * Writes the line. r is what the hook's logic returned, and is returned; sa and
 * len are connect()'s and bind()'s address, whatever they point to, len is
 * the backlog of listen() and what shutdown() shuts; of SO_ERROR, r is its
 * value, negative.
 */
static inline long report_end(const struct report *report,
			      enum report_call call, int fd,
			      const struct sockaddr *sa, socklen_t len, long r)
{
	if (__builtin_expect(report_is_on, false))
		report_end_slowly(report, call, fd, sa, len, r);
	return r;
}

/* A lookup of a host name, with its first address. */
struct report_lookup {
	const char *name;
	bool by_table;	       /* else it was passed on to the resolver */
	struct map_addr found; /* of family 0: none */
	const char *error;     /* then, in libc's words */
};

/* The end of such a call. Of a number, or no name, nothing is told. */
void report_looked_up(const struct report *report,
		      const struct report_lookup *lookup);

#endif
