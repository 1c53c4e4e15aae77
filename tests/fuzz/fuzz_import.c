/* SPDX-License-Identifier: MIT */
/*
 * Any text as a file to import. It ends, and each line of the table that comes
 * of it is a comment or a rule that --check would take.
 *
 * tests/fuzz/run runs it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_a_line_of_a_table(const char *line)
{
	static const char *const starts[] = {"# ", "connect ", "listen "};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (starts_with(line, starts[i]))
			return;
	fprintf(stderr, "no line of a table: %s\n", line);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import im = {IMPORT_READERS, .source = "text"};
	char *text = words_copy((const char *)data, size), *line;

	for (char *c = text; *c; c++)
		if (*c == UNKNOWN)
			*c = ' ';
	import_text(&im, text, 1);
	control_finish(&im);
	import_finish_iptables(&im);
	import_finish_sockets(&im);
	for (text = text_take(&im.table); (line = strsep(&text, "\n"));)
		if (*line || text)
			must_be_a_line_of_a_table(line);
	words_release();
	return 0;
}
