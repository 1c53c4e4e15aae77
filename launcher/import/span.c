/* SPDX-License-Identifier: MIT */
/* Where a piece of a script ends: brackets in brackets, lines in one. */
#include "launcher/import/span.h"

#include <string.h>

#include "launcher/import/words.h"

static char closing(char c)
{
	static const char pairs[] = "(){}[]``\"\"''";

	for (const char *p = pairs; *p; p += 2)
		if (*p == c)
			return p[1];
	return '\0';
}

size_t import_span(const char *text)
{
	const char open = *text, close = closing(open);
	const char *at = text + 1;

	while (*at && *at != close) {
		if (*at == '\\' && at[1] && open != '\'')
			at += 2;
		else if (*at == open ||
			 (strchr("'\"`", *at) && !strchr("'\"`", open)))
			at += import_span(at);
		else
			at++;
	}
	return *at == close ? (size_t)(at - text) + 1 : 1;
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
