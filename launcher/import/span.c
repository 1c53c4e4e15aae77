/* SPDX-License-Identifier: MIT */
/* Where a piece of a script ends: brackets in brackets, lines in one. */
#include "launcher/import/span.h"

#include <string.h>

#include "launcher/import/words.h"

static bool is_quote(char c)
{
	return c == '"' || c == '\'' || c == '`';
}

static size_t quote_length(const char *text)
{
	const char *at = text + 1;

	while (*at && *at != *text)
		at += *at == '\\' && at[1] && *text != '\'' ? 2 : 1;
	return *at ? (size_t)(at - text) + 1 : 1;
}

/*
 * Brackets are counted instead of recursed into: a file may open thousands of
 * them.
 */
size_t import_span(const char *text)
{
	const char open = *text;
	const char close = open == '(' ? ')' : open == '{' ? '}' : ']';
	size_t depth = 0;

	if (is_quote(open))
		return quote_length(text);
	for (const char *at = text; *at;) {
		if (*at == '\\' && at[1]) {
			at += 2;
			continue;
		}
		depth += *at == open;
		if (*at == close && --depth == 0)
			return (size_t)(at - text) + 1;
		at += is_quote(*at) ? quote_length(at) : 1;
	}
	return 1;
}

size_t import_line_length(const char *text)
{
	size_t n = strcspn(text, "\n");

	while (text[n] && n > 0 && text[n - 1] == '\\')
		n += 1 + strcspn(text + n + 1, "\n");
	return n;
}

char *import_next_line(const char **text, unsigned *line, unsigned *lines)
{
	size_t n = import_line_length(*text);
	char *copy;

	if (!**text)
		return NULL;
	copy = words_copy(*text, n);
	*text += n + ((*text)[n] == '\n');
	*line += *lines;
	*lines = 1;
	for (char *c = copy; *c; c++) {
		if (*c == '\n') {
			*c = ' ';
			++*lines;
		} else if (*c == '\r' || *c == '\t' ||
			   (*c == '\\' && c[1] == '\n')) {
			*c = ' ';
		}
	}
	while (n > 0 && copy[n - 1] == ' ')
		copy[--n] = '\0';
	return copy + strspn(copy, " ");
}
