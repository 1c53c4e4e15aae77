/* SPDX-License-Identifier: MIT */
/*
 * Rules -> answers: there is an index for each direction, a hash of its rules by
 * their hosts.
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

/*
 * A kind and prefix length that rules use. A lookup tries each level that has
 * a rule written before what it has found so far.
 */
struct level {
	struct host mask;	/* the bits of an address that it goes by */
	uint32_t lowest;	/* the first rule of this level */
	bool has_one, has_more; /* ports */
};

/* "*", every prefix length of IPv4 and of IPv6, names, Unix sockets. */
#define LEVELS_MAX (1 + 33 + 129 + 1 + 1)

/*
 * A bit for each sixteen 16-bit numbers, of which one may be there: the table of
 * a small program must not take pages.
 */
#define SET_STEP  16
#define SET_WORDS (65536 / SET_STEP / 64)

struct index {
	struct hash by_host;		 /* hash_of_ports() -> rule */
	struct level levels[LEVELS_MAX]; /* by lowest */
	uint32_t nlevels;
	uint64_t ports[SET_WORDS]; /* those that a rule names */
	uint64_t nets[SET_WORDS];  /* IPv4 /16 blocks that one reaches into */
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

/*
 * The first rule that has all these ports of a host, or NO_RULE. Rules of the
 * "*." patterns above a name count too: number is that of the lowest, or 0.
 */
uint32_t find_rule(const struct map_table *table, const struct index *index,
		   struct host host, uint32_t number, uint16_t first,
		   uint16_t last);

/* Rules for one port of a host are kept apart: there may be thousands. */
static inline uint32_t hash_of_ports(const struct host *host, uint16_t first,
				     uint16_t last)
{
	return host_hash(host, first == last ? first : 0);
}

#endif
