/* SPDX-License-Identifier: MIT */
/* Hosts, as rules name them and as lookups ask for them. */
#ifndef TCP2VSOCK_CONFIG_HOST_H
#define TCP2VSOCK_CONFIG_HOST_H

#include "config/hash.h"
#include "config/table.h"

enum host_kind {
	HOST_ANY,  /* "*" */
	HOST_V4,   /* a block of addresses; bits == 32: one address */
	HOST_V6,   /* the same with 128 */
	HOST_NAME, /* lo is the name's number; bits is 128 */
	HOST_UNIX, /* a Unix socket: lo is its name's hash; bits is 128 */
	HOST_KINDS,
	HOST_LOCALHOST, /* while a rule is read: it is two rules */
};

/* A host as rules write it, in host byte order, masked to its bits. */
struct host {
	uint64_t hi, lo;
	uint8_t kind;
	uint8_t bits;
};

struct host host_of_v6(const struct in6_addr *v6);
struct map_addr address_of_host(const struct host *host);
/* Clears what lies beyond the host's bits. */
void host_mask(struct host *host);

static inline struct host host_of_address(const struct map_addr *addr)
{
	if (addr->family == AF_INET6)
		return host_of_v6(&addr->ip.v6);
	if (addr->family == AF_UNIX)
		return (struct host){.lo = addr->ip.unix_hash,
				     .kind = HOST_UNIX,
				     .bits = 128};
	return (struct host){
		.lo = ntohl(addr->ip.v4.s_addr), .kind = HOST_V4, .bits = 32};
}

static inline bool same_host(const struct host *a, const struct host *b)
{
	return a->lo == b->lo && a->hi == b->hi && a->kind == b->kind &&
	       a->bits == b->bits;
}

static inline bool is_one_host(const struct host *host)
{
	return host->kind == HOST_NAME ||
	       (host->kind == HOST_V4 && host->bits == 32) ||
	       (host->kind == HOST_V6 && host->bits == 128);
}

/* Of a host and one port of it. */
static inline uint32_t host_hash(const struct host *host, uint16_t port)
{
	return hash_mix(host->lo, host->hi,
			(uint32_t)port << 16 | (uint32_t)host->kind << 8 |
				host->bits);
}

#endif
