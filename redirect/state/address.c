/* SPDX-License-Identifier: MIT */
/* Turns CIDs and vsock ports into IP addresses and ports: see address.h. */
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "config/fold.h"
#include "redirect/kernel/real.h"
#include "redirect/state/address.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "vsock/vm_sockets.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

/* ---- Unix sockets -------------------------------------------------------- */

/* All its bytes count. Zeros among them are written as ss(8) does. */
static size_t abstract_name(const char *path, size_t n,
			    char name[UNIX_NAME_SIZE])
{
	for (size_t i = 0; i < n; i++)
		name[i] = path[i] ? path[i] : '@';
	return n;
}

static size_t path_name(const char *path, size_t n, char name[UNIX_NAME_SIZE])
{
	struct word word = {path, strnlen(path, n)};
	char folder[UNIX_NAME_SIZE];
	const char *from = NULL;

	if (word.at[word.len - 1] == '/') /* no socket is a folder */
		return 0;
	if (path[0] != '/')
		from = real()->getcwd(folder, sizeof(folder));
	return unix_fold(from, word, name);
}

static bool find_unix_name(const struct map_table *table, struct map_addr *addr,
			   const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_un un;
	char name[UNIX_NAME_SIZE];
	size_t n;

	if (len <= PATH_AT || len > sizeof(un))
		return false;
	memcpy(&un, sa, len);
	n = len - PATH_AT;
	n = un.sun_path[0] ? path_name(un.sun_path, n, name)
			   : abstract_name(un.sun_path, n, name);
	return n > 1 && map_unix_address(table, name, n, addr);
}

bool address_read_unix(struct endpoint *name, const struct sockaddr *sa,
		       socklen_t len)
{
	const struct map_table *table = table_get();

	if (!map_has_unix(table) || len < sizeof(sa->sa_family) ||
	    sa->sa_family != AF_UNIX ||
	    !find_unix_name(table, &name->addr, sa, len))
		return false;
	name->port = MAP_UNIX_PORT;
	return true;
}

static socklen_t unix_sockaddr(const struct map_addr *addr,
			       struct sockaddr_un *un)
{
	const char *name = map_unix_text(table_get(), addr);
	size_t n = name ? strlen(name) : 0;

	un->sun_family = AF_UNIX;
	if (!n)
		return PATH_AT;
	memcpy(un->sun_path, name, n);
	if (name[0] != '@')
		return PATH_AT + n + 1;
	un->sun_path[0] = '\0';
	for (size_t i = n; i > 1 && name[i - 1] == '@'; i--)
		un->sun_path[i - 1] = '\0';
	return PATH_AT + n;
}

/* ---- IP addresses -------------------------------------------------------- */

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
	if (tag & TAG_UNIX)
		addr->family = AF_UNIX;
	else if (cid == VMADDR_CID_LOCAL)
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
	if (tag & TAG_UNIX)
		return unix_sockaddr(&name->addr, (struct sockaddr_un *)sa);
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
