/* SPDX-License-Identifier: MIT */
/*
 * Rules -> answers: there is an index for each direction. A rule for one port
 * is found by its host and port; the others of a host are a list of runs of
 * ports, each with the first rule that has it.
 *
 * Filling allocates and reports; what asks is async-signal-safe and reads
 * nothing but the table.
 *
 * Map of config/index/:
 *	index.c   fills it, and warns of rules that never match
 *	lookup.c  asks it
 *	names.c   host names and the addresses that stand for them
 *	peers.c   what a remote CID or a Unix socket's path is shown as
 *	rule.c    single rules, for those who explain or judge them
 *	unix.c    names of Unix sockets, and what stands for them
 */
#ifndef TCP2VSOCK_CONFIG_INDEX_INDEX_H
#define TCP2VSOCK_CONFIG_INDEX_INDEX_H

#include "config/hash.h"
#include "config/rule.h"
#include "config/word.h"

/* The first rule for a run of ports. */
struct run {
	uint16_t first, last;
	uint32_t rule;
};

/* All rules for more than one port that name the same host. */
struct host_block {
	struct host host;
	struct run *runs; /* ascending, disjoint */
	uint32_t count, room;
};

/*
 * A kind and prefix length that rules use. A lookup tries each level that has
 * a rule written before what it has found so far.
 */
struct level {
	struct host mask; /* the bits of an address that it goes by */
	uint32_t lowest;  /* the first rule of this level */
	bool has_single, has_block;
};

struct levels {
	struct level *list; /* by lowest */
	uint32_t count, room;
};

/*
 * A bit for each sixteen 16-bit numbers, of which one may be there: the table of
 * a small program must not take pages.
 */
#define SET_STEP  16
#define SET_WORDS (65536 / SET_STEP / 64)

struct index {
	struct hash by_port; /* (host, port) -> rule, of those for one port */
	struct hash by_host; /* host -> block */
	struct host_block *blocks;
	uint32_t nblocks, blocks_room;
	struct levels levels[HOST_KINDS]; /* by the kind that is asked for */
	uint64_t ports[SET_WORDS];	  /* those that a rule names */
	uint64_t nets[SET_WORDS]; /* IPv4 /16 blocks that one reaches into */
};

struct loader;

/*
 * Rule i is for a Unix socket: whoever asks for its name finds it. 0, -EINVAL
 * (another name has its hash; reported) or -ENOMEM.
 */
int index_unix_name(struct loader *l, uint32_t i, struct word at);

/* Fills both indexes of the loader's table. 0 or -ENOMEM. */
int build_index(struct loader *l);
void free_index(struct index *index);

/* host cut to a level's bits, as that level's key. */
static inline struct host host_at(const struct host *host,
				  const struct level *level)
{
	return (struct host){.hi = host->hi & level->mask.hi,
			     .lo = host->lo & level->mask.lo,
			     .kind = level->mask.kind,
			     .bits = level->mask.bits};
}

/* The rule for this port of a host and no other port, or NO_RULE. */
static inline uint32_t find_single(const struct rule *rules,
				   const struct index *index,
				   const struct host *host, uint16_t port)
{
	uint32_t key = host_hash(host, port), at = key, found;

	do
		found = hash_next(&index->by_port, key, &at);
	while (found != NO_RULE && (rules[found].first != port ||
				    !same_host(&rules[found].host, host)));
	return found;
}

/* The rules for several ports of a host, or NULL. */
static inline struct host_block *find_block(const struct index *index,
					    const struct host *host)
{
	uint32_t key = host_hash(host, 0), at = key, found;

	while ((found = hash_next(&index->by_host, key, &at)) != NO_RULE)
		if (same_host(&index->blocks[found].host, host))
			return &index->blocks[found];
	return NULL;
}

/* The first run of a block that ends at this port or behind it. */
static inline uint32_t find_run(const struct host_block *block, uint16_t port)
{
	uint32_t low = 0, high = block->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (block->runs[middle].last < port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif
