/* SPDX-License-Identifier: MIT */
/* Numbers and ranges of numbers, read strictly. */
#include <string.h>

#include "config/read/read.h"

bool read_number(struct word w, uint64_t max, uint64_t *n)
{
	*n = 0;
	if (w.len == 0 || (w.len > 1 && w.at[0] == '0'))
		return false;
	for (size_t i = 0; i < w.len; i++) {
		unsigned digit = (unsigned char)w.at[i] - '0';

		if (digit > 9 || *n > (max - digit) / 10)
			return false;
		*n = *n * 10 + digit;
	}
	return *n <= max;
}

bool read_range(struct word w, uint64_t min, uint64_t max, uint64_t *first,
		uint64_t *last)
{
	const char *dash = memchr(w.at, '-', w.len);

	if (!dash) {
		if (!read_number(w, max, first))
			return false;
		*last = *first;
	} else if (!read_number(word_before(w, dash), max, first) ||
		   !read_number(word_after(w, dash), max, last)) {
		return false;
	}
	return min <= *first && *first <= *last;
}
