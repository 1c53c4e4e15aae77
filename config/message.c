/* SPDX-License-Identifier: MIT */
/* Messages about the table: made here, and written here with write(2). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/internal.h"

#define QUOTE_MAX 80  /* bytes of a word that a message quotes */
#define SHOWN_MAX 200 /* bytes of a line that a message shows */

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != 0x7f;
}

/* word with what can't be printed as \xNN, cut to QUOTE_MAX. */
static void escape(struct word w, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < w.len && i < QUOTE_MAX && n + 5 < size; i++) {
		unsigned char c = w.at[i] == '\t' ? ' ' : w.at[i];

		n += is_plain(c) ? (size_t)snprintf(buf + n, size - n, "%c", c)
				 : (size_t)snprintf(buf + n, size - n,
						    "\\x%02x", c);
	}
	snprintf(buf + n, size - n, "%s", w.len > QUOTE_MAX ? "..." : "");
}

/*
 * A copy of the line as a C string, with '?' for NUL bytes. A line with many
 * wrong rules is copied once.
 */
static const char *line_text(struct loader *l, struct word line)
{
	if (l->shown && l->shown_at == line.at)
		return l->shown;
	l->shown_at = line.at;
	free(l->shown);
	l->shown = malloc(line.len + 1);
	if (!l->shown)
		return NULL;
	memcpy(l->shown, line.at, line.len);
	l->shown[line.len] = '\0';
	for (size_t i = 0; i < line.len; i++)
		if (!l->shown[i])
			l->shown[i] = '?';
	return l->shown;
}

static void tell(struct loader *l, struct map_message m, struct word line,
		 struct word at, const char *what)
{
	char quoted[4 * QUOTE_MAX + 8], text[sizeof(quoted) + 100];

	escape(at, quoted, sizeof(quoted));
	snprintf(text, sizeof(text), at.len ? "%s \"%s\"" : "%s", what, quoted);
	m.what = text;
	m.column = at.at - line.at + 1;
	m.width = at.len ? at.len : 1;
	m.text = line_text(l, line);
	if (!m.text) {
		m.text = "";
		m.column = m.width = 1;
	}
	if (l->report)
		l->report(&m, l->arg);
}

int fault(struct loader *l, struct word at, const char *what,
	  const char *remedy)
{
	struct map_message m = {
		.is_error = true,
		.source = l->source,
		.line = l->line_number,
		.remedy = remedy,
	};

	l->failed = true;
	tell(l, m, l->line, at, what);
	return -EINVAL;
}

void caution(struct loader *l, const struct rule *rule,
	     const struct place *place, struct word at, const char *what,
	     const char *remedy)
{
	struct map_message m = {
		.source = source_of(l->table, rule),
		.line = rule->line,
		.remedy = remedy,
	};

	tell(l, m, place->line, at, what);
}

int rule_fault(struct loader *l, uint32_t i, const char *what,
	       const char *remedy)
{
	const struct rule *rule = &l->table->rules[i];

	l->source = source_of(l->table, rule);
	l->line_number = rule->line;
	l->line = l->places[i].line;
	return fault(l, l->places[i].rule, what, remedy);
}

static unsigned column_of(const struct place *place)
{
	return place->rule.at - place->line.at + 1;
}

void warn_covered(struct loader *l, uint32_t i, uint32_t by, bool alone)
{
	const struct rule *cover = &l->table->rules[by];
	char remedy[300];

	snprintf(remedy, sizeof(remedy),
		 "the rule at %.200s:%u:%u%s: the first rule that matches wins",
		 source_of(l->table, cover), cover->line,
		 column_of(&l->places[by]),
		 alone ? " covers it" : " and others after it cover it");
	caution(l, &l->table->rules[i], &l->places[i], l->places[i].rule,
		"this rule never matches:", remedy);
}

int source_fault(struct loader *l, const char *what, const char *remedy)
{
	struct map_message m = {
		.is_error = true,
		.source = l->source,
		.column = 1,
		.width = 1,
		.what = what,
		.text = "",
		.remedy = remedy,
	};

	l->failed = true;
	if (l->report)
		l->report(&m, l->arg);
	return -EINVAL;
}

/* ---- map_report_to_fd() ---------------------------------------------- */

struct out {
	int fd;
	size_t used;
	char buf[1024];
};

static void flush(struct out *out)
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

static void put(struct out *out, char c)
{
	if (out->used == sizeof(out->buf))
		flush(out);
	out->buf[out->used++] = c;
}

/* What a terminal would act on is written as \xNN. */
static void put_safe(struct out *out, char c)
{
	static const char digits[] = "0123456789abcdef";

	if (is_plain(c) || c == '\t') {
		put(out, c);
		return;
	}
	put(out, '\\');
	put(out, 'x');
	put(out, digits[(unsigned char)c >> 4]);
	put(out, digits[c & 0xf]);
}

static void put_string(struct out *out, const char *s)
{
	while (*s)
		put_safe(out, *s++);
}

static void put_number(struct out *out, unsigned n)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%u", n);
	put_string(out, digits);
}

/* What stands above a caret: as many columns as put_safe() made of c. */
static void put_under(struct out *out, char c, char mark)
{
	int n = 1;

	if (c == '\t' && mark == ' ')
		mark = '\t';
	else if (((unsigned char)c & 0xc0) == 0x80)
		n = 0; /* goes on with a UTF-8 character */
	else if (!is_plain(c))
		n = 4;
	while (n--)
		put(out, mark);
}

static void put_caret(struct out *out, const char *text, size_t before,
		      size_t width)
{
	for (size_t i = 0; i < before; i++)
		put_under(out, text[i], ' ');
	put(out, '^');
	for (size_t i = before + 1; i < before + width && text[i]; i++)
		put_under(out, text[i], '~');
	put(out, '\n');
}

/* The line, or the part of a long one around the place, and the caret. */
static void put_line(struct out *out, const struct map_message *m)
{
	bool is_long = strnlen(m->text, SHOWN_MAX + 1) > SHOWN_MAX;
	size_t column = m->column - 1, from = 0;
	size_t width = m->width < SHOWN_MAX / 2 ? m->width : SHOWN_MAX / 2;

	if (is_long && column > SHOWN_MAX / 4)
		from = column - SHOWN_MAX / 4;
	put_string(out, from ? "  ..." : "  ");
	for (size_t i = from; i < from + SHOWN_MAX && m->text[i]; i++)
		put_safe(out, m->text[i]);
	put(out, '\n');
	put_string(out, from ? "     " : "  ");
	put_caret(out, m->text + from, column - from, width);
}

void map_report_to_fd(const struct map_message *m, void *arg)
{
	struct out out = {.fd = *(int *)arg};

	put_string(&out, m->source);
	if (m->line) {
		put(&out, ':');
		put_number(&out, m->line);
		put(&out, ':');
		put_number(&out, m->column);
	}
	put_string(&out, m->is_error ? ": " : ": warning: ");
	put_string(&out, m->what);
	put(&out, '\n');
	if (m->line)
		put_line(&out, m);
	put_string(&out, "  ");
	put_string(&out, m->remedy);
	put(&out, '\n');
	flush(&out);
}
