/* SPDX-License-Identifier: MIT */
/*
 * Names of the table. The address that stands for a name is given to the real
 * call as a number, so that flags, services, sorting and memory are libc's
 * own; then the name is put in.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "preload/real.h"
#include "preload/resolve.h"
#include "preload/table.h"

struct number {
	int family;
	char text[INET6_ADDRSTRLEN];
};

/* The table's address for a name, as text; AF_UNSPEC asks for IPv4. */
static bool number_of(const char *name, int family, struct number *number)
{
	const struct map_table *table = table_get();
	struct map_addr addr;

	number->family = family == AF_UNSPEC ? AF_INET : family;
	if (!table || !name ||
	    (number->family != AF_INET && number->family != AF_INET6) ||
	    !map_name_address(table, name, number->family, &addr))
		return false;
	inet_ntop(number->family, &addr.ip, number->text,
		  sizeof(number->text));
	return true;
}

/* ---- getaddrinfo ----------------------------------------------------------- */

/* freeaddrinfo(3) frees ai_canonname by itself, so it may be exchanged. */
static int set_canonical_name(struct addrinfo *info, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return EAI_MEMORY;
	free(info->ai_canonname);
	info->ai_canonname = copy;
	return 0;
}

/*
 * AI_ADDRCONFIG would leave out every address where there is no network card;
 * the address is not for one.
 */
static struct addrinfo numeric_hints(const struct addrinfo *hints,
				     int family)
{
	struct addrinfo plain = { 0 };

	if (hints)
		plain = *hints;
	plain.ai_flags &= ~(AI_ADDRCONFIG | AI_V4MAPPED | AI_ALL | AI_IDN |
			    AI_CANONIDN);
	plain.ai_flags |= AI_NUMERICHOST;
	plain.ai_family = family;
	return plain;
}

bool resolve_info(const char *node, const char *service,
		  const struct addrinfo *hints, struct addrinfo **result,
		  int *r)
{
	struct addrinfo plain;
	struct number number;

	if ((hints && (hints->ai_flags & AI_NUMERICHOST)) ||
	    !number_of(node, hints ? hints->ai_family : AF_UNSPEC, &number))
		return false;
	plain = numeric_hints(hints, number.family);
	*r = real()->getaddrinfo(number.text, service, &plain, result);
	if (*r || !(plain.ai_flags & AI_CANONNAME))
		return true;
	*r = set_canonical_name(*result, node);
	if (*r)
		freeaddrinfo(*result);
	return true;
}

/* ---- getnameinfo ------------------------------------------------------------ */

/* The name of an address of ours; not a "*." pattern, which is no name. */
static const char *name_of(const struct map_addr *addr)
{
	const struct map_table *table = table_get();
	const char *name = table ? map_address_name(table, addr) : NULL;

	return name && name[0] != '*' ? name : NULL;
}

bool resolve_name(const struct sockaddr *sa, socklen_t len, char *host,
		  socklen_t host_size, char *service, socklen_t service_size,
		  int flags, int *r)
{
	struct map_addr addr;
	uint16_t port;
	const char *name;

	if (!table_get() || !host || !host_size || (flags & NI_NUMERICHOST) ||
	    !map_addr_set(&addr, &port, sa, len))
		return false;
	name = name_of(&addr);
	if (!name)
		return false;
	*r = 0;
	if (service && service_size)
		*r = real()->getnameinfo(sa, len, NULL, 0, service,
					 service_size, flags & ~NI_NAMEREQD);
	if (*r)
		return true;
	if (strlen(name) >= host_size)
		*r = EAI_OVERFLOW;
	else
		strcpy(host, name);
	return true;
}

/* ---- gethostbyname and gethostbyaddr ------------------------------------------ */

/* Room for the name at the start of the buffer; the rest stays aligned. */
static size_t put_name(const char *name, char *buf, size_t size)
{
	size_t used = (strlen(name) + sizeof(void *)) & -sizeof(void *);

	if (used > size)
		return 0;
	strcpy(buf, name);
	return used;
}

static int too_small(struct hostent **result, int *error)
{
	*result = NULL;
	*error = NETDB_INTERNAL;
	return ERANGE;
}

bool resolve_host(const char *name, int family, struct hostent *host,
		  char *buf, size_t size, struct hostent **result, int *error,
		  int *r)
{
	struct number number;
	size_t used;

	if (!number_of(name, family, &number))
		return false;
	used = put_name(name, buf, size);
	if (!used) {
		*r = too_small(result, error);
		return true;
	}
	*r = real()->gethostbyname2_r(number.text, number.family, host,
				      buf + used, size - used, result, error);
	if (!*r && *result)
		host->h_name = buf;
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

/* As gethostbyname() of the number, and then with its name. */
bool resolve_addr(const void *addr, socklen_t len, int family,
		  struct hostent *host, char *buf, size_t size,
		  struct hostent **result, int *error, int *r)
{
	struct map_addr known;
	const char *name;

	if (!to_map_addr(&known, addr, len, family))
		return false;
	name = name_of(&known);
	return name && resolve_host(name, family, host, buf, size, result,
				    error, r);
}
