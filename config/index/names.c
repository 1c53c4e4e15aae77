/* SPDX-License-Identifier: MIT */
/*
 * Host names: each distinct name or "*." pattern has a number, in the order of
 * its first appearance. The address that stands for it is a hash of the name:
 * who has kept it still means the same host when the table has other rules.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/hostname.h"
#include "config/loader.h"
#include "config/rule_table.h"

#define NAME_BITS     17 /* 198.18.0.0/15 leaves that many */
#define NAMES_MAX     ((1U << NAME_BITS) - 1)

#define STANDIN_V4    0xc6120000u	    /* 198.18.0.0/15, RFC 2544 */
#define STANDIN_V6_HI 0xfd76736f636b0001ull /* fd76:736f:636b:1::/96 */

/* The number of a folded name, or 0. */
static uint32_t find_name(const struct map_table *table, const char *name,
			  size_t n)
{
	uint32_t h = hash_bytes(name, n);
	uint32_t at = h, found;

	while ((found = hash_next(&table->by_name, h, &at)) != NO_RULE)
		if (strcmp(string_at(table, table->names[found].text), name) ==
		    0)
			return found + 1;
	return 0;
}

/*
 * The number of the narrowest "*." pattern above a folded name, or 0. "*." by
 * itself is above all.
 */
static uint32_t find_above(const struct map_table *table, const char *name)
{
	char pattern[NAME_SIZE + 1] = "*";
	const char *dot;

	while ((dot = strchr(name, '.'))) {
		size_t n = strlen(dot);
		uint32_t number;

		memcpy(pattern + 1, dot, n + 1);
		number = find_name(table, pattern, n + 1);
		if (number)
			return number;
		name = dot + 1;
	}
	return find_name(table, "*.", 2);
}

static bool is_above_all(const struct map_table *table, uint32_t number)
{
	return !strcmp(string_at(table, table->names[number - 1].text), "*.");
}

/* The number of the name with this part of an address, or 0. */
static uint32_t find_standin(const struct map_table *table, uint32_t standin)
{
	uint32_t h = hash_mix(standin, 0, 0), at = h, found;

	while ((found = hash_next(&table->by_standin, h, &at)) != NO_RULE)
		if (table->names[found].standin == standin)
			return found + 1;
	return 0;
}

/* The next one that is free, from what the name's hash says on; never 0. */
static void choose_standin(const struct map_table *table, struct name *name,
			   uint32_t hash)
{
	name->standin = hash % NAMES_MAX + 1;
	name->in_the_way = find_standin(table, name->standin);
	while (find_standin(table, name->standin))
		name->standin = name->standin % NAMES_MAX + 1;
}

static int add_name(struct map_table *table, const char *text, size_t n)
{
	struct name name = {.text = keep_string(table, text, n),
			    .first = NO_RULE};
	struct name *names = grow(table->names, table->nnames,
				  &table->names_room, sizeof(*names));
	uint32_t hash = hash_bytes(text, n);

	if (names)
		table->names = names;
	if (!name.text || !names)
		return -ENOMEM;
	choose_standin(table, &name, hash);
	names[table->nnames] = name;
	if (hash_add(&table->by_name, hash, table->nnames) < 0 ||
	    hash_add(&table->by_standin, hash_mix(name.standin, 0, 0),
		     table->nnames) < 0)
		return -ENOMEM;
	table->nnames++;
	return 0;
}

int name_number(struct loader *l, struct word w, uint32_t *number)
{
	char name[NAME_SIZE] = "*.";
	size_t n = word_is(w, "*.") ? 2 : fold_name(w, name);

	*number = find_name(l->table, name, n);
	if (*number)
		return 0;
	if (l->table->nnames == NAMES_MAX)
		return fault(l, w, "too many host names (131071 at most):",
			     "let one \"*.\" pattern stand for many names");
	if (add_name(l->table, name, n) < 0)
		return -ENOMEM;
	*number = l->table->nnames;
	return 0;
}

static void find_parents(struct map_table *table)
{
	for (uint32_t i = 0; i < table->nnames; i++) {
		const char *text = string_at(table, table->names[i].text);

		/* A pattern is not above itself, and nothing above "*.". */
		if (is_above_all(table, i + 1))
			continue;
		if (text[0] == '*')
			text += 2;
		table->names[i].parent = find_above(table, text);
	}
}

static void find_first_rules(struct map_table *table)
{
	for (uint32_t i = table->count; i-- > 0;) {
		const struct host *host = &table->rules[i].host;

		if (host->kind == HOST_NAME)
			table->names[host->lo - 1].first = i;
	}
}

/* The first rule for a name: its own, or of a pattern above it. */
static uint32_t first_of_chain(const struct map_table *table, uint32_t number)
{
	uint32_t first = NO_RULE;

	for (; number; number = table->names[number - 1].parent)
		if (table->names[number - 1].first < first)
			first = table->names[number - 1].first;
	return first;
}

/*
 * A name either has a stand-in address, and then nothing direct can come of
 * it, or is left to the real resolver whole.
 */
static void check_late(struct loader *l, uint32_t i)
{
	const struct map_table *table = l->table;
	const struct rule *rule = &table->rules[i], *first;
	char remedy[300];

	if (rule->verdict != MAP_DIRECT || rule->host.kind != HOST_NAME)
		return;
	first = &table->rules[first_of_chain(table, rule->host.lo)];
	if (first->verdict == MAP_DIRECT)
		return;
	snprintf(remedy, sizeof(remedy),
		 "the name is looked up before the port is known: let this "
		 "rule stand before that of %.150s:%u, or leave it out",
		 source_of(table, first), first->line);
	rule_fault(l, i, "direct comes too late for this host name:", remedy);
}

int link_names(struct loader *l)
{
	struct map_table *table = l->table;

	find_parents(table);
	find_first_rules(table);
	for (uint32_t n = 1; n <= table->nnames; n++) {
		uint32_t first = first_of_chain(table, n);

		table->names[n - 1].is_direct =
			table->rules[first].verdict == MAP_DIRECT;
	}
	for (uint32_t i = 0; i < table->count; i++)
		check_late(l, i);
	return l->failed ? -EINVAL : 0;
}

bool map_has_localhost(const struct map_table *table)
{
	return table->has_localhost;
}

bool map_name_address(const struct map_table *table, const char *name,
		      int family, struct map_addr *addr)
{
	struct word w = {name, strlen(name)};
	char folded[NAME_SIZE];
	size_t n = fold_name(w, folded);
	uint32_t number;

	/* No program looks up a pattern. */
	if (n == 0 || folded[0] == '*')
		return false;
	number = find_name(table, folded, n);
	if (!number)
		number = find_above(table, folded);
	if (!number || table->names[number - 1].is_direct)
		return false;
	/* Whatever it is, "*." is above it. */
	if (is_above_all(table, number) &&
	    (!is_host_name(w) || is_localhost(w)))
		return false;
	name_to_address(table, number, family, addr);
	return true;
}

void name_to_address(const struct map_table *table, uint32_t number, int family,
		     struct map_addr *addr)
{
	uint32_t standin = table->names[number - 1].standin;
	struct host host = {.lo = STANDIN_V4 | standin, .kind = HOST_V4};

	if (family == AF_INET6)
		host = (struct host){
			.hi = STANDIN_V6_HI, .lo = standin, .kind = HOST_V6};
	*addr = address_of_host(&host);
}

uint32_t name_of_address(const struct map_table *table,
			 const struct map_addr *addr)
{
	struct host host = host_of_address(addr);

	if (host.kind == HOST_V6 && host.hi == STANDIN_V6_HI &&
	    host.lo <= NAMES_MAX)
		return find_standin(table, host.lo);
	if (host.kind == HOST_V4 &&
	    (host.lo & ~(uint64_t)NAMES_MAX) == STANDIN_V4)
		return find_standin(table, host.lo & NAMES_MAX);
	return 0;
}

const char *map_address_name(const struct map_table *table,
			     const struct map_addr *addr)
{
	uint32_t number = name_of_address(table, addr);

	return number ? string_at(table, table->names[number - 1].text) : NULL;
}

bool map_has_names(const struct map_table *table)
{
	return table->nnames > 0;
}

bool map_get_name(const struct map_table *table, size_t i,
		  struct map_name *name)
{
	const struct name *from;

	if (i >= table->nnames)
		return false;
	from = &table->names[i];
	name->text = string_at(table, from->text);
	name->in_the_way = NULL;
	if (from->in_the_way)
		name->in_the_way = string_at(
			table, table->names[from->in_the_way - 1].text);
	name_to_address(table, i + 1, AF_INET, &name->addr);
	return true;
}
