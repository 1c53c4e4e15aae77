/* SPDX-License-Identifier: MIT */
/*
 * Address -> answer. Pure: nothing here allocates, locks or makes a system
 * call.
 *
 * The levels of an index are tried in the order of their first rule, each with
 * one or two hash probes, and the lowest rule found wins. A level whose first rule
 * comes after what has been found can't change that, nor can any after it. So a
 * table of exact addresses and ports costs one probe, whatever its size. A port
 * that no rule names, as most are that a program connects to, costs none.
 */
#include <string.h>

#include "config/rule_table.h"

static inline bool is_in_set(const uint64_t *set, uint16_t number)
{
	return set[number / SET_STEP / 64] >> number / SET_STEP % 64 & 1;
}

/* False for most of what no rule names. */
static inline bool may_match(const struct index *index,
			     const struct map_addr *addr, uint16_t port)
{
	return is_in_set(index->ports, port) &&
	       (addr->family != AF_INET ||
		is_in_set(index->nets, ntohl(addr->ip.v4.s_addr) >> 16));
}

/* Of the rules with this key, the first that has the ports, or best. */
static inline uint32_t ask_key(const struct map_table *table,
			       const struct index *index, uint32_t key,
			       const struct host *host, uint16_t first,
			       uint16_t last, uint32_t best)
{
	uint32_t at = key, found;

	while ((found = hash_next(&index->by_host, key, &at)) != NO_RULE) {
		const struct rule *rule = &table->rules[found];

		if (found < best && first_port(rule) <= first &&
		    last <= rule->last && same_host(&rule->host, host))
			best = found;
	}
	return best;
}

static inline uint32_t ask_level(const struct map_table *table,
				 const struct index *index,
				 const struct level *level,
				 const struct host *asked, uint16_t first,
				 uint16_t last, uint32_t best)
{
	struct host host = {asked->hi & level->mask.hi,
			    asked->lo & level->mask.lo, level->mask.kind,
			    level->mask.bits};

	if (level->has_one && first == last)
		best = ask_key(table, index, host_hash(&host, first), &host,
			       first, last, best);
	if (level->has_more)
		best = ask_key(table, index, host_hash(&host, 0), &host, first,
			       last, best);
	return best;
}

/* "*" has every kind of address. */
static inline bool is_above(const struct level *level, const struct host *host)
{
	if (level->mask.kind == HOST_ANY)
		return host->kind != HOST_UNIX;
	return level->mask.kind == host->kind && level->mask.bits <= host->bits;
}

/* The first rule for the ports of a host that comes before best, or best. */
static uint32_t ask_host(const struct map_table *table,
			 const struct index *index, const struct host *host,
			 uint16_t first, uint16_t last, uint32_t best)
{
	const struct level *level = index->levels;
	const struct level *end = level + index->nlevels;

	for (; level < end && level->lowest < best; level++)
		if (is_above(level, host))
			best = ask_level(table, index, level, host, first, last,
					 best);
	return best;
}

uint32_t find_rule(const struct map_table *table, const struct index *index,
		   struct host host, uint32_t number, uint16_t first,
		   uint16_t last)
{
	uint32_t best = ask_host(table, index, &host, first, last, NO_RULE);

	for (; number; number = table->names[number - 1].parent) {
		host = (struct host){
			.lo = number, .kind = HOST_NAME, .bits = 128};
		best = ask_host(table, index, &host, first, last, best);
	}
	return best;
}

static void fill_answer(const struct map_table *table, uint32_t i,
			uint16_t port, struct map_answer *answer)
{
	const struct rule *rule = &table->rules[i];

	answer->verdict = rule->verdict;
	answer->cid = rule->cid;
	answer->port = 0;
	if (port && rule->verdict >= MAP_VSOCK)
		answer->port = rule->vfirst + (port - rule->first);
	answer->path = rule->path ? string_at(table, rule->path) : NULL;
	answer->timeout_ms = rule->timeout_ms;
	answer->buffer = rule->buffer;
	answer->rule = i + 1;
}

/* noinline: what no rule names should not save registers for this. */
__attribute__((noinline)) static void
look_up(const struct map_table *table, const struct index *index,
	uint32_t number, const struct map_addr *addr, uint16_t port,
	struct map_answer *answer)
{
	uint32_t rule = find_rule(table, index, host_of_address(addr), number,
				  port, port);

	if (rule != NO_RULE)
		fill_answer(table, rule, port, answer);
	/* Nothing that the kernel could reach has a stand-in's address. */
	if (number && answer->verdict <= MAP_DIRECT)
		answer->verdict = MAP_REFUSE;
}

/* Most connections of a program are to what no rule names: that is all here. */
void map_lookup(const struct map_table *table, enum map_direction direction,
		const struct map_addr *addr, uint16_t port,
		struct map_answer *answer)
{
	const struct index *index = &table->index[direction == MAP_LISTEN];
	uint32_t number = table->nnames ? name_of_address(table, addr) : 0;

	*answer = (struct map_answer){.verdict = MAP_NONE};
	if (number || may_match(index, addr, port))
		look_up(table, index, number, addr, port, answer);
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
