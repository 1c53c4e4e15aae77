/* SPDX-License-Identifier: MIT */
/*
 * A line of text made by hand, and where such lines go: one line, one write(2).
 * Async-signal-safe: no stdio, no allocation, no lock.
 */
#ifndef TCP2VSOCK_REDIRECT_REPORT_LINE_H
#define TCP2VSOCK_REDIRECT_REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/table.h"
#include "redirect/state/tag.h"

struct line {
	char text[1024];
	size_t len;
};

/* Each adds to the end; what there is no room for is left out. */
void line_add(struct line *line, const char *text);
void line_add_number(struct line *line, unsigned long number);

/* With as many digits at least, zeros in front: for times. */
void line_add_digits(struct line *line, unsigned long number, int digits);

/* "10.0.0.5:80", "[::1]:80"; "?:80" where the address is not known. */
void line_add_name(struct line *line, const struct endpoint *name);

/* "host(2):80"; a CID of VMADDR_CID_ANY is "any". */
void line_add_vsock(struct line *line, uint32_t cid, uint32_t port);

/* The target of a rule, or its verdict. */
void line_add_target(struct line *line, const struct map_answer *answer);

/* Where lines go. Zeroed: nowhere. */
struct sink {
	enum { SINK_NOWHERE, SINK_STDERR, SINK_FILE } kind;
	char file[4096];
};

/*
 * Reads an environment variable (secure_getenv(3)): unset or empty is nowhere,
 * "-" and "stderr" standard error, anything else a file to append to. In the
 * constructor.
 */
void sink_init(struct sink *sink, const char *variable);

/*
 * Ends the line and writes it. What can't be written is lost: a log has nobody
 * to tell. A program under seccomp(2) may not be able to open the file, and
 * then gets no line. Leaves errno alone.
 */
void sink_write(const struct sink *sink, struct line *line);

/* The same, to standard error. */
void sink_write_stderr(struct line *line);

#endif
