/* SPDX-License-Identifier: MIT */
/*
 * proxychains.conf: "TYPE HOST PORT" behind [ProxyList]. proxychains goes on
 * doing what it does, and its own connection to the proxy gets a rule.
 */
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

void import_proxychains(struct import *im, const char *text, unsigned line)
{
	unsigned lines = 0;
	bool inside = false;
	char *next;

	while ((next = import_next_line(&text, &line, &lines))) {
		char **words = import_split(im, next);

		if (*next == '[')
			inside = strcmp(next, "[ProxyList]") == 0;
		im->line = line;
		if (inside && words && *next != '[' &&
		    import_proxy(im, words) < 0)
			import_refused(im, words);
	}
}
