/* SPDX-License-Identifier: MIT */
/*
 * CID or Unix socket's path -> the IP address that a program is shown in its place.
 * Only rules that the address leads to are used, so that what is shown can be
 * dialled.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/loader.h"
#include "config/rule_table.h"

static uint32_t peer_hash(uint32_t cid, int family)
{
	return hash_mix(cid, family, 1);
}

static const struct peer *find_peer(const struct map_table *table, int family,
				    uint32_t cid)
{
	uint32_t h = peer_hash(cid, family);
	uint32_t at = h, found;

	while ((found = hash_next(&table->by_peer, h, &at)) != NO_RULE) {
		const struct peer *peer = &table->peers[found];

		if (peer->cid == cid && peer->family == family)
			return peer;
	}
	return NULL;
}

static int note_peer(struct map_table *table, uint32_t i, uint32_t cid,
		     const struct map_addr *addr)
{
	struct peer *peers;

	if (find_peer(table, addr->family, cid))
		return 0;
	peers = grow(table->peers, table->npeers, &table->peers_room,
		     sizeof(*peers));
	if (!peers)
		return -ENOMEM;
	table->peers = peers;
	peers[table->npeers] = (struct peer){cid, addr->family, i, *addr};
	return hash_add(&table->by_peer, peer_hash(cid, addr->family),
			table->npeers++);
}

/* ---- peer rules ---------------------------------------------------------- */

static int add_peer_rule(struct loader *l, uint32_t i, const struct rule *rule)
{
	struct map_addr addr = address_of_host(&rule->host);
	const struct peer *peer = find_peer(l->table, addr.family, rule->cid);

	if (!peer)
		return note_peer(l->table, i, rule->cid, &addr);
	warn_covered(l, i, peer->rule, true);
	return 0;
}

/* ---- connect rules ------------------------------------------------------- */

/* "*.example.org" is no peer's name. */
static bool is_pattern(const struct map_table *table, const struct host *host)
{
	return host->kind == HOST_NAME &&
	       *string_at(table, table->names[host->lo - 1].text) == '*';
}

/* The one address of a rule, of this family; a name's stand-in. */
static bool rule_address(const struct map_table *table, const struct rule *rule,
			 int family, struct map_addr *addr)
{
	if (!is_one_host(&rule->host) || is_pattern(table, &rule->host))
		return false;
	if (rule->host.kind == HOST_NAME)
		name_to_address(table, rule->host.lo, family, addr);
	else
		*addr = address_of_host(&rule->host);
	return addr->family == family;
}

/* Whether dialling the address comes to rule i. */
static bool is_reached(const struct map_table *table, uint32_t i,
		       const struct map_addr *addr, uint16_t port)
{
	struct map_answer answer;

	map_lookup(table, MAP_CONNECT, addr, port, &answer);
	return answer.rule == i + 1;
}

/* The address of a connect rule, as that of the CID that it leads to. */
static int add_connect_rule(struct map_table *table, uint32_t i,
			    const struct rule *rule, int family)
{
	struct map_addr addr;

	if (rule->verdict != MAP_VSOCK || !(rule->directions & MAP_CONNECT) ||
	    !rule_address(table, rule, family, &addr) ||
	    (rule->cid != CID_LOCAL && map_addr_is_loopback(&addr)) ||
	    find_peer(table, family, rule->cid) ||
	    !is_reached(table, i, &addr, rule->first))
		return 0;
	return note_peer(table, i, rule->cid, &addr);
}

int build_peers(struct loader *l)
{
	struct map_table *table = l->table;
	int err = 0;

	for (uint32_t i = 0; i < table->count && !err; i++) {
		const struct rule *rule = &table->rules[i];

		if (rule->is_peer)
			err = add_peer_rule(l, i, rule);
	}
	for (uint32_t i = 0; i < table->count && !err; i++) {
		const struct rule *rule = &table->rules[i];

		err = add_connect_rule(table, i, rule, AF_INET);
		if (!err)
			err = add_connect_rule(table, i, rule, AF_INET6);
	}
	return err;
}

void free_peers(struct map_table *table)
{
	free(table->by_peer.slots);
	free(table->peers);
}

/* ---- Asking -------------------------------------------------------------- */

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

/* Whether who binds the port by this rule listens at the socket `name`. */
static bool listens_at(const struct map_table *table, const struct rule *rule,
		       const char *name, uint16_t port)
{
	struct map_answer answer = {
		.verdict = rule->verdict,
		.port = rule->vfirst + (port - rule->first),
	};
	char its[MAP_UNIX_NAME_SIZE];

	if (!map_is_hybrid(rule->verdict) || !(rule->directions & MAP_LISTEN) ||
	    port < rule->first || port > rule->last)
		return false;
	answer.path = string_at(table, rule->path);
	map_unix_name(&answer, MAP_LISTEN, its);
	return !strcmp(its, name);
}

const char *map_unix_path(const struct map_table *table, const char *name,
			  uint16_t port)
{
	for (uint32_t i = 0; i < table->count; i++)
		if (listens_at(table, &table->rules[i], name, port))
			return string_at(table, table->rules[i].path);
	return NULL;
}

static bool leads_to_path(const struct map_table *table,
			  const struct rule *rule, const char *path)
{
	return map_is_hybrid(rule->verdict) &&
	       (rule->directions & MAP_CONNECT) &&
	       !strcmp(string_at(table, rule->path), path);
}

bool map_hybrid_peer(const struct map_table *table, int family,
		     const char *path, struct map_addr *addr)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct rule *rule = &table->rules[i];

		if (leads_to_path(table, rule, path) &&
		    rule_address(table, rule, family, addr) &&
		    !map_addr_is_loopback(addr) &&
		    is_reached(table, i, addr, rule->first))
			return true;
	}
	return false;
}

bool map_find_v6(const struct map_table *table,
		 bool (*is)(const struct in6_addr *addr, void *arg), void *arg,
		 struct in6_addr *addr)
{
	for (uint32_t i = 0; i < table->count; i++) {
		const struct host *host = &table->rules[i].host;

		if (host->kind != HOST_V6 || !is_one_host(host))
			continue;
		*addr = address_of_host(host).ip.v6;
		if (is(addr, arg))
			return true;
	}
	return false;
}
