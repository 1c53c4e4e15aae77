/* SPDX-License-Identifier: MIT */
/* What iptables-save prints: the arguments of iptables, a rule a line. */
#include "launcher/import/import.h"
#include "launcher/import/span.h"

void import_iptables_save(struct import *im, const char *text, unsigned line)
{
	unsigned lines = 0;
	char *next;

	while ((next = import_next_line(&text, &line, &lines))) {
		struct words words = {NULL, 0};

		words_add(&words, words_copy_string("iptables"));
		words_add_all(&words, import_split(im, next));
		im->line = line;
		if (*next == '-')
			import_words(im, words.v);
	}
}
