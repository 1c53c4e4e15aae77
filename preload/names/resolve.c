/* SPDX-License-Identifier: MIT */
/*
 * Names of the table. getaddrinfo() and getnameinfo() are given the address
 * that stands for a name as a number, so that flags, services, sorting and
 * memory are libc's own; then the name is put in. "localhost" is the
 * resolver's, and is answered in the same way only where that does not know it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "preload/names/idn.h"
#include "preload/names/libc.h"
#include "redirect/kernel/real.h"
#include "preload/names/resolve.h"
#include "redirect/state/table.h"

/* An address of a name, and its text. */
struct number {
	struct map_addr addr;
	char text[INET6_ADDRSTRLEN];
};

static void write_number(struct number *number)
{
	inet_ntop(number->addr.family, &number->addr.ip, number->text,
		  sizeof(number->text));
}

/*
 * The table's address for a name. AF_UNSPEC asks for IPv4, and gets no second
 * address: programs that try one after the other, or balance over all of them,
 * as nginx does, would take one target for two.
 */
static bool number_of(const char *name, int family, struct number *number)
{
	const struct map_table *table = table_get();

	if (family == AF_UNSPEC)
		family = AF_INET;
	if (!table || !name || (family != AF_INET && family != AF_INET6) ||
	    !map_name_address(table, name, family, &number->addr))
		return false;
	write_number(number);
	return true;
}

/*
 * How the name is spelled in an answer: as in the table, or for a "*." pattern
 * as it was asked for, without the final dot.
 */
static void canonical(const char *asked, const struct number *number,
		      char canon[NI_MAXHOST])
{
	const char *name = map_address_name(table_get(), &number->addr);
	size_t len;

	if (!name && map_is_localhost(asked))
		name = "localhost";
	if (!name || name[0] == '*')
		name = asked;
	len = strnlen(name, NI_MAXHOST - 1);
	memcpy(canon, name, len);
	if (len && canon[len - 1] == '.')
		len--;
	canon[len] = '\0';
}

/* Whether the name is localhost, and a rule's; then its address, too. */
static bool number_of_localhost(const char *name, int family,
				struct number *number)
{
	const struct map_table *table = table_get();

	if (!table || !name || !map_has_localhost(table) ||
	    !map_is_localhost(name))
		return false;
	number->addr = (struct map_addr){.family = family};
	if (family == AF_INET6)
		number->addr.ip.v6 = in6addr_loopback;
	else if (family == AF_INET)
		number->addr.ip.v4.s_addr = htonl(INADDR_LOOPBACK);
	else
		return false;
	write_number(number);
	return true;
}

/* ---- getaddrinfo ---------------------------------------------------- */

#ifdef __GLIBC__
/* freeaddrinfo(3) frees ai_canonname by itself, so it may be exchanged. */
static int set_canonical_name(struct addrinfo *info, const char *name)
{
	char *copy = NULL;

	if (info->ai_flags & AI_CANONIDN)
		copy = idn_decode(name);
	if (!copy)
		copy = strdup(name);
	if (!copy)
		return EAI_MEMORY;
	free(info->ai_canonname);
	info->ai_canonname = copy;
	return 0;
}
#else
struct kept {
	struct kept *next;
	char name[];
};

static struct kept *all_kept;

static char *find_kept(const char *name)
{
	struct kept *kept = __atomic_load_n(&all_kept, __ATOMIC_ACQUIRE);

	while (kept && strcmp(kept->name, name) != 0)
		kept = kept->next;
	return kept ? kept->name : NULL;
}

static char *keep_name(const char *name)
{
	struct kept *kept = malloc(sizeof(*kept) + strlen(name) + 1);

	if (!kept)
		return NULL;
	strcpy(kept->name, name);
	kept->next = __atomic_load_n(&all_kept, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&all_kept, &kept->next, kept, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	return kept->name;
}

/*
 * musl's ai_canonname is a part of the list's own memory, and freeaddrinfo(3)
 * looks at nothing else: what it points to in its place has to stay, once for
 * each name.
 */
static int set_canonical_name(struct addrinfo *info, const char *name)
{
	char *kept = find_kept(name);

	if (!kept)
		kept = keep_name(name);
	if (!kept)
		return EAI_MEMORY;
	info->ai_canonname = kept;
	return 0;
}
#endif

/* What getaddrinfo(3) does without hints is glibc's own. */
static const struct addrinfo no_hints = {
	.ai_flags = AI_V4MAPPED | AI_ADDRCONFIG,
};

/*
 * AI_ADDRCONFIG would leave out every address where there is no network card;
 * the address is not for one.
 */
static struct addrinfo numeric_hints(const struct addrinfo *hints, int family)
{
	struct addrinfo plain = *hints;

	plain.ai_flags &=
		~(AI_ADDRCONFIG | AI_V4MAPPED | AI_ALL | AI_IDN | AI_CANONIDN);
	plain.ai_flags |= AI_NUMERICHOST;
	plain.ai_family = family;
	return plain;
}

/*
 * The number was not the program's. Where libc says it as the canonical name
 * (glibc if it is asked to, of the first address; musl ever and of each), the
 * name takes its place.
 */
static int put_name_in(struct addrinfo *list, int flags, const char *name)
{
	int r = 0;

	for (struct addrinfo *info = list; info && !r; info = info->ai_next) {
		if (info->ai_flags)
			info->ai_flags = flags;
		if (info->ai_canonname)
			r = set_canonical_name(info, name);
	}
	return r;
}

static int answer_info(const char *node, const char *service,
		       const struct addrinfo *hints, struct addrinfo **result,
		       const struct number *number)
{
	struct addrinfo plain = numeric_hints(hints, number->addr.family);
	char canon[NI_MAXHOST];
	int r = real()->getaddrinfo(number->text, service, &plain, result);

	if (r)
		return r;
	canonical(node, number, canon);
	r = put_name_in(*result, hints->ai_flags, canon);
	if (r)
		freeaddrinfo(*result);
	return r;
}

/* getaddrinfo(3) of a name that nobody knows, or not of this family. */
static bool is_unknown(int r)
{
	return r == EAI_NONAME || r == EAI_NODATA || r == EAI_ADDRFAMILY ||
	       r == EAI_AGAIN || r == EAI_FAIL;
}

static bool localhost_info(const char *node, const char *service,
			   const struct addrinfo *hints,
			   struct addrinfo **result, int *r)
{
	int family = hints->ai_family == AF_UNSPEC ? AF_INET : hints->ai_family;
	struct number number;

	if (!number_of_localhost(node, family, &number))
		return false;
	*r = real()->getaddrinfo(node, service, hints, result);
	if (is_unknown(*r))
		*r = answer_info(node, service, hints, result, &number);
	return true;
}

static bool name_info(const char *node, const char *service,
		      const struct addrinfo *hints, struct addrinfo **result,
		      int *r)
{
	struct number number;

	if (!number_of(node, hints->ai_family, &number))
		return localhost_info(node, service, hints, result, r);
	*r = answer_info(node, service, hints, result, &number);
	return true;
}

/* Looked up as it is spelled there, or not at all. */
static bool idn_info(const char *node, const char *service,
		     const struct addrinfo *hints, struct addrinfo **result,
		     int *r)
{
	char *encoded = idn_encode(node);
	bool is_ours = encoded && name_info(encoded, service, hints, result, r);

	free(encoded);
	return is_ours;
}

bool resolve_info(const char *node, const char *service,
		  const struct addrinfo *hints, struct addrinfo **result,
		  int *r)
{
	if (!hints)
		hints = &no_hints;
	if (!table_get() || !node || (hints->ai_flags & AI_NUMERICHOST))
		return false;
	if ((hints->ai_flags & AI_IDN) && !idn_is_ascii(node))
		return idn_info(node, service, hints, result, r);
	return name_info(node, service, hints, result, r);
}

#ifdef __GLIBC__
/*
 * A request that is done by its __return is never looked for in glibc's queue
 * (gai_error(), gai_suspend() and gai_cancel() in resolv/).
 */
static bool answer_request(struct gaicb *request)
{
	return request && resolve_info(request->ar_name, request->ar_service,
				       request->ar_request, &request->ar_result,
				       &request->__return);
}

static struct gaicb **copy_list(struct gaicb *const list[], int n)
{
	struct gaicb **copy = calloc((size_t)n, sizeof(*copy));

	if (copy)
		memcpy(copy, list, (size_t)n * sizeof(*copy));
	return copy;
}

/* The real call passes over NULL, and notifies even where nothing is left. */
bool resolve_list(int mode, struct gaicb *list[], int n,
		  struct sigevent *notify, int *r)
{
	struct gaicb **rest = NULL;

	if (mode != GAI_WAIT && mode != GAI_NOWAIT)
		return false;
	for (int i = 0; i < n; i++) {
		if (!answer_request(list[i]))
			continue;
		if (!rest)
			rest = copy_list(list, n);
		if (!rest) {
			*r = EAI_MEMORY;
			return true;
		}
		rest[i] = NULL;
	}
	if (!rest)
		return false;
	*r = real()->getaddrinfo_a(mode, rest, n, notify);
	free(rest);
	return true;
}
#endif

/* ---- getnameinfo ---------------------------------------------------- */

/*
 * Whether the address stands for a name, and which: NULL for that of a "*."
 * pattern, which has none, and of which no resolver must hear.
 */
static bool name_of(const struct map_addr *addr, const char **name)
{
	const struct map_table *table = table_get();

	*name = table ? map_address_name(table, addr) : NULL;
	if (!*name)
		return false;
	if ((*name)[0] == '*')
		*name = NULL;
	return true;
}

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
	    !map_addr_set(&addr, &port, sa, len) || !name_of(&addr, &name))
		return false;
	*r = real()->getnameinfo(sa, len, number, sizeof(number), service,
				 service_size,
				 (flags | NI_NUMERICHOST) & ~NI_NAMEREQD);
	/* libc asks for the host before it looks at the service. */
	if (!*r || (*r == EAI_OVERFLOW && !name && (flags & NI_NAMEREQD)))
		*r = put_host(name, number, flags, host, host_size);
	return true;
}

/* ---- gethostbyname and gethostbyaddr ------------------------------- */

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
	int r = real()->gethostbyname2_r(name, family, to->host, to->buf,
					 to->size, to->result, to->error);

	return !*to->result && r != ERANGE;
}

bool resolve_host(const char *name, int family, struct hostent *host, char *buf,
		  size_t size, struct hostent **result, int *error, int *r)
{
	struct answer to = {host, buf, size, result, error};
	char canon[NI_MAXHOST];
	struct number number;

	if (family == AF_UNSPEC)
		return false;
	if (!number_of(name, family, &number) &&
	    !(number_of_localhost(name, family, &number) &&
	      is_unresolved(name, family, &to)))
		return false;
	canonical(name, &number, canon);
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
	    !name_of(&number, &name))
		return false;
	*r = name ? answer_host(name, &number, &to) : no_host(&to);
	return true;
}
