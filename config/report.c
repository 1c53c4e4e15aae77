/* SPDX-License-Identifier: MIT */
/* A message -> a terminal, with write(2). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/table.h"

#define SHOWN_MAX 200 /* bytes of a line that a message shows */

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != 0x7f;
}

struct out {
	int fd;
	size_t used;
	char buf[1024];
};

static void flush_out(struct out *out)
{
	size_t done = 0;

	while (done < out->used) {
		ssize_t n = write(out->fd, out->buf + done, out->used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += n;
	}
	out->used = 0;
}

static void put_one(struct out *out, char c)
{
	if (out->used == sizeof(out->buf))
		flush_out(out);
	out->buf[out->used++] = c;
}

/* What a terminal would act on is written as \xNN. */
static void put_safe(struct out *out, char c)
{
	static const char digits[] = "0123456789abcdef";

	if (is_plain(c) || c == '\t') {
		put_one(out, c);
		return;
	}
	put_one(out, '\\');
	put_one(out, 'x');
	put_one(out, digits[(unsigned char)c >> 4]);
	put_one(out, digits[c & 0xf]);
}

static void put_safe_string(struct out *out, const char *s)
{
	while (*s)
		put_safe(out, *s++);
}

/* What stands above a caret: as many columns as put_safe() made of c. */
static void put_mark(struct out *out, char c, char mark)
{
	int n = 1;

	if (c == '\t' && mark == ' ')
		mark = '\t';
	else if (((unsigned char)c & 0xc0) == 0x80)
		n = 0; /* goes on with a UTF-8 character */
	else if (!is_plain(c))
		n = 4;
	while (n--)
		put_one(out, mark);
}

static void put_caret(struct out *out, const char *text, size_t before,
		      size_t width)
{
	for (size_t i = 0; i < before; i++)
		put_mark(out, text[i], ' ');
	put_one(out, '^');
	for (size_t i = before + 1; i < before + width && text[i]; i++)
		put_mark(out, text[i], '~');
	put_one(out, '\n');
}

/* The line, or the part of a long one around the place, and the caret. */
static void put_line(struct out *out, const struct map_message *m)
{
	bool is_long = strnlen(m->text, SHOWN_MAX + 1) > SHOWN_MAX;
	size_t column = m->column - 1, from = 0;
	size_t width = m->width < SHOWN_MAX / 2 ? m->width : SHOWN_MAX / 2;

	if (is_long && column > SHOWN_MAX / 4)
		from = column - SHOWN_MAX / 4;
	put_safe_string(out, from ? "  ..." : "  ");
	for (size_t i = from; i < from + SHOWN_MAX && m->text[i]; i++)
		put_safe(out, m->text[i]);
	put_one(out, '\n');
	put_safe_string(out, from ? "     " : "  ");
	put_caret(out, m->text + from, column - from, width);
}

void map_report_to_fd(const struct map_message *m, void *arg)
{
	struct out out = {.fd = *(int *)arg};
	char place[32];

	put_safe_string(&out, m->source);
	snprintf(place, sizeof(place), ":%u:%u", m->line, m->column);
	put_safe_string(&out, m->line ? place : "");
	put_safe_string(&out, m->is_error ? ": " : ": warning: ");
	put_safe_string(&out, m->what);
	put_one(&out, '\n');
	if (m->line)
		put_line(&out, m);
	put_safe_string(&out, "  ");
	put_safe_string(&out, m->remedy);
	put_one(&out, '\n');
	flush_out(&out);
}
