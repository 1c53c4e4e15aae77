/* SPDX-License-Identifier: MIT */
/*
 * Words: parts of a text, without a NUL at their end. Nothing here allocates;
 * a word lives as long as the text that it is in.
 */
#ifndef TCP2VSOCK_CONFIG_WORD_H
#define TCP2VSOCK_CONFIG_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct word {
	const char *at;
	size_t len;
};

static inline bool word_is(struct word w, const char *s)
{
	return w.len == strlen(s) && memcmp(w.at, s, w.len) == 0;
}

/* Takes a prefix off *w when it is there. */
static inline bool word_skip(struct word *w, const char *prefix)
{
	size_t n = strlen(prefix);

	if (w->len < n || memcmp(w->at, prefix, n) != 0)
		return false;
	w->at += n;
	w->len -= n;
	return true;
}

/* Whether w has no blank, control character or one of `others`. */
static inline bool word_is_plain(struct word w, const char *others)
{
	for (size_t i = 0; i < w.len; i++)
		if ((unsigned char)w.at[i] <= ' ' || w.at[i] == 0x7f ||
		    strchr(others, w.at[i]))
			return false;
	return true;
}

/* w without the blanks at its ends. */
struct word trim(struct word w);
/* Takes what stands before the next blank off *rest; empty at its end. */
struct word next_word(struct word *rest);
/* Takes what stands before the next end off *rest, and the end with it. */
struct word take_until(struct word *rest, char end);

/* w up to at, and what follows it. */
struct word word_before(struct word w, const char *at);
struct word word_after(struct word w, const char *at);
/* The last c in w, or NULL. */
const char *word_last(struct word w, char c);

#endif
