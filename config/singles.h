/* SPDX-License-Identifier: MIT */
/*
 * The rules for one port, in an open-addressing hash of their own. A slot holds
 * the key and what the answer is made of, and a search begins with the first of
 * the two slots in a cache line: so a lookup among many rules waits for little
 * more than one line.
 */
#ifndef TCP2VSOCK_CONFIG_SINGLES_H
#define TCP2VSOCK_CONFIG_SINGLES_H

#include "config/host.h"

struct single {
	uint64_t hi, lo; /* the host */
	uint32_t key;	 /* the rest of it, and the port: host_key() */
	uint32_t rule;	 /* its number plus one; 0: an empty slot */
	uint32_t vfirst;
	uint32_t way;
};

#define SINGLES_LINE (2 * sizeof(struct single))

struct singles {
	struct single *slots; /* aligned to SINGLES_LINE */
	uint32_t count;	      /* even; some are empty */
};

struct map_table;

/* Room for n rules. 0 or -ENOMEM; free(singles->slots) ends it. */
int singles_init(struct singles *singles, uint32_t n);

/* Adds rule i of the table, which is for one port and not there yet. */
void singles_add(struct singles *singles, const struct map_table *table,
		 uint32_t i);

/* The slot of a host and a port: an empty one if they have no rule. */
static inline struct single *singles_slot(const struct singles *singles,
					  const struct host *host,
					  uint16_t port)
{
	uint64_t hash = host_hash(host, port) >> 32;
	uint32_t key = host_key(host, port);
	struct single *slot =
		singles->slots + (hash * (singles->count / 2) >> 32) * 2;

	while (slot->rule && (slot->lo != host->lo || slot->key != key ||
			      slot->hi != host->hi))
		if (++slot == singles->slots + singles->count)
			slot = singles->slots;
	return slot;
}

#endif
