/* SPDX-License-Identifier: MIT */
/* A hash of numbers whose keys live elsewhere: filled once, then only read. */
#include "config/hash.h"

#include <errno.h>
#include <stdlib.h>

/* FNV-1a. */
uint32_t hash_bytes(const char *at, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)at[i]) * 0x100000001b3;
	return hash_mix(h, 0, 0);
}

static void put_slot(struct hash *hash, uint32_t key, uint32_t value)
{
	uint32_t at = key & hash->mask;

	while (hash->slots[at].value)
		at = (at + 1) & hash->mask;
	hash->slots[at] = (struct hash_slot){key, value};
}

static int make_bigger(struct hash *hash)
{
	uint32_t n = hash->slots ? 2 * (hash->mask + 1) : 8;
	struct hash old = *hash;

	hash->slots = calloc(n, sizeof(*hash->slots));
	if (!hash->slots) {
		*hash = old;
		return -ENOMEM;
	}
	hash->mask = n - 1;
	for (uint32_t i = 0; old.slots && i <= old.mask; i++)
		if (old.slots[i].value)
			put_slot(hash, old.slots[i].key, old.slots[i].value);
	free(old.slots);
	return 0;
}

/* A quarter of the slots at least is empty. */
int hash_add(struct hash *hash, uint32_t key, uint32_t value)
{
	if (hash->count >= (hash->mask + 1) / 4 * 3 && make_bigger(hash) < 0)
		return -ENOMEM;
	put_slot(hash, key, value + 1);
	hash->count++;
	return 0;
}
