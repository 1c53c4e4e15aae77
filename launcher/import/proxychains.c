/* SPDX-License-Identifier: MIT */
/*
 * proxychains.conf: "TYPE HOST PORT" behind [ProxyList]. proxychains goes on
 * doing what it does, and its own connection to the proxy gets a rule.
 */
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

static bool is_a_proxy(char **words)
{
	static const char types[] = " socks4 socks5 http raw ";

	return words && words[0] && words[1] && words[2] &&
	       strstr(types, words_format(" %s ", words[0]));
}

void import_proxychains(struct import *im, const char *text, unsigned line)
{
	unsigned lines = 0;
	bool inside = false;
	char *next;

	while ((next = import_next_line(&text, &line, &lines))) {
		char **words = import_split(im, next);

		if (*next == '[')
			inside = strcmp(next, "[ProxyList]") == 0;
		if (!inside || !is_a_proxy(words))
			continue;
		im->line = line;
		import_remark(im, "For proxychains: tcp2vsock -f RULES "
				  "proxychains4 COMMAND. The proxy is taken to "
				  "be on the host;");
		import_remark(im, "in a Nitro enclave, make host a 3.");
		if (import_connect(im, words[1], words[2], "host", words[2]))
			import_refused(im, words);
	}
}
