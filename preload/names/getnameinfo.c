/* SPDX-License-Identifier: MIT */
/* getnameinfo() of the table's addresses: see resolve.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "preload/names/idn.h"
#include "preload/names/libc.h"
#include "preload/names/resolve.h"
#include "preload/names/table_name.h"
#include "redirect/kernel/real.h"
#include "redirect/state/table.h"

static int copy_out(const char *name, char *host, size_t size)
{
	if (strlen(name) >= size)
		return EAI_OVERFLOW;
	strcpy(host, name);
	return 0;
}

/* The name, or the number where there is none and one will do. */
static int put_host(const char *name, const char *number, int flags, char *host,
		    size_t size)
{
	char *decoded = NULL;
	int r;

	if (!name && (flags & NI_NAMEREQD))
		return EAI_NONAME;
	if (name && (flags & NI_IDN))
		decoded = idn_decode(name);
	if (!name)
		name = number;
	r = copy_out(decoded ? decoded : name, host, size);
	free(decoded);
	return r;
}

bool resolve_name(const struct sockaddr *sa, socklen_t len, char *host,
		  socklen_t host_size, char *service, socklen_t service_size,
		  int flags, int *r)
{
	char number[NI_MAXHOST];
	struct map_addr addr;
	uint16_t port;
	const char *name;

	if (!table_get() || !host || !host_size || (flags & NI_NUMERICHOST) ||
	    !map_addr_set(&addr, &port, sa, len) ||
	    !table_name_of(&addr, &name))
		return false;
	*r = real_late()->getnameinfo(sa, len, number, sizeof(number), service,
				      service_size,
				      (flags | NI_NUMERICHOST) & ~NI_NAMEREQD);
	/* libc asks for the host before it looks at the service. */
	if (!*r || (*r == EAI_OVERFLOW && !name && (flags & NI_NAMEREQD)))
		*r = put_host(name, number, flags, host, host_size);
	return true;
}
