/* SPDX-License-Identifier: MIT */
/* gethostbyname() and gethostbyaddr() of the table's names: see resolve.h. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "preload/names/libc.h"
#include "preload/names/resolve.h"
#include "preload/names/table_name.h"
#include "redirect/kernel/real.h"

struct answer {
	struct hostent *host;
	char *buf;
	size_t size;
	struct hostent **result;
	int *error;
};

static int too_small(const struct answer *to)
{
	*to->result = NULL;
	*to->error = NETDB_INTERNAL;
	errno = ERANGE;
	return ERANGE;
}

/* Where the parts of an answer are in the buffer of gethostbyname_r(3). */
struct parts {
	char *aliases[1];
	char *addresses[2];
	struct in6_addr addr;
	char name[];
};

static struct parts *parts_in(const struct answer *to, const char *name)
{
	size_t skipped = -(uintptr_t)to->buf % _Alignof(struct parts);
	size_t needed = skipped + sizeof(struct parts) + strlen(name) + 1;

	return needed > to->size ? NULL : (void *)(to->buf + skipped);
}

/*
 * libc's own call would look at resolv.conf, with a lock that the child of a
 * process with threads may find taken for ever.
 */
static int answer_host(const char *name, const struct map_addr *addr,
		       const struct answer *to)
{
	size_t len = addr->family == AF_INET ? sizeof(addr->ip.v4)
					     : sizeof(addr->ip.v6);
	struct parts *parts = parts_in(to, name);

	if (!parts)
		return too_small(to);
	memcpy(&parts->addr, &addr->ip, len);
	strcpy(parts->name, name);
	parts->aliases[0] = parts->addresses[1] = NULL;
	parts->addresses[0] = (char *)&parts->addr;
	*to->host = (struct hostent){
		.h_name = parts->name,
		.h_aliases = parts->aliases,
		.h_addrtype = addr->family,
		.h_length = len,
		.h_addr_list = parts->addresses,
	};
	*to->result = to->host;
	*to->error = NETDB_SUCCESS;
	return 0;
}

/* Whether the resolver has no such name, whatever room there is to say it. */
static bool is_unresolved(const char *name, int family, const struct answer *to)
{
	int r = real_late()->gethostbyname2_r(name, family, to->host, to->buf,
					      to->size, to->result, to->error);

	return !*to->result && r != ERANGE;
}

bool resolve_host(const char *name, int family, struct hostent *host, char *buf,
		  size_t size, struct hostent **result, int *error, int *r)
{
	struct answer to = {host, buf, size, result, error};
	char canon[NI_MAXHOST];
	struct table_number number;

	if (family == AF_UNSPEC)
		return false;
	if (!table_name_number(name, family, &number) &&
	    !(table_name_localhost(name, family, &number) &&
	      is_unresolved(name, family, &to)))
		return false;
	table_name_canonical(name, &number, canon);
	*r = answer_host(canon, &number.addr, &to);
	return true;
}

static bool to_map_addr(struct map_addr *to, const void *addr, socklen_t len,
			int family)
{
	if (!addr || !((family == AF_INET && len == 4) ||
		       (family == AF_INET6 && len == 16)))
		return false;
	memset(to, 0, sizeof(*to));
	to->family = family;
	memcpy(&to->ip, addr, len);
	return true;
}

static int no_host(const struct answer *to)
{
	*to->result = NULL;
	*to->error = HOST_NOT_FOUND;
	return 0;
}

bool resolve_addr(const void *addr, socklen_t len, int family,
		  struct hostent *host, char *buf, size_t size,
		  struct hostent **result, int *error, int *r)
{
	struct answer to = {host, buf, size, result, error};
	struct map_addr number;
	const char *name;

	if (!to_map_addr(&number, addr, len, family) ||
	    !table_name_of(&number, &name))
		return false;
	*r = name ? answer_host(name, &number, &to) : no_host(&to);
	return true;
}
