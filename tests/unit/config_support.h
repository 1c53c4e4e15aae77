/* SPDX-License-Identifier: MIT */
/* What the tests of config/ share. */
#ifndef TESTS_UNIT_CONFIG_SUPPORT_H
#define TESTS_UNIT_CONFIG_SUPPORT_H

#include "config/table.h"

/* Messages as text: "error 1:23+11 what\n= remedy\n" each. */
struct messages {
	size_t used;
	char text[8192];
};

/* A map_report that adds to a struct messages. */
void collect(const struct map_message *message, void *arg);

/* The table of one source, "-m"; messages may be NULL. */
struct map_table *load_text(const char *text, struct messages *messages);
/* The same, for a text that must be right and draw no warning. */
struct map_table *load_good(const char *text);

/* An address from its text, which must be one. */
struct map_addr address(const char *ip);

/*
 * What a table says of connect() or bind(): "none", "direct", "refuse",
 * "vsock:2:80", "hvsock:/path:80". The text is good until the next call.
 */
const char *ask(const struct map_table *table, enum map_direction direction,
		const char *ip, uint16_t port);
/* The same for a host name, by its stand-in address; "unknown" for none. */
const char *ask_name(const struct map_table *table, const char *name,
		     uint16_t port);
/* An answer in that form. */
const char *answer_text(const struct map_answer *answer);

/* An address and port as text: "10.0.0.5:80", "[fd00::5]:80", "*:80". */
const char *endpoint_text(const struct map_addr *addr, uint16_t port);

/* All rules in normal form, a line each; to be freed. */
char *format_table(const struct map_table *table);

#endif
