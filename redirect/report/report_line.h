/* SPDX-License-Identifier: MIT */
/* An event of report.c as a line. Async-signal-safe. */
#ifndef TCP2VSOCK_REDIRECT_REPORT_REPORT_LINE_H
#define TCP2VSOCK_REDIRECT_REPORT_REPORT_LINE_H

#include "redirect/report/line.h"
#include "redirect/report/report.h"

enum report_way {
	WAY_UNKNOWN,	/* no socket, or nobody has asked */
	WAY_RULED,	/* a rule decided the call */
	WAY_REDIRECTED, /* none did: the socket was redirected before */
	WAY_TCP,
	WAY_UDP,
	WAY_UNIX, /* a Unix socket of this machine */
	WAY_OTHER,
};

struct report_event {
	enum report_call what;
	int fd;
	struct endpoint asked;	 /* connect(), bind(): what the program wrote */
	struct map_answer known; /* ... and what the table says of it */
	int number; /* listen()'s backlog, shutdown()'s direction */
	long r;
	long took_ns;
	int kernel_error;	 /* 0: the same */
	struct report_note note; /* what was done */
	enum report_way way;	 /* of connect() and bind() */
	bool is_end;		 /* of an earlier connect(), by the note */
};

enum report_style { REPORT_SHORT, REPORT_WHOLE, REPORT_COLOURED };

/*
 * Adds the words to an empty line, without its end. False where there is
 * nothing to say: the descriptor is no IP socket.
 */
bool report_line(struct line *line, const struct report_event *event,
		 enum report_style style);

/* The same of a lookup. */
void report_line_lookup(struct line *line, const struct report_lookup *lookup,
			long took_ns, enum report_style style);

#endif
