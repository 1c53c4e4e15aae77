/* SPDX-License-Identifier: MIT */
/* Hosts, as rules name them and as lookups ask for them. */
#include "config/host.h"

static uint64_t high_bits(unsigned n)
{
	return n == 0 ? 0 : UINT64_MAX << (64 - n);
}

void host_mask(struct host *host)
{
	if (host->kind == HOST_V4)
		host->lo &= high_bits(host->bits) >> 32;
	else if (host->bits <= 64) {
		host->hi &= high_bits(host->bits);
		host->lo = 0;
	} else {
		host->lo &= high_bits(host->bits - 64);
	}
}

struct host host_of_v6(const struct in6_addr *v6)
{
	const uint8_t *b = v6->s6_addr;
	struct host host = {.kind = HOST_V6, .bits = 128};

	for (int i = 0; i < 8; i++) {
		host.hi = host.hi << 8 | b[i];
		host.lo = host.lo << 8 | b[i + 8];
	}
	return host;
}

struct map_addr address_of_host(const struct host *host)
{
	struct map_addr addr = {.family = AF_INET};

	if (host->kind == HOST_V4) {
		addr.ip.v4.s_addr = htonl(host->lo);
		return addr;
	}
	addr.family = AF_INET6;
	for (int i = 0; i < 8; i++) {
		addr.ip.v6.s6_addr[i] = host->hi >> (56 - 8 * i);
		addr.ip.v6.s6_addr[i + 8] = host->lo >> (56 - 8 * i);
	}
	return addr;
}
