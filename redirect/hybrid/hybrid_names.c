/* SPDX-License-Identifier: MIT */
/* The names of hybrid vsock's sockets: see hybrid.h. */
#include <stddef.h>
#include <string.h>

#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/real.h"
#include "redirect/state/address.h"
#include "redirect/state/remembered.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "vsock/vm_sockets.h"

/* Of the numbers that Linux gives out by itself; the same for all copies. */
static uint16_t port_of(int fd)
{
	return 32768 + remembered_cookie(fd) % (60999 - 32768 + 1);
}

/* Who dials a guest is the host, whose CID is 2. */
void hybrid_own_name(int fd, int tag, struct endpoint *name)
{
	bool is_home = map_addr_is_loopback(&name->addr);

	address_cid(is_home ? VMADDR_CID_LOCAL : VMADDR_CID_HOST, tag,
		    &name->addr);
	name->port = port_of(fd);
}

socklen_t hybrid_address(const struct map_answer *answer,
			 enum map_direction direction, struct sockaddr_un *un)
{
	char name[MAP_UNIX_NAME_SIZE];
	size_t len = map_unix_name(answer, direction, name);

	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	if (len >= sizeof(un->sun_path))
		return 0;
	memcpy(un->sun_path, name, len);
	if (name[0] != '@')
		return sizeof(*un);
	un->sun_path[0] = '\0'; /* an abstract name: unix(7) */
	return offsetof(struct sockaddr_un, sun_path) + len;
}

/* What the kernel calls fd, as map_unix_name() writes it; empty: it has none */
static void name_of(int fd, char name[MAP_UNIX_NAME_SIZE])
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);

	memset(name, 0, MAP_UNIX_NAME_SIZE);
	if (real()->getsockname(fd, (struct sockaddr *)&un, &len) ||
	    len <= offsetof(struct sockaddr_un, sun_path))
		return;
	len -= offsetof(struct sockaddr_un, sun_path);
	if (len > sizeof(un.sun_path))
		len = sizeof(un.sun_path);
	memcpy(name, un.sun_path, len);
	if (!name[0])
		name[0] = '@';
}

bool hybrid_came_to(int fd, const struct map_answer *answer)
{
	char wanted[MAP_UNIX_NAME_SIZE], name[MAP_UNIX_NAME_SIZE];

	if (!map_is_hybrid(answer->verdict))
		return false;
	map_unix_name(answer, MAP_LISTEN, wanted);
	name_of(fd, name);
	return !strcmp(name, wanted);
}

/* A number for a path, above those that CIDs usually have. */
static uint32_t number_of(const char *path)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619u;
	return 0x200000 | (hash & 0x1fffff);
}

void hybrid_peer_name(int fd, int tag, struct endpoint *name)
{
	bool v6 = (tag & TAG_V6) && !(tag & TAG_MAPPED);
	char at[MAP_UNIX_NAME_SIZE];
	const char *path;

	name_of(fd, at);
	path = map_unix_path(table_get(), at, name->port);
	if (!path)
		path = at;
	memset(name, 0, sizeof(*name));
	if ((tag & TAG_UNIX) ||
	    !map_hybrid_peer(table_get(), v6 ? AF_INET6 : AF_INET, path,
			     &name->addr))
		address_cid(number_of(path), tag, &name->addr);
	name->port = port_of(fd);
}
