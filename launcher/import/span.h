/* SPDX-License-Identifier: MIT */
/* Where a piece of a script ends. */
#ifndef TCP2VSOCK_LAUNCHER_IMPORT_SPAN_H
#define TCP2VSOCK_LAUNCHER_IMPORT_SPAN_H

#include <stddef.h>

/*
 * How long the text is from an opening bracket, brace, parenthesis or quote to
 * the one that closes it, both included; 1 if none does.
 */
size_t import_span(const char *text);

/* A line, with those that a backslash at its end continues; no newline. */
size_t import_line_length(const char *text);

/*
 * The next such line in one piece, without newlines or the blanks around it;
 * NULL at the end. *line is the number of its first one, and *lines how many
 * there were: start with 0 lines.
 */
char *import_next_line(const char **text, unsigned *line, unsigned *lines);

#endif
