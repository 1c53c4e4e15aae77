/* SPDX-License-Identifier: MIT */
/*
 * Address -> answer. Pure: nothing here allocates, locks or makes a system
 * call.
 *
 * The levels of an index are tried in the order of their first rule, each with
 * one or two hash probes, and the lowest rule found wins. A level whose first
 * rule comes after what has been found can't change that, nor can any after
 * it. Most connections of a program are to ports that no rule names, and cost
 * no probe. So a table of exact addresses and ports costs one
 * probe, whatever its size.
 */
#include <string.h>

#include "config/internal.h"

static uint64_t host_hash(const struct host *host, uint16_t port)
{
	uint64_t rest = (uint64_t)host->kind << 32 | (uint64_t)host->bits << 16;

	return hash_mix(host->lo, host->hi, rest | port);
}

static bool is_for(const struct map_table *table, uint32_t i,
		   const struct host *host, uint16_t port)
{
	const struct entry *e = &table->entries[i];
	const struct way *way = &table->ways[e->way];

	return e->lo == host->lo && e->hi == host->hi && e->first == port &&
	       way->kind == host->kind && way->bits == host->bits;
}

uint32_t find_single(const struct map_table *table, const struct index *index,
		     const struct host *host, uint16_t port)
{
	uint64_t h = host_hash(host, port);
	uint32_t at = h, found;

	while ((found = hash_next(&index->singles, h, &at)) != NO_RULE)
		if (is_for(table, found, host, port))
			break;
	return found;
}

struct block *find_block(const struct index *index, const struct host *host)
{
	uint64_t h = host_hash(host, 0);
	uint32_t at = h, found;

	while ((found = hash_next(&index->by_host, h, &at)) != NO_RULE)
		if (same_host(&index->blocks[found].host, host))
			return &index->blocks[found];
	return NULL;
}

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

static uint32_t lower(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t ask_level(const struct map_table *table,
			  const struct index *index, const struct level *level,
			  const struct host *host, uint16_t port)
{
	uint32_t found = NO_RULE;
	struct host cut;

	if (host->kind != level->kind || host->bits != level->bits) {
		cut = host_at(host, level);
		host = &cut;
	}
	if (level->singles)
		found = find_single(table, index, host, port);
	if (level->blocks) {
		const struct block *block = find_block(index, host);

		if (block)
			found = lower(found, find_segment(index, block, port));
	}
	return found;
}

uint32_t first_rule(const struct map_table *table, enum map_direction direction,
		    const struct host *host, uint16_t port)
{
	const struct index *index = &table->index[direction == MAP_LISTEN];
	const struct levels *levels = &index->levels[host->kind];
	uint32_t best = NO_RULE;

	for (uint32_t i = 0; i < levels->count; i++) {
		if (levels->list[i].lowest >= best)
			break;
		best = lower(best, ask_level(table, index, &levels->list[i],
					     host, port));
	}
	return best;
}

/* A name's own rules, and those of each "*." pattern above it. */
static uint32_t first_rule_of_name(const struct map_table *table,
				   enum map_direction direction,
				   uint32_t number, uint16_t port)
{
	uint32_t best = NO_RULE;

	for (; number; number = table->names[number - 1].parent) {
		struct host host = {
			.lo = number, .kind = HOST_NAME, .bits = 128};

		best = lower(best, first_rule(table, direction, &host, port));
	}
	return best;
}

uint32_t first_rule_for(const struct map_table *table,
			enum map_direction direction,
			const struct map_addr *addr, uint16_t port, bool *named)
{
	struct host host = host_of_address(addr);
	uint32_t number = table->nnames ? name_of_host(table, &host) : 0;
	uint32_t found = first_rule(table, direction, &host, port);

	*named = number != 0;
	if (!number)
		return found;
	return lower(found, first_rule_of_name(table, direction, number, port));
}

static void fill_answer(const struct map_table *table, const struct rule *rule,
			uint16_t port, struct map_answer *answer)
{
	answer->verdict = rule->verdict;
	answer->cid = rule->cid;
	if (port && (rule->verdict == MAP_VSOCK || rule->verdict == MAP_HVSOCK))
		answer->port = rule->vfirst + (port - rule->first);
	answer->path = rule->path ? string_at(table, rule->path) : NULL;
	answer->timeout_ms = rule->timeout_ms;
	answer->buffer = rule->buffer;
	answer->source = source_of(table, rule);
	answer->line = rule->line;
}

/* Whether no rule can match, and the address stands for no name. */
static bool is_beyond(const struct map_table *table,
		      enum map_direction direction, const struct map_addr *addr,
		      uint16_t port)
{
	const struct index *index = &table->index[direction == MAP_LISTEN];

	return (port < index->first || port > index->last) &&
	       (!table->nnames || !name_of_address(table, addr));
}

void map_lookup(const struct map_table *table, enum map_direction direction,
		const struct map_addr *addr, uint16_t port,
		struct map_answer *answer)
{
	bool named;
	uint32_t found;
	struct rule rule;

	*answer = (struct map_answer){.verdict = MAP_NONE};
	if (is_beyond(table, direction, addr, port))
		return;
	found = first_rule_for(table, direction, addr, port, &named);
	if (found != NO_RULE) {
		rule = rule_at(table, found);
		fill_answer(table, &rule, port, answer);
	}
	/* Nothing that the kernel could reach has a stand-in's address. */
	if (named && answer->verdict <= MAP_DIRECT)
		answer->verdict = MAP_REFUSE;
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
