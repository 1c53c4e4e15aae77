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

/* FNV-1a. */
uint64_t hash_bytes(const char *at, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)at[i]) * 0x100000001b3;
	return hash_final(h);
}

void hash_add(struct hash *hash, uint64_t h, uint32_t value)
{
	uint32_t at = (uint32_t)h & hash->mask;

	while (hash->slots[at])
		at = (at + 1) & hash->mask;
	hash->slots[at] = hash_tag(hash, h) | (value + 1);
}
