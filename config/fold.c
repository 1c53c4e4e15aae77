/* SPDX-License-Identifier: MIT */
/* Paths of Unix sockets, written in one way: see fold.h. */
#include "config/fold.h"

/* One part of a path is added to the folder, or takes its last one away. */
static bool add_part(char *folded, size_t *n, struct word part)
{
	if (!part.len || word_is(part, "."))
		return true;
	if (word_is(part, "..")) {
		while (*n && folded[--*n] != '/')
			;
		return true;
	}
	if (*n + 1 + part.len >= UNIX_NAME_SIZE)
		return false;
	folded[(*n)++] = '/';
	memcpy(folded + *n, part.at, part.len);
	*n += part.len;
	return true;
}

static bool add_parts(char *folded, size_t *n, struct word path)
{
	while (path.len)
		if (!add_part(folded, n, take_until(&path, '/')))
			return false;
	return true;
}

/* file-hierarchy(7): a link, in every distribution of the last ten years. */
static size_t shorten_var_run(char *folded, size_t n)
{
	if (n <= 9 || memcmp(folded, "/var/run/", 9) != 0)
		return n;
	memmove(folded, folded + 4, n - 4);
	return n - 4;
}

size_t unix_fold(const char *from, struct word path,
		 char folded[UNIX_NAME_SIZE])
{
	size_t n = 0;

	if (!path.len || (path.at[0] != '/' && !from))
		return 0;
	if (path.at[0] != '/' &&
	    !add_parts(folded, &n, (struct word){from, strlen(from)}))
		return 0;
	if (!add_parts(folded, &n, path))
		return 0;
	n = shorten_var_run(folded, n);
	folded[n] = '\0';
	return n;
}
