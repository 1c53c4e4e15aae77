/* SPDX-License-Identifier: MIT */
/* Filling the hash of the rules for one port: see singles.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

int singles_init(struct singles *singles, uint32_t n)
{
	size_t size;

	_Static_assert(sizeof(struct singles_line) == 64, "a cache line");
	singles->count = n / 2 + 1;
	size = singles->count * sizeof(*singles->lines);
	singles->lines = aligned_alloc(sizeof(*singles->lines), size);
	if (!singles->lines)
		return -ENOMEM;
	memset(singles->lines, 0, size);
	return 0;
}

static struct single *empty_slot(const struct singles *singles, uint64_t key)
{
	uint32_t at = singles_first(singles, key);
	struct single *slot;

	while (singles_is_full(&singles->lines[at]))
		at = singles_next(singles, at);
	slot = singles->lines[at].slots;
	while (slot->rule)
		slot++;
	return slot;
}

void singles_add(struct singles *singles, const struct map_table *table,
		 uint32_t i)
{
	struct rule rule = rule_at(table, i);
	uint64_t key = host_key(&rule.host, rule.first);
	uint32_t way = table->entries[i].way;

	*empty_slot(singles, key) = (struct single){
		.tail = key >> 32,
		.port = rule.first,
		.way = way < WAY_ELSEWHERE ? way : WAY_ELSEWHERE,
		.rule = i + 1,
		.vfirst = rule.vfirst,
	};
}

const struct single *search_single(const struct map_table *table,
				   const struct singles *singles, uint64_t key,
				   uint64_t hi, uint64_t lo)
{
	uint32_t at = singles_first(singles, key);

	for (;; at = singles_next(singles, at)) {
		const struct singles_line *line = &singles->lines[at];
		const struct single *slot = line->slots;

		for (; slot < line->slots + SLOTS; slot++)
			if (slot->tail == key >> 32 &&
			    is_single_of(table, slot, key, hi, lo))
				return slot;
		if (!singles_is_full(line))
			return NULL;
	}
}
