/* SPDX-License-Identifier: MIT */
/*
 * What the Unix socket of an answer is called. Pure, and async-signal-safe.
 */
#include <string.h>

#include "config/digits.h"
#include "config/table.h"

/* What has been written so far, and would have been. */
struct output {
	char *text;
	size_t len;
};

static void write_char(struct output *out, char c)
{
	if (out->len < MAP_UNIX_NAME_SIZE - 1)
		out->text[out->len] = c;
	out->len++;
}

static void write_port(struct output *out, uint32_t port)
{
	char digits[DIGITS_SIZE], *end = digits + sizeof(digits);

	for (char *at = digits_before(end, port, 10); at < end; at++)
		write_char(out, *at);
}

size_t map_unix_name(const struct map_answer *answer,
		     enum map_direction direction,
		     char name[MAP_UNIX_NAME_SIZE])
{
	struct output out = {name, 0};

	for (const char *at = answer->path; *at; at++)
		if (answer->verdict == MAP_UNIX && !strncmp(at, "%p", 2)) {
			write_port(&out, answer->port);
			at++;
		} else {
			write_char(&out, *at);
		}
	if (answer->verdict == MAP_HVSOCK && direction == MAP_LISTEN) {
		write_char(&out, '_');
		write_port(&out, answer->port);
	}
	name[out.len < MAP_UNIX_NAME_SIZE ? out.len : MAP_UNIX_NAME_SIZE - 1] =
		'\0';
	return out.len;
}
