/* SPDX-License-Identifier: MIT */
/* Reads an address that the program passed, and looks it up: see call.h. */
#include <string.h>

#include "redirect/calls/call.h"
#include "redirect/state/table.h"
#include "redirect/kernel/usermem.h"

static bool is_address(const struct call *call)
{
	return call->len >= sizeof(sa_family_t) &&
	       call->len <= sizeof(struct sockaddr_storage) &&
	       usermem_readable(call->sa, call->len);
}

int call_family(const struct call *call)
{
	sa_family_t family;

	if (!is_address(call))
		return -1;
	memcpy(&family, call->sa, sizeof(family));
	return family;
}

static bool is_ip_address(struct call *call)
{
	return is_address(call) && map_addr_set(&call->to.addr, &call->to.port,
						call->sa, call->len);
}

bool call_is_ruled(struct call *call, enum map_direction direction)
{
	const struct map_table *table = table_get();

	call->answer.verdict = MAP_NONE;
	if (!table || !is_ip_address(call))
		return false;
	map_lookup(table, direction, &call->to.addr, call->to.port,
		   &call->answer);
	return call_has_rule(call);
}
