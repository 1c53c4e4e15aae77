/* SPDX-License-Identifier: MIT */
/*
 * A hash of numbers whose keys live elsewhere: it is filled while the table is
 * loaded, and then only read.
 */
#ifndef TCP2VSOCK_CONFIG_HASH_H
#define TCP2VSOCK_CONFIG_HASH_H

#include <stddef.h>
#include <stdint.h>

#define NO_RULE UINT32_MAX

/* Open addressing: a value is behind the slot that its key's hash says. */
struct hash {
	struct hash_slot {
		uint32_t key;	/* the key's hash */
		uint32_t value; /* plus one; 0: an empty slot */
	} * slots;		/* NULL: nothing has been added */
	uint32_t mask;		/* number of slots, a power of two, minus one */
	uint32_t count;
};

uint32_t hash_bytes(const char *at, size_t n);

/*
 * Adds a value, which is not there yet, by its key's hash. Allocates; 0 or
 * -ENOMEM. free(hash->slots) ends it.
 */
int hash_add(struct hash *hash, uint32_t key, uint32_t value);

/* What a lookup does is inline: it is most of what an unmapped call costs. */

/* The finalizer of MurmurHash3. */
static inline uint32_t hash_mix(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t h = a + b * 0x9e3779b97f4a7c15 + c * 0xd6e8feb86659fd93;

	h ^= h >> 33;
	h *= 0xff51afd7ed558ccd;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53;
	return h >> 32;
}

/*
 * Steps through the values whose keys have this hash: start with *at = key;
 * NO_RULE at the end. Async-signal-safe.
 */
static inline uint32_t hash_next(const struct hash *hash, uint32_t key,
				 uint32_t *at)
{
	if (!hash->slots)
		return NO_RULE;
	for (;;) {
		const struct hash_slot *slot =
			&hash->slots[(*at)++ & hash->mask];

		if (!slot->value)
			return NO_RULE;
		if (slot->key == key)
			return slot->value - 1;
	}
}

#endif
