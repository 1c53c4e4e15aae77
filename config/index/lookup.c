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

#include "config/rule_table.h"

static inline bool is_in_set(const uint64_t *set, uint16_t number)
{
	return set[number / SET_STEP / 64] >> number / SET_STEP % 64 & 1;
}

/* False for most addresses that no rule of this direction names. */
static inline bool may_reach(const struct index *index,
			     const struct map_addr *addr)
{
	return addr->family != AF_INET ||
	       is_in_set(index->nets, ntohl(addr->ip.v4.s_addr) >> 16);
}

static inline uint32_t ask_block(const struct index *index,
				 const struct host *host, uint16_t port)
{
	const struct host_block *block = find_block(index, host);
	uint32_t at = block ? find_run(block, port) : 0;

	if (!block || at == block->count || block->runs[at].first > port)
		return NO_RULE;
	return block->runs[at].rule;
}

static inline uint32_t ask_level(const struct map_table *table,
				 const struct index *index,
				 const struct level *level,
				 const struct host *asked, uint16_t port)
{
	struct host host = host_at(asked, level);
	uint32_t single = NO_RULE, other = NO_RULE;

	if (level->has_single)
		single = find_single(table->rules, index, &host, port);
	if (level->has_block)
		other = ask_block(index, &host, port);
	return single < other ? single : other;
}

/* The first rule for this host and port that comes before best, or best. */
static uint32_t ask_host(const struct map_table *table,
			 const struct index *index, const struct host *host,
			 uint16_t port, uint32_t best)
{
	const struct levels *levels = &index->levels[host->kind];

	for (uint32_t i = 0; i < levels->count; i++) {
		const struct level *level = &levels->list[i];
		uint32_t found;

		if (level->lowest >= best)
			break;
		found = ask_level(table, index, level, host, port);
		best = found < best ? found : best;
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

/*
 * The rules for an address, and where it stands for a name, whose number this
 * is, those of the name and of each "*." pattern above it.
 */
__attribute__((noinline)) static void
look_up(const struct map_table *table, const struct index *index,
	uint32_t number, const struct map_addr *addr, uint16_t port,
	struct map_answer *answer)
{
	struct host host = host_of_address(addr);
	uint32_t rule = NO_RULE, next = number;

	for (;;) {
		rule = ask_host(table, index, &host, port, rule);
		if (!next)
			break;
		host = (struct host){
			.lo = next, .kind = HOST_NAME, .bits = 128};
		next = table->names[next - 1].parent;
	}
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
	if (number || (is_in_set(index->ports, port) && may_reach(index, addr)))
		look_up(table, index, number, addr, port, answer);
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
