/* SPDX-License-Identifier: MIT */
/*
 * vsock address -> IP address: what a program is shown in place of a CID and
 * a vsock port. Only rules that the IP address leads to are used, so that what
 * is shown can be dialled.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

static uint64_t target_hash(uint32_t cid, uint32_t vport)
{
	return hash_mix(cid, vport, 0);
}

static bool covers(const struct rule *rule, uint32_t vport)
{
	return vport >= rule->vfirst &&
	       vport - rule->vfirst <= (uint32_t)(rule->last - rule->first);
}

static bool leads_to(const struct rule *rule, uint32_t cid, uint32_t vport)
{
	return covers(rule, vport) &&
	       (rule->cid == cid || rule->cid == CID_ANY);
}

static uint16_t port_of(const struct rule *rule, uint32_t vport)
{
	return rule->first + (vport - rule->vfirst);
}

/* The one address of a rule; a name's stand-in, of family or IPv4. */
static bool rule_address(const struct rule *rule, int family,
			 struct map_addr *addr)
{
	if (!is_one_host(&rule->host))
		return false;
	if (rule->host.kind == HOST_NAME)
		name_to_address(rule->host.lo, family, addr);
	else
		*addr = address_of_host(&rule->host);
	return family == AF_UNSPEC || family == addr->family;
}

static const int families[REVERSES] = {
	[REVERSE_V4] = AF_INET,
	[REVERSE_V6] = AF_INET6,
	[REVERSE_BOTH] = AF_UNSPEC,
	[REVERSE_LISTEN] = AF_UNSPEC,
};

static enum map_direction direction_of(int which)
{
	return which == REVERSE_LISTEN ? MAP_LISTEN : MAP_CONNECT;
}

/* Whether dialling, or binding to, the rule's address comes to the rule. */
static bool is_reached(const struct map_table *table, int which, uint32_t i,
		       uint16_t port)
{
	struct rule rule = rule_at(table, i);
	struct map_answer answer;
	struct map_addr addr;

	if (!rule_address(&rule, families[which], &addr))
		return true;
	map_lookup(table, direction_of(which), &addr, port, &answer);
	return answer.rule == i + 1;
}

/* Whether rule_address() would find one. */
static bool has_address(const struct way *way, int family)
{
	struct host host = {.kind = way->kind, .bits = way->bits};

	if (!is_one_host(&host) || host.kind == HOST_NAME)
		return is_one_host(&host);
	return family != (host.kind == HOST_V4 ? AF_INET6 : AF_INET);
}

static bool belongs(const struct map_table *table, uint32_t i, int which)
{
	const struct way *way = &table->ways[table->entries[i].way];

	if (way->is_peer || way->verdict != MAP_VSOCK)
		return false;
	if (which == REVERSE_LISTEN)
		return way->directions & MAP_LISTEN;
	return way->directions & MAP_CONNECT &&
	       has_address(way, families[which]);
}

static bool has_one_port(const struct entry *e)
{
	return e->first == e->last;
}

static uint32_t find_target(const struct map_table *table,
			    const struct reverse *reverse, uint32_t cid,
			    uint32_t vport)
{
	uint64_t h = target_hash(cid, vport);
	uint32_t at = h, found;

	while ((found = hash_next(&reverse->singles, h, &at)) != NO_RULE) {
		const struct entry *e = &table->entries[found];

		if (e->vfirst == vport && table->ways[e->way].cid == cid)
			break;
	}
	return found;
}

static void add_single(struct map_table *table, int which, uint32_t i)
{
	struct reverse *reverse = &table->reverse[which];
	const struct entry *e = &table->entries[i];
	uint32_t cid = table->ways[e->way].cid;

	if (!is_reached(table, which, i, e->first))
		return;
	if (find_target(table, reverse, cid, e->vfirst) != NO_RULE)
		return;
	hash_add(&reverse->singles, target_hash(cid, e->vfirst), i);
}

static int build(struct map_table *table, int which)
{
	struct reverse *reverse = &table->reverse[which];
	uint32_t n = 0, ranges = 0;

	for (uint32_t i = 0; i < table->count; i++) {
		if (belongs(table, i, which))
			++*(has_one_port(&table->entries[i]) ? &n : &ranges);
	}
	reverse->ranges = malloc((ranges + 1) * sizeof(*reverse->ranges));
	if (!reverse->ranges ||
	    hash_init(&reverse->singles, n, table->count) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->count; i++) {
		if (!belongs(table, i, which))
			continue;
		if (has_one_port(&table->entries[i]))
			add_single(table, which, i);
		else
			reverse->ranges[reverse->nranges++] = i;
	}
	return 0;
}

/* ---- Peers --------------------------------------------------------------- */

static const struct peer *find_peer(const struct map_table *table, int family,
				    uint32_t cid)
{
	uint64_t h = hash_mix(cid, family, 1);
	uint32_t at = h, found;

	while ((found = hash_next(&table->by_peer, h, &at)) != NO_RULE) {
		const struct peer *peer = &table->peers[found];

		if (peer->cid == cid && peer->family == family)
			return peer;
	}
	return NULL;
}

static uint64_t peer_hash(const struct peer *peer)
{
	return hash_mix(peer->cid, peer->family, 1);
}

static int rehash_peers(struct map_table *table)
{
	uint32_t room = 2 * table->npeers + 16;
	struct hash bigger;

	if (table->by_peer.slots && table->npeers < table->by_peer.mask / 2)
		return 0;
	if (hash_init(&bigger, room, 2 * room) < 0)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->npeers; i++)
		hash_add(&bigger, peer_hash(&table->peers[i]), i);
	free(table->by_peer.slots);
	table->by_peer = bigger;
	return 0;
}

static int add_peer(struct map_table *table, uint32_t i, uint32_t cid,
		    const struct map_addr *addr)
{
	struct peer peer = {cid, addr->family, i, *addr};
	struct peer *peers;

	if (find_peer(table, addr->family, cid))
		return 0;
	peers = grow(table->peers, table->npeers, &table->peers_room,
		     sizeof(*peers));
	if (!peers)
		return -ENOMEM;
	table->peers = peers;
	if (rehash_peers(table) < 0)
		return -ENOMEM;
	hash_add(&table->by_peer, peer_hash(&peer), table->npeers);
	table->peers[table->npeers++] = peer;
	return 0;
}

static int add_peer_rule(struct loader *l, uint32_t i, const struct rule *rule)
{
	struct map_addr addr = address_of_host(&rule->host);
	const struct peer *peer = find_peer(l->table, addr.family, rule->cid);

	if (!peer)
		return add_peer(l->table, i, rule->cid, &addr);
	warn_covered(l, i, peer->rule);
	return 0;
}

/* Programs trust loopback, and no remote CID may look like it. */
static bool is_trusted(const struct map_addr *addr)
{
	if (addr->family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&addr->ip.v6);
	return ntohl(addr->ip.v4.s_addr) >> 24 == 127;
}

/* "*.example.org" is no peer's name. */
static bool is_pattern(const struct map_table *table, const struct host *host)
{
	return host->kind == HOST_NAME &&
	       *string_at(table, table->names[host->lo - 1].text) == '*';
}

/* The address of a connect rule, as that of the CID that it leads to. */
static int add_connect_rule(struct map_table *table, uint32_t i,
			    const struct rule *rule, int which)
{
	struct map_addr addr;

	if (!belongs(table, i, which) || is_pattern(table, &rule->host) ||
	    find_peer(table, families[which], rule->cid) ||
	    !is_reached(table, which, i, rule->first))
		return 0;
	rule_address(rule, families[which], &addr);
	if (rule->cid != CID_LOCAL && is_trusted(&addr))
		return 0;
	return add_peer(table, i, rule->cid, &addr);
}

static int build_peers(struct loader *l)
{
	struct map_table *table = l->table;
	int err = 0;

	for (uint32_t i = 0; i < table->count && !err; i++) {
		struct rule rule = rule_at(table, i);

		if (rule.is_peer)
			err = add_peer_rule(l, i, &rule);
	}
	for (uint32_t i = 0; i < table->count && !err; i++) {
		struct rule rule = rule_at(table, i);

		err = add_connect_rule(table, i, &rule, REVERSE_V4);
		if (!err)
			err = add_connect_rule(table, i, &rule, REVERSE_V6);
	}
	return err;
}

int build_reverse(struct loader *l)
{
	int err = 0;

	for (int which = 0; which < REVERSES && !err; which++)
		err = build(l->table, which);
	return err ? err : build_peers(l);
}

void free_reverse(struct map_table *table)
{
	for (int which = 0; which < REVERSES; which++) {
		free(table->reverse[which].singles.slots);
		free(table->reverse[which].ranges);
	}
	free(table->by_peer.slots);
	free(table->peers);
}

/* ---- Asking -------------------------------------------------------------- */

/* The first rule of ranges before best that leads there, or best. */
static uint32_t find_range(const struct map_table *table, int which,
			   uint32_t best, uint32_t cid, uint32_t vport)
{
	const struct reverse *reverse = &table->reverse[which];

	for (uint32_t n = 0; n < reverse->nranges; n++) {
		uint32_t i = reverse->ranges[n];
		struct rule rule;

		if (i >= best)
			break;
		rule = rule_at(table, i);
		if (leads_to(&rule, cid, vport) &&
		    is_reached(table, which, i, port_of(&rule, vport)))
			return i;
	}
	return best;
}

static uint32_t find_reverse(const struct map_table *table, int which,
			     uint32_t cid, uint32_t vport)
{
	const struct reverse *reverse = &table->reverse[which];
	uint32_t best = find_target(table, reverse, cid, vport);
	uint32_t any = find_target(table, reverse, CID_ANY, vport);

	return find_range(table, which, any < best ? any : best, cid, vport);
}

bool map_reverse_connect(const struct map_table *table, int family,
			 uint32_t cid, uint32_t vport, struct map_addr *addr,
			 uint16_t *port)
{
	int which = family == AF_INET	 ? REVERSE_V4
		    : family == AF_INET6 ? REVERSE_V6
					 : REVERSE_BOTH;
	uint32_t i = find_reverse(table, which, cid, vport);
	struct rule rule;

	if (i == NO_RULE)
		return false;
	rule = rule_at(table, i);
	*port = port_of(&rule, vport);
	return rule_address(&rule, family, addr);
}

bool map_reverse_listen(const struct map_table *table, uint32_t cid,
			uint32_t vport, struct map_addr *addr, uint16_t *port)
{
	uint32_t i = find_reverse(table, REVERSE_LISTEN, cid, vport);
	struct rule rule;

	if (i == NO_RULE)
		return false;
	rule = rule_at(table, i);
	*port = port_of(&rule, vport);
	if (!rule_address(&rule, AF_UNSPEC, addr))
		*addr = (struct map_addr){.family = AF_UNSPEC};
	return true;
}

bool map_peer(const struct map_table *table, int family, uint32_t cid,
	      struct map_addr *addr)
{
	const struct peer *peer = find_peer(table, family, cid);

	if (!peer)
		return false;
	*addr = peer->addr;
	return true;
}

bool map_has_hybrid(const struct map_table *table)
{
	return table->has_hybrid;
}

static bool leads_to_path(const struct map_table *table,
			  const struct rule *rule, const char *path)
{
	return !rule->is_peer && rule->verdict == MAP_HVSOCK &&
	       (rule->directions & MAP_CONNECT) &&
	       !strcmp(string_at(table, rule->path), path) &&
	       !is_pattern(table, &rule->host);
}

bool map_hybrid_peer(const struct map_table *table, int family,
		     const char *path, struct map_addr *addr)
{
	int which = family == AF_INET ? REVERSE_V4 : REVERSE_V6;

	for (uint32_t i = 0; i < table->count; i++) {
		struct rule rule = rule_at(table, i);

		if (leads_to_path(table, &rule, path) &&
		    rule_address(&rule, family, addr) && !is_trusted(addr) &&
		    is_reached(table, which, i, rule.first))
			return true;
	}
	return false;
}
