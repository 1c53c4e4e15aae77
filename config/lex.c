/* SPDX-License-Identifier: MIT */
/* A source's text -> lines -> rules, and the words of a rule. */
#include <errno.h>
#include <string.h>

#include "config/internal.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct word trim(struct word w)
{
	while (w.len && is_blank(w.at[0])) {
		w.at++;
		w.len--;
	}
	while (w.len && is_blank(w.at[w.len - 1]))
		w.len--;
	return w;
}

struct word next_word(struct word *rest)
{
	struct word w = trim(*rest);
	size_t n = 0;

	while (n < w.len && !is_blank(w.at[n]))
		n++;
	rest->at = w.at + n;
	rest->len = w.len - n;
	w.len = n;
	return w;
}

struct word word_before(struct word w, const char *at)
{
	return (struct word){w.at, at - w.at};
}

struct word word_after(struct word w, const char *at)
{
	return (struct word){at + 1, w.at + w.len - (at + 1)};
}

const char *word_last(struct word w, char c)
{
	return w.len ? memrchr(w.at, c, w.len) : NULL;
}

/* Takes what stands before the next end off *rest, and the end with it. */
static struct word take_until(struct word *rest, char end)
{
	const char *at = memchr(rest->at, end, rest->len);
	struct word taken = *rest;

	if (at) {
		taken.len = at - rest->at;
		*rest = word_after(*rest, at);
	} else {
		rest->at += rest->len;
		rest->len = 0;
	}
	return taken;
}

static int read_line(struct loader *l)
{
	struct word rest = l->line;

	rest = take_until(&rest, '#');
	while (rest.len) {
		struct word rule = trim(take_until(&rest, ';'));

		if (rule.len && read_rule(l, rule) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

int read_rules(struct loader *l, const char *text, size_t size)
{
	struct word rest = {text, size};

	word_skip(&rest, BOM);
	l->line_number = 0;
	while (rest.len) {
		l->line = take_until(&rest, '\n');
		l->line_number++;
		if (l->line.len && l->line.at[l->line.len - 1] == '\r')
			l->line.len--;
		if (read_line(l) < 0)
			return -ENOMEM;
	}
	return 0;
}
