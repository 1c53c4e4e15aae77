/* SPDX-License-Identifier: MIT */
/* A source's text -> lines -> rules. */
#include <errno.h>

#include "config/read/read.h"

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
