/* SPDX-License-Identifier: MIT */
/* Turns CIDs and vsock ports into IP addresses and ports: see address.h. */
#include <string.h>

#include "redirect/state/address.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "vsock/vm_sockets.h"

uint16_t address_port(uint32_t port)
{
	uint16_t low = port & 0xffff;

	if (port > 0xffff && low < IPPORT_RESERVED)
		return low | 0x8000;
	return low ? low : 0xffff;
}

bool address_is_any(const struct map_addr *addr)
{
	if (addr->family == AF_INET)
		return addr->ip.v4.s_addr == htonl(INADDR_ANY);
	return addr->family == AF_INET6 &&
	       IN6_IS_ADDR_UNSPECIFIED(&addr->ip.v6);
}

static void set_loopback(struct map_addr *addr, int family)
{
	addr->family = family;
	if (family == AF_INET)
		addr->ip.v4.s_addr = htonl(INADDR_LOOPBACK);
	else
		addr->ip.v6 = in6addr_loopback;
}

/* 100.64.0.0/10 is for networks that nobody routes (RFC 6598). */
static void make_up(struct map_addr *addr, int family, uint32_t cid)
{
	static const uint8_t prefix[12] = {0xfd, 0x76, 0x73, 0x6f, 0x63, 0x6b};
	uint32_t bits = htonl(cid);

	addr->family = family;
	if (family == AF_INET) {
		addr->ip.v4.s_addr = htonl(0x64400000 | (cid & 0x3fffff));
		return;
	}
	memcpy(addr->ip.v6.s6_addr, prefix, sizeof(prefix));
	memcpy(addr->ip.v6.s6_addr + 12, &bits, sizeof(bits));
}

void address_cid(uint32_t cid, int tag, struct map_addr *addr)
{
	bool v6 = (tag & TAG_V6) && !(tag & TAG_MAPPED);
	int family = v6 ? AF_INET6 : AF_INET;
	const struct map_table *table = table_get();

	memset(addr, 0, sizeof(*addr));
	if (cid == VMADDR_CID_LOCAL)
		set_loopback(addr, family);
	else if (!table || !map_peer(table, family, cid, addr) ||
		 map_addr_is_loopback(addr))
		make_up(addr, family, cid);
}

socklen_t address_sockaddr(const struct endpoint *name, int tag,
			   struct sockaddr_storage *sa)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)sa;

	memset(sa, 0, sizeof(*sa));
	if (!(tag & TAG_V6)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(name->port);
		if (name->addr.family == AF_INET)
			v4->sin_addr = name->addr.ip.v4;
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(name->port);
	if (name->addr.family == AF_INET6) {
		v6->sin6_addr = name->addr.ip.v6;
	} else if (name->addr.family == AF_INET) {
		v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xff;
		memcpy(v6->sin6_addr.s6_addr + 12, &name->addr.ip.v4, 4);
	}
	return sizeof(*v6);
}
