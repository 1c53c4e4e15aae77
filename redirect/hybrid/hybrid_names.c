/* SPDX-License-Identifier: MIT */
/* The names of hybrid vsock's sockets: see hybrid.h. */
#include <stddef.h>
#include <stdlib.h>
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

/* Who dials from here is the host, whose CID is 2. */
void hybrid_own_name(int fd, int tag, struct endpoint *name)
{
	address_cid(VMADDR_CID_HOST, tag, &name->addr);
	name->port = port_of(fd);
}

void hybrid_target(int fd, struct hybrid_target *target)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	char *end;

	memset(target, 0, sizeof(*target));
	memset(&un, 0, sizeof(un));
	if (real()->getsockname(fd, (struct sockaddr *)&un, &len) ||
	    len <= offsetof(struct sockaddr_un, sun_path))
		return;
	memcpy(target->path, un.sun_path, sizeof(un.sun_path));
	end = strrchr(target->path, '_');
	if (!end)
		return;
	*end = '\0';
	target->port = strtoul(end + 1, NULL, 10);
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
	struct hybrid_target target;

	hybrid_target(fd, &target);
	memset(name, 0, sizeof(*name));
	if (!map_hybrid_peer(table_get(), v6 ? AF_INET6 : AF_INET, target.path,
			     &name->addr))
		address_cid(number_of(target.path), tag, &name->addr);
	name->port = port_of(fd);
}
