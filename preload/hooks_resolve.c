/* SPDX-License-Identifier: MIT */
/* Exported: names to addresses and back. */
#include <errno.h>

#include "preload/hooks.h"
#include "preload/names/resolve.h"
#include "redirect/kernel/real.h"

/* gethostbyname() and its like answer in memory of their own (netdb.h). */
static struct hostent answer;
static char answer_memory[1024];

static struct hostent *finish(struct hostent *result, int error)
{
	if (!result)
		h_errno = error;
	return result;
}

EXPORT int getaddrinfo(const char *node, const char *service,
		       const struct addrinfo *hints, struct addrinfo **result)
{
	int r;

	if (resolve_info(node, service, hints, result, &r))
		return r;
	return real()->getaddrinfo(node, service, hints, result);
}

#ifdef __GLIBC__
EXPORT int getaddrinfo_a(int mode, struct gaicb *list[], int n,
			 struct sigevent *notify)
{
	int r;

	if (resolve_list(mode, list, n, notify, &r))
		return r;
	return real()->getaddrinfo_a(mode, list, n, notify);
}
#endif

EXPORT int getnameinfo(const struct sockaddr *sa, socklen_t len, char *host,
		       socklen_t host_size, char *service,
		       socklen_t service_size, int flags)
{
	int r;

	if (resolve_name(sa, len, host, host_size, service, service_size, flags,
			 &r))
		return r;
	return real()->getnameinfo(sa, len, host, host_size, service,
				   service_size, flags);
}

EXPORT struct hostent *gethostbyname(const char *name)
{
	struct hostent *result;
	int error, r;

	if (resolve_host(name, AF_INET, &answer, answer_memory,
			 sizeof(answer_memory), &result, &error, &r))
		return finish(result, error);
	return real()->gethostbyname(name);
}

EXPORT struct hostent *gethostbyname2(const char *name, int family)
{
	struct hostent *result;
	int error, r;

	if (resolve_host(name, family, &answer, answer_memory,
			 sizeof(answer_memory), &result, &error, &r))
		return finish(result, error);
	return real()->gethostbyname2(name, family);
}

EXPORT struct hostent *gethostbyaddr(const void *addr, socklen_t len,
				     int family)
{
	struct hostent *result;
	int error, r;

	if (resolve_addr(addr, len, family, &answer, answer_memory,
			 sizeof(answer_memory), &result, &error, &r))
		return finish(result, error);
	return real()->gethostbyaddr(addr, len, family);
}

EXPORT int gethostbyname_r(const char *name, struct hostent *host, char *buf,
			   size_t size, struct hostent **result, int *error)
{
	int r;

	if (resolve_host(name, AF_INET, host, buf, size, result, error, &r))
		return r;
	return real()->gethostbyname_r(name, host, buf, size, result, error);
}

EXPORT int gethostbyname2_r(const char *name, int family, struct hostent *host,
			    char *buf, size_t size, struct hostent **result,
			    int *error)
{
	int r;

	if (resolve_host(name, family, host, buf, size, result, error, &r))
		return r;
	return real()->gethostbyname2_r(name, family, host, buf, size, result,
					error);
}

EXPORT int gethostbyaddr_r(const void *addr, socklen_t len, int family,
			   struct hostent *host, char *buf, size_t size,
			   struct hostent **result, int *error)
{
	int r;

	if (resolve_addr(addr, len, family, host, buf, size, result, error, &r))
		return r;
	return real()->gethostbyaddr_r(addr, len, family, host, buf, size,
				       result, error);
}
