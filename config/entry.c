/* SPDX-License-Identifier: MIT */
/* Rules as the table holds them: what many of them share is held once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

static uint64_t way_hash(const struct way *way)
{
	return hash_bytes((const char *)way, sizeof(*way));
}

static bool same_way(const struct way *a, const struct way *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static uint32_t find_way(const struct loader *l, const struct way *way,
			 uint64_t h)
{
	const struct map_table *table = l->table;
	uint32_t at = h, found;

	while ((found = hash_next(&l->by_way, h, &at)) != NO_RULE)
		if (same_way(&table->ways[found], way))
			break;
	return found;
}

static int rehash(struct loader *l)
{
	struct map_table *table = l->table;
	uint32_t room = 2 * table->nways + 16;
	struct hash bigger;

	if (l->by_way.slots && table->nways < l->by_way.mask / 2)
		return 0;
	if (hash_init(&bigger, room, 2 * room) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->nways; i++)
		hash_add(&bigger, way_hash(&table->ways[i]), i);
	free(l->by_way.slots);
	l->by_way = bigger;
	return 0;
}

static int add_way(struct loader *l, const struct way *way, uint64_t h)
{
	struct map_table *table = l->table;
	struct way *ways = grow(table->ways, table->nways, &table->ways_room,
				sizeof(*ways));

	if (!ways)
		return -ENOMEM;
	table->ways = ways;
	if (rehash(l) < 0)
		return -ENOMEM;
	hash_add(&l->by_way, h, table->nways);
	table->ways[table->nways++] = *way;
	return 0;
}

/* The number of a rule's way, a new one if need be. */
static int way_of(struct loader *l, const struct rule *rule, uint32_t *number)
{
	struct way way = {
		.cid = rule->cid,
		.timeout_ms = rule->timeout_ms,
		.buffer = rule->buffer,
		.path = rule->path,
		.source = rule->source,
		.kind = rule->host.kind,
		.bits = rule->host.bits,
		.all_ports = rule->all_ports,
		.is_peer = rule->is_peer,
		.directions = rule->directions,
		.verdict = rule->verdict,
	};
	uint64_t h;

	/* Most rules go the way of the one before them. */
	if (l->table->count && same_way(&l->table->ways[l->last_way], &way)) {
		*number = l->last_way;
		return 0;
	}
	h = way_hash(&way);
	*number = find_way(l, &way, h);
	if (*number != NO_RULE)
		return 0;
	*number = l->table->nways;
	return add_way(l, &way, h);
}

int add_entry(struct loader *l, const struct rule *rule)
{
	struct map_table *table = l->table;
	struct entry *entries = grow(table->entries, table->count, &table->room,
				     sizeof(*entries));
	uint32_t way;

	_Static_assert(sizeof(struct entry) == 32, "see struct entry");
	if (!entries)
		return -ENOMEM;
	table->entries = entries;
	if (way_of(l, rule, &way) < 0)
		return -ENOMEM;
	l->last_way = way;
	table->entries[table->count++] = (struct entry){
		.hi = rule->host.hi,
		.lo = rule->host.lo,
		.first = rule->first,
		.last = rule->last,
		.vfirst = rule->vfirst,
		.line = rule->line,
		.way = way,
	};
	return 0;
}
