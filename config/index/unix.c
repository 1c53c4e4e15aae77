/* SPDX-License-Identifier: MIT */
/*
 * Names of Unix sockets. What stands for one is its hash, the same in every
 * process, whatever other rules its table has.
 */
#include <errno.h>
#include <string.h>

#include "config/loader.h"
#include "config/rule_table.h"

static uint32_t hash_of(const char *name, size_t n)
{
	uint32_t hash = hash_bytes(name, n);

	return hash ? hash : 1; /* 0 has no name */
}

/* The first rule for a name of this hash, or NO_RULE. */
static uint32_t find_hash(const struct map_table *table, uint32_t hash)
{
	uint32_t at = hash;

	return hash_next(&table->by_unix, hash, &at);
}

static const char *name_at(const struct map_table *table, uint32_t i)
{
	return string_at(table, table->rules[i].unix_name);
}

int index_unix_name(struct loader *l, uint32_t i, struct word at)
{
	struct map_table *table = l->table;
	const char *name = name_at(table, i);
	uint32_t hash = hash_of(name, strlen(name));
	uint32_t first = find_hash(table, hash);

	table->rules[i].host.lo = hash;
	if (first == NO_RULE)
		return hash_add(&table->by_unix, hash, i);
	if (!strcmp(name_at(table, first), name))
		return 0;
	return fault(l, at, "no room for this name beside another:",
		     "two names of Unix sockets have the same hash, by "
		     "chance: change one");
}

bool map_has_unix(const struct map_table *table)
{
	return table->by_unix.count > 0;
}

bool map_unix_address(const struct map_table *table, const char *name, size_t n,
		      struct map_addr *addr)
{
	uint32_t hash = hash_of(name, n), i = find_hash(table, hash);

	if (i == NO_RULE || strlen(name_at(table, i)) != n ||
	    memcmp(name_at(table, i), name, n) != 0)
		return false;
	memset(addr, 0, sizeof(*addr));
	addr->family = AF_UNIX;
	addr->ip.unix_hash = hash;
	return true;
}

const char *map_unix_text(const struct map_table *table,
			  const struct map_addr *addr)
{
	uint32_t i = addr->family == AF_UNIX && addr->ip.unix_hash
			     ? find_hash(table, addr->ip.unix_hash)
			     : NO_RULE;

	return i == NO_RULE ? NULL : name_at(table, i);
}
