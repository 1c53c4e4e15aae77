/* SPDX-License-Identifier: MIT */
/*
 * Any text as a mapping table. What loads must keep its meaning when it is
 * formatted and read again, answer as a walk over its rules does, and show CIDs
 * as addresses that lead there.
 *
 * tests/fuzz/run runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/rule_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x) ((x) ? (void)0 : failed(#x, __LINE__))

static void failed(const char *what, int line)
{
	fprintf(stderr, "line %d: not true: %s\n", line, what);
	abort();
}

/* A place in the text, or the column behind its end, and never empty. */
static void check_message(const struct map_message *m, void *arg)
{
	unsigned *errors = arg;

	*errors += m->is_error;
	MUST(m->line >= 1 && m->column >= 1 && m->width >= 1);
	MUST(m->column <= strlen(m->text) + 1);
	MUST(m->column + m->width <= strlen(m->text) + 2);
	MUST(m->what[0] && m->remedy[0]);
	for (const char *at = m->what; *at; at++)
		MUST((unsigned char)*at >= ' ' && *at != 0x7f);
}

static struct map_table *load(const char *text, size_t size)
{
	struct map_source source = {"fuzz", text, size};
	unsigned errors = 0;
	struct map_table *table = map_load(&source, 1, check_message, &errors);

	MUST(!table == (errors > 0));
	return table;
}

static char *format(const struct map_table *table, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	for (size_t i = 0; i < map_count(table); i++) {
		int n = map_format_rule(table, i, NULL, 0);
		char *rule = malloc(n + 1);

		MUST(map_format_rule(table, i, rule, n + 1) == n);
		MUST(strlen(rule) == (size_t)n);
		fprintf(out, "%s\n", rule);
		free(rule);
	}
	fclose(out);
	return text;
}

static void compare_walk(const struct map_table *table, int direction,
			 const struct map_addr *addr, uint16_t port)
{
	struct map_answer answer;
	uint32_t i = 0;

	while (i < table->count &&
	       map_compare(table, i, direction, addr, port) != MAP_MATCHES)
		i++;
	map_lookup(table, direction, addr, port, &answer);
	MUST(answer.rule == (i < table->count ? i + 1 : 0));
}

/* It is one that bind() takes, and that its path is found by. */
static void check_name(const struct map_table *table, int direction,
		       const struct map_answer *answer, uint16_t port)
{
	char name[MAP_UNIX_NAME_SIZE];
	size_t n = map_unix_name(answer, direction, name);

	MUST(n > 1 && n <= 107 && strlen(name) == n);
	if (direction == MAP_LISTEN && port)
		MUST(map_unix_path(table, name, port));
}

static void compare_answers(const struct map_table *a,
			    const struct map_table *b, int direction,
			    const struct map_addr *addr, uint16_t port)
{
	struct map_answer x, y;

	map_lookup(a, direction, addr, port, &x);
	map_lookup(b, direction, addr, port, &y);
	MUST(x.verdict == y.verdict && x.cid == y.cid && x.port == y.port);
	MUST(x.timeout_ms == y.timeout_ms && x.buffer == y.buffer);
	MUST(!x.path == !y.path && (!x.path || !strcmp(x.path, y.path)));
	MUST(!x.path == !map_is_hybrid(x.verdict));
	if (x.path)
		check_name(a, direction, &x, port);
}

/* Whether a connect rule has this CID and, by itself, this address. */
static bool leads_to(const struct map_table *table, uint32_t cid,
		     const struct map_addr *addr)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct rule *rule = &table->rules[i];
		struct map_answer answer;

		if (rule->cid != cid)
			continue;
		map_lookup(table, MAP_CONNECT, addr, rule->first, &answer);
		if (rule->is_peer || answer.rule == i + 1)
			return true;
	}
	return false;
}

static void check_peer(const struct map_table *table, uint32_t cid, int family)
{
	struct map_addr addr;

	if (map_peer(table, family, cid, &addr))
		MUST(addr.family == family && leads_to(table, cid, &addr));
}

static struct map_addr address_of(const struct map_table *table,
				  const struct rule *rule, unsigned extra)
{
	struct host host = rule->host;
	struct map_addr addr;

	if (host.kind == HOST_NAME) {
		name_to_address(table, host.lo, extra ? AF_INET6 : AF_INET,
				&addr);
		return addr;
	}
	if (host.kind == HOST_ANY)
		host.kind = extra ? HOST_V6 : HOST_V4;
	host.lo = (host.lo + extra) &
		  (host.kind == HOST_V4 ? UINT32_MAX : UINT64_MAX);
	return address_of_host(&host);
}

static void compare_rule(const struct map_table *a, const struct map_table *b,
			 const struct rule *rule)
{
	for (unsigned i = 0; i < 32; i++) {
		int direction = i & 1 ? MAP_LISTEN : MAP_CONNECT;
		struct map_addr addr = address_of(a, rule, i >> 1 & 1);
		uint16_t port =
			(i & 4 ? rule->last : rule->first) + (i >> 3 & 3) - 1;

		compare_answers(a, b, direction, &addr, port);
		compare_walk(a, direction, &addr, port);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct map_table *table = load((const char *)data, size), *again;
	size_t length, length_again;
	char *text, *text_again;

	if (!table)
		return 0;
	text = format(table, &length);
	again = load(text, length);
	MUST(again && map_count(again) == map_count(table));
	text_again = format(again, &length_again);
	MUST(strcmp(text, text_again) == 0);
	for (uint32_t i = 0; i < table->count && i < 200; i++) {
		const struct rule *rule = &table->rules[i];

		compare_rule(table, again, rule);
		check_peer(table, rule->cid, AF_INET);
		check_peer(table, rule->cid, AF_INET6);
	}
	free(text);
	free(text_again);
	map_free(table);
	map_free(again);
	return 0;
}
