/* SPDX-License-Identifier: MIT */
/*
 * Host names: each distinct name or "*." pattern has a number, and an address
 * that stands for it.
 */
#ifndef TCP2VSOCK_CONFIG_INDEX_NAMES_H
#define TCP2VSOCK_CONFIG_INDEX_NAMES_H

#include "config/hash.h"
#include "config/host.h"
#include "config/word.h"

struct loader;

struct name {
	uint32_t text;	     /* string_at(): lower case, no final dot */
	uint32_t parent;     /* number of the narrowest "*." above it, or 0 */
	uint32_t first;	     /* the first rule that names it */
	uint32_t standin;    /* the part of its address that is its own */
	uint32_t in_the_way; /* number of the name that has its hash, or 0 */
	bool is_direct; /* the first rule for it says direct: no stand-in */
};

/*
 * The number of a name or "*." pattern, a new one if need be, in *number. 0,
 * -EINVAL (reported) or -ENOMEM.
 */
int name_number(struct loader *l, struct word w, uint32_t *number);

/* Finds each name's parent and first rule. 0, or -EINVAL: a rule is wrong. */
int link_names(struct loader *l);

/* The rest is async-signal-safe. */

/* The number of the name that an address stands for, or 0. */
uint32_t name_of_address(const struct map_table *table,
			 const struct map_addr *addr);

/* The address that stands for a name. */
void name_to_address(const struct map_table *table, uint32_t number, int family,
		     struct map_addr *addr);

#endif
