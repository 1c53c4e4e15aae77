/* SPDX-License-Identifier: MIT */
/* Reads an address that the program passed, and looks it up: see request.h. */
#include <string.h>

#include "redirect/calls/request.h"
#include "redirect/kernel/usermem.h"
#include "redirect/state/address.h"
#include "redirect/state/table.h"

static bool is_address(const struct request *request)
{
	return request->len >= sizeof(sa_family_t) &&
	       request->len <= sizeof(struct sockaddr_storage) &&
	       usermem_readable(request->sa, request->len);
}

int request_family(const struct request *request)
{
	sa_family_t family;

	if (!is_address(request))
		return -1;
	memcpy(&family, request->sa, sizeof(family));
	return family;
}

bool request_is_ruled(struct request *request, enum map_direction direction)
{
	const struct map_table *table = table_get();

	request->answer.verdict = MAP_NONE;
	if (!table || !is_address(request) ||
	    !address_read(&request->to, request->sa, request->len))
		return false;
	map_lookup(table, direction, &request->to.addr, request->to.port,
		   &request->answer);
	return request_has_rule(request);
}
