/* SPDX-License-Identifier: MIT */
/* A hash of numbers whose keys live elsewhere: built once, then only read. */
#include <errno.h>
#include <stdlib.h>

#include "config/internal.h"

int hash_init(struct hash *hash, uint32_t n, uint32_t values)
{
	size_t slots = 4;

	while (slots < n + (size_t)n / 4 + 1)
		slots *= 2;
	hash->low = 3;
	while (hash->low < values)
		hash->low = hash->low << 1 | 1;
	hash->slots = calloc(slots, sizeof(*hash->slots));
	if (!hash->slots)
		return -ENOMEM;
	hash->mask = slots - 1;
	return 0;
}

/* The finalizer of MurmurHash3, over the three words in turn. */
static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccd;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53;
	return h ^ h >> 33;
}

uint64_t hash_mix(uint64_t a, uint64_t b, uint64_t c)
{
	return mix(b ^ mix(a ^ c * 0x9e3779b97f4a7c15));
}

/* FNV-1a. */
uint64_t hash_bytes(const char *at, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)at[i]) * 0x100000001b3;
	return mix(h);
}

/* The bits of a slot that hold no number: some of the hash's upper half. */
static uint32_t tag(const struct hash *hash, uint64_t h)
{
	return (uint32_t)(h >> 32) & ~hash->low;
}

void hash_add(struct hash *hash, uint64_t h, uint32_t value)
{
	uint32_t at = (uint32_t)h & hash->mask;

	while (hash->slots[at])
		at = (at + 1) & hash->mask;
	hash->slots[at] = tag(hash, h) | (value + 1);
}

uint32_t hash_next(const struct hash *hash, uint64_t h, uint32_t *at)
{
	if (!hash->slots)
		return NO_RULE;
	for (;;) {
		uint32_t slot = hash->slots[(*at)++ & hash->mask];

		if (!slot)
			return NO_RULE;
		if ((slot & ~hash->low) == tag(hash, h))
			return (slot & hash->low) - 1;
	}
}
