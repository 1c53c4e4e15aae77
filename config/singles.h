/* SPDX-License-Identifier: MIT */
/*
 * The rules for one port, in an open-addressing hash of their own: lines of
 * four slots, filled from the first on, each with what the answer is made of.
 * A lookup among many rules waits for one cache line, and looks at its slots
 * without a branch: one that is foretold wrongly would wait for the line, and
 * the processor do nothing else meanwhile. See find_single() in internal.h.
 */
#ifndef TCP2VSOCK_CONFIG_SINGLES_H
#define TCP2VSOCK_CONFIG_SINGLES_H

#include "config/host.h"

struct single {
	uint32_t tail; /* of the host: host_key() */
	uint16_t port;
	uint16_t way;	 /* or WAY_ELSEWHERE */
	uint32_t rule;	 /* its number plus one; 0: an empty slot */
	uint32_t vfirst; /* the vsock port */
};

/* A way that 16 bits can't tell: the rule's entry has it. */
#define WAY_ELSEWHERE UINT16_MAX

#define SLOTS	      4 /* in a cache line */

struct singles_line {
	struct single slots[SLOTS];
};

struct singles {
	struct singles_line *lines;
	uint32_t count; /* about half of all slots are empty */
};

struct map_table;

/* Room for n rules. 0 or -ENOMEM; free(singles->lines) ends it. */
int singles_init(struct singles *singles, uint32_t n);

/* Adds rule i of the table, which is for one port and not there yet. */
void singles_add(struct singles *singles, const struct map_table *table,
		 uint32_t i);

/* The line in which the search for a key begins. */
static inline uint32_t singles_first(const struct singles *singles,
				     uint64_t key)
{
	return (key_hash(key) >> 32) * singles->count >> 32;
}

static inline uint32_t singles_next(const struct singles *singles,
				    uint32_t line)
{
	return line + 1 < singles->count ? line + 1 : 0;
}

/* The last slot is the last to be filled. */
static inline bool singles_is_full(const struct singles_line *line)
{
	return line->slots[SLOTS - 1].rule;
}

/* The first slot that has this tail, or the last. */
static inline const struct single *
singles_choose(const struct singles_line *line, uint32_t tail)
{
	unsigned not_0 = line->slots[0].tail != tail;
	unsigned not_1 = not_0 & (line->slots[1].tail != tail);
	unsigned not_2 = not_1 & (line->slots[2].tail != tail);

	return &line->slots[not_0 + not_1 + not_2];
}

#endif
