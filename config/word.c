/* SPDX-License-Identifier: MIT */
/* Parts of a text. */
#include "config/word.h"

static bool is_white(char c)
{
	return c == ' ' || c == '\t';
}

struct word trim(struct word w)
{
	while (w.len && is_white(w.at[0])) {
		w.at++;
		w.len--;
	}
	while (w.len && is_white(w.at[w.len - 1]))
		w.len--;
	return w;
}

struct word next_word(struct word *rest)
{
	struct word w = trim(*rest);
	size_t n = 0;

	while (n < w.len && !is_white(w.at[n]))
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

struct word take_until(struct word *rest, char end)
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
