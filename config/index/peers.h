/* SPDX-License-Identifier: MIT */
/* The IP addresses that CIDs are shown as: map_peer(). */
#ifndef TCP2VSOCK_CONFIG_INDEX_PEERS_H
#define TCP2VSOCK_CONFIG_INDEX_PEERS_H

#include "config/table.h"

struct loader;

struct peer {
	uint32_t cid;
	int family;
	uint32_t rule;
	struct map_addr addr;
};

/* Looks the rules' addresses up: after build_index(). 0 or -ENOMEM. */
int build_peers(struct loader *l);
void free_peers(struct map_table *table);

#endif
