/* SPDX-License-Identifier: MIT */
/* getaddrinfo() and getaddrinfo_a() of the table's names: see resolve.h. */
#include <stdlib.h>
#include <string.h>

#include "preload/names/idn.h"
#include "preload/names/libc.h"
#include "preload/names/resolve.h"
#include "preload/names/table_name.h"
#include "redirect/kernel/real.h"
#include "redirect/state/table.h"

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
 * The program asked for a name and libc for its number. Where libc gives that
 * back as the canonical name (glibc if it is asked to, with the first address;
 * musl always and with each), the name takes its place.
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
		       const struct table_number *number)
{
	struct addrinfo plain = numeric_hints(hints, number->addr.family);
	char canon[NI_MAXHOST];
	int r = real_late()->getaddrinfo(number->text, service, &plain, result);

	if (r)
		return r;
	table_name_canonical(node, number, canon);
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
	struct table_number number;

	if (!table_name_localhost(node, family, &number))
		return false;
	*r = real_late()->getaddrinfo(node, service, hints, result);
	if (is_unknown(*r))
		*r = answer_info(node, service, hints, result, &number);
	return true;
}

static bool name_info(const char *node, const char *service,
		      const struct addrinfo *hints, struct addrinfo **result,
		      int *r)
{
	struct table_number number;

	if (!table_name_number(node, hints->ai_family, &number))
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
	*r = real_late()->getaddrinfo_a(mode, rest, n, notify);
	free(rest);
	return true;
}
#endif
