/* SPDX-License-Identifier: MIT */
/* A hash of numbers whose keys live elsewhere: built once, then only read. */
#ifndef TCP2VSOCK_CONFIG_HASH_H
#define TCP2VSOCK_CONFIG_HASH_H

#include <stddef.h>
#include <stdint.h>

#define NO_RULE UINT32_MAX

/*
 * An open-addressing hash; the key is found through the value. A slot holds a
 * value plus one in its lower bits, and some bits of the hash above them. 0 is
 * an empty slot.
 */
struct hash {
	uint32_t *slots;
	uint32_t mask; /* number of slots, a power of two, minus one */
	uint32_t low;  /* the bits of a slot that are the value's */
};

/* Room for n values, each below `values`. 0 or -ENOMEM. */
int hash_init(struct hash *hash, uint32_t n, uint32_t values);
uint64_t hash_bytes(const char *at, size_t n);
/* The value is not there yet. */
void hash_add(struct hash *hash, uint64_t h, uint32_t value);

/* What a lookup does is inline: it is most of what an unmapped call costs. */

/* The finalizer of MurmurHash3. */
static inline uint64_t hash_final(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccd;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53;
	return h ^ h >> 33;
}

static inline uint64_t hash_mix(uint64_t a, uint64_t b, uint64_t c)
{
	return hash_final(a + b * 0x9e3779b97f4a7c15 + c * 0xd6e8feb86659fd93);
}

/* The bits of a slot that hold no number: some of the hash's upper half. */
static inline uint32_t hash_tag(const struct hash *hash, uint64_t h)
{
	return (uint32_t)(h >> 32) & ~hash->low;
}

/*
 * Steps through the values that may have hash h: start with *at = (uint32_t)h;
 * NO_RULE at the end.
 */
static inline uint32_t hash_next(const struct hash *hash, uint64_t h,
				 uint32_t *at)
{
	if (!hash->slots)
		return NO_RULE;
	for (;;) {
		uint32_t slot = hash->slots[(*at)++ & hash->mask];

		if (!slot)
			return NO_RULE;
		if ((slot & ~hash->low) == hash_tag(hash, h))
			return (slot & hash->low) - 1;
	}
}

#endif
