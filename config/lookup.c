/* SPDX-License-Identifier: MIT */
/*
 * Address -> answer. Pure: nothing here allocates, locks or makes a system
 * call.
 *
 * The levels of an index are tried in the order of their first rule, each with
 * one or two hash probes, and the lowest rule found wins. A level whose first
 * rule comes after what has been found can't change that, nor can any after
 * it. So a table of exact addresses and ports costs one probe, whatever its
 * size. A port that no rule names, as most are that a program connects to,
 * costs none.
 */
#include <string.h>

#include "config/internal.h"

static uint32_t find_segment(const struct index *index,
			     const struct block *block, uint16_t port)
{
	const struct segment *segments = index->segments + block->first;
	uint32_t low = 0, high = block->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (segments[middle].last < port)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == block->count || segments[low].first > port)
		return NO_RULE;
	return segments[low].rule;
}

/* The first rule so far, and its slot if it is for one port. */
struct found {
	uint32_t rule; /* or NO_RULE */
	const struct single *slot;
};

#define INLINE	static inline __attribute__((always_inline))
#define OUTLINE static __attribute__((noinline))

OUTLINE uint32_t ask_block(const struct index *index, uint64_t hi, uint64_t lo,
			   const struct level *level, uint16_t port)
{
	struct host host = {
		.hi = hi, .lo = lo, .kind = level->kind, .bits = level->bits};
	const struct block *block = find_block(index, &host);

	return block ? find_segment(index, block, port) : NO_RULE;
}

INLINE struct found ask_level(const struct map_table *table,
			      const struct index *index,
			      const struct level *level,
			      const struct host *asked, uint16_t port,
			      struct found best)
{
	struct host host = host_at(asked, level);

	if (level->singles) {
		const struct single *slot =
			find_single(table, &index->singles, &host, port);

		if (slot && slot->rule - 1 < best.rule)
			best = (struct found){slot->rule - 1, slot};
	}
	if (level->blocks && is_in_set(index->spans, span_of(&host, port))) {
		uint32_t rule = ask_block(index, host.hi, host.lo, level, port);

		if (rule < best.rule)
			best = (struct found){rule, NULL};
	}
	return best;
}

INLINE struct found ask_host(const struct map_table *table,
			     const struct index *index, const struct host *host,
			     uint16_t port, struct found best)
{
	const struct levels *levels = &index->levels[host->kind];
	const struct level *end = levels->list + levels->count;

	for (const struct level *level = levels->list; level < end; level++) {
		if (level->lowest >= best.rule)
			break;
		best = ask_level(table, index, level, host, port, best);
	}
	return best;
}

OUTLINE struct found ask_again(const struct map_table *table,
			       const struct index *index,
			       const struct host *host, uint16_t port,
			       struct found best)
{
	return ask_host(table, index, host, port, best);
}

/* A name's own rules, and those of each "*." pattern above it. */
static struct found ask_name(const struct map_table *table,
			     const struct index *index, uint32_t number,
			     uint16_t port, struct found best)
{
	for (; number; number = table->names[number - 1].parent) {
		struct host host = {
			.lo = number, .kind = HOST_NAME, .bits = 128};

		best = ask_again(table, index, &host, port, best);
	}
	return best;
}

INLINE void fill_answer(const struct map_table *table, struct found found,
			uint16_t port, struct map_answer *answer)
{
	const struct way *way;
	uint32_t vport;

	if (found.slot) {
		way = way_of_single(table, found.slot);
		vport = found.slot->vfirst;
	} else {
		const struct entry *e = &table->entries[found.rule];

		way = &table->ways[e->way];
		vport = e->vfirst + (port - e->first);
	}
	answer->verdict = way->verdict;
	answer->cid = way->cid;
	if (port && way->verdict >= MAP_VSOCK)
		answer->port = vport;
	answer->path = way->path ? string_at(table, way->path) : NULL;
	answer->timeout_ms = way->timeout_ms;
	answer->buffer = way->buffer;
	answer->rule = found.rule + 1;
}

/* One that no rule names may be answered by its name's rules. */
__attribute__((noinline)) static void
look_up_name(const struct map_table *table, const struct index *index,
	     const struct map_addr *addr, uint16_t port,
	     struct map_answer *answer)
{
	struct host host = host_of_address(addr);
	uint32_t number = name_of_host(table, &host);
	struct found best = {NO_RULE, NULL};

	if (!number && !may_have(index, addr, port))
		return;
	best = ask_again(table, index, &host, port, best);
	if (number)
		best = ask_name(table, index, number, port, best);
	if (best.rule != NO_RULE)
		fill_answer(table, best, port, answer);
	/* Nothing that the kernel could reach has a stand-in's address. */
	if (number && answer->verdict <= MAP_DIRECT)
		answer->verdict = MAP_REFUSE;
}

__attribute__((noinline)) static void
look_up(const struct map_table *table, const struct index *index,
	const struct map_addr *addr, uint16_t port, struct map_answer *answer)
{
	struct host host = host_of_address(addr);
	struct found best = {NO_RULE, NULL};

	best = ask_host(table, index, &host, port, best);
	if (best.rule != NO_RULE)
		fill_answer(table, best, port, answer);
}

/* Most connections of a program are to what no rule names. */
void map_lookup(const struct map_table *table, enum map_direction direction,
		const struct map_addr *addr, uint16_t port,
		struct map_answer *answer)
{
	const struct index *index = &table->index[direction == MAP_LISTEN];

	*answer = (struct map_answer){.verdict = MAP_NONE};
	if (table->nnames)
		look_up_name(table, index, addr, port, answer);
	else if (may_have(index, addr, port))
		look_up(table, index, addr, port, answer);
}

bool map_may_reach(const struct map_table *table, enum map_direction direction,
		   const struct map_addr *addr)
{
	const struct index *index = &table->index[direction == MAP_LISTEN];

	return addr->family == AF_INET6 ? index->levels[HOST_V6].count > 0
					: may_reach(index, addr);
}

static bool set_v4(struct map_addr *addr, uint16_t *port,
		   const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in in;

	if (len < sizeof(in))
		return false;
	memcpy(&in, sa, sizeof(in));
	*addr = (struct map_addr){.family = AF_INET};
	addr->ip.v4 = in.sin_addr;
	*port = ntohs(in.sin_port);
	return true;
}

static bool set_v6(struct map_addr *addr, uint16_t *port,
		   const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in6 in6 = {0};

	/* 24: without sin6_scope_id, as the kernel takes it (RFC 2133). */
	if (len < 24)
		return false;
	memcpy(&in6, sa, len < sizeof(in6) ? len : sizeof(in6));
	*addr = (struct map_addr){.family = AF_INET6};
	addr->ip.v6 = in6.sin6_addr;
	if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr)) {
		addr->family = AF_INET;
		memcpy(&addr->ip.v4, &in6.sin6_addr.s6_addr[12], 4);
	}
	*port = ntohs(in6.sin6_port);
	return true;
}

bool map_addr_set(struct map_addr *addr, uint16_t *port,
		  const struct sockaddr *sa, socklen_t len)
{
	sa_family_t family;

	if (!sa || len < sizeof(family))
		return false;
	memcpy(&family, sa, sizeof(family));
	if (family == AF_INET)
		return set_v4(addr, port, sa, len);
	return family == AF_INET6 && set_v6(addr, port, sa, len);
}
