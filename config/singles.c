/* SPDX-License-Identifier: MIT */
/* Filling the hash of the rules for one port: see singles.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

int singles_init(struct singles *singles, uint32_t n)
{
	size_t size;

	/* Two of three are taken at most, and an even number there is. */
	singles->count = (n + n / 2 + 2) & ~1U;
	size = singles->count * sizeof(*singles->slots);
	singles->slots = aligned_alloc(SINGLES_LINE, size);
	if (!singles->slots)
		return -ENOMEM;
	memset(singles->slots, 0, size);
	return 0;
}

void singles_add(struct singles *singles, const struct map_table *table,
		 uint32_t i)
{
	struct rule rule = rule_at(table, i);

	*singles_slot(singles, &rule.host, rule.first) = (struct single){
		.hi = rule.host.hi,
		.lo = rule.host.lo,
		.key = host_key(&rule.host, rule.first),
		.rule = i + 1,
		.vfirst = rule.vfirst,
		.way = table->entries[i].way,
	};
}
