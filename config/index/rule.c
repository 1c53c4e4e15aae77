/* SPDX-License-Identifier: MIT */
/* Single rules, for those who explain or judge them: no call needs this. */
#include <stdlib.h>

#include "config/rule_table.h"

char *map_rule_text(const struct map_table *table, size_t i)
{
	int n = map_format_rule(table, i, NULL, 0);
	char *text = malloc((size_t)n + 1);

	if (text)
		map_format_rule(table, i, text, (size_t)n + 1);
	return text;
}

const char *map_expanded_source(const struct map_table *table, size_t i)
{
	if (i >= table->nsources || !table->sources[i].expanded)
		return NULL;
	return string_at(table, table->sources[i].expanded);
}

void map_get_rule(const struct map_table *table, size_t i,
		  struct map_rule *rule)
{
	const struct rule *from = &table->rules[i];

	*rule = (struct map_rule){
		.is_peer = from->is_peer,
		.directions = from->directions,
		.verdict = from->verdict,
		.every_port = from->all_ports,
		.unix_name = from->unix_name ? string_at(table, from->unix_name)
					     : NULL,
		.cid = from->cid,
		.first = from->vfirst,
		.last = from->vfirst + (from->last - from->first),
		.path = from->path ? string_at(table, from->path) : NULL,
		.source = source_of(table, from),
		.line = from->line,
	};
}

/* As is_above() of lookup.c: "*" holds every address, but no Unix socket. */
static bool holds_address(const struct host *host, const struct host *asked)
{
	struct host at = *asked;

	if (host->kind == HOST_ANY)
		return asked->kind != HOST_UNIX;
	if (host->kind != asked->kind)
		return false;
	at.bits = host->bits;
	host_mask(&at);
	return same_host(&at, host);
}

static bool holds_name(const struct map_table *table, const struct host *host,
		       uint32_t number)
{
	for (; number; number = table->names[number - 1].parent)
		if (host->kind == HOST_NAME && host->lo == number)
			return true;
	return false;
}

static bool holds(const struct map_table *table, const struct rule *rule,
		  const struct map_addr *addr)
{
	struct host asked = host_of_address(addr);

	return holds_address(&rule->host, &asked) ||
	       holds_name(table, &rule->host, name_of_address(table, addr));
}

bool map_may_reach(const struct map_table *table, enum map_direction direction,
		   const struct map_addr *addr)
{
	for (uint32_t i = 0; i < table->count; i++)
		if (table->rules[i].directions & direction &&
		    holds(table, &table->rules[i], addr))
			return true;
	return false;
}

enum map_mismatch map_compare(const struct map_table *table, size_t i,
			      enum map_direction direction,
			      const struct map_addr *addr, uint16_t port)
{
	const struct rule *rule = &table->rules[i];

	if (rule->is_peer || !(rule->directions & direction))
		return MAP_OTHER_DIRECTION;
	if (!holds(table, rule, addr))
		return MAP_OTHER_HOST;
	if (!rule->all_ports && (port < rule->first || port > rule->last))
		return MAP_OTHER_PORTS;
	return MAP_MATCHES;
}
