/* SPDX-License-Identifier: MIT */
/* Exported: names to addresses and back. */
#include <errno.h>
#include <string.h>

#include "preload/hooks.h"
#include "preload/reached.h"
#include "preload/names/resolve.h"
#include "redirect/kernel/real.h"
#include "redirect/report/report.h"

/* gethostbyname() and its like answer in memory of their own (netdb.h). */
static struct hostent answer;
static char answer_memory[1024];

static struct hostent *finish(struct hostent *result, int error)
{
	if (!result)
		h_errno = error;
	return result;
}

static void tell_info(const struct report *report, const char *node,
		      bool by_table, const struct addrinfo *result, int r)
{
	struct report_lookup lookup = {.name = node, .by_table = by_table};
	uint16_t port;

	if (!r)
		map_addr_set(&lookup.found, &port, result->ai_addr,
			     result->ai_addrlen);
	lookup.error = gai_strerror(r);
	report_looked_up(report, &lookup);
}

EXPORT int getaddrinfo(const char *node, const char *service,
		       const struct addrinfo *hints, struct addrinfo **result)
{
	struct report report;
	bool by_table;
	int r;

	if (reached_is_question())
		return EAI_NONAME;
	report_begin(&report);
	by_table = resolve_info(node, service, hints, result, &r);
	if (!by_table)
		r = real_late()->getaddrinfo(node, service, hints, result);
	if (report_is_on)
		tell_info(&report, node, by_table, r ? NULL : *result, r);
	return r;
}

#ifdef __GLIBC__
EXPORT int getaddrinfo_a(int mode, struct gaicb *list[], int n,
			 struct sigevent *notify)
{
	int r;

	if (resolve_list(mode, list, n, notify, &r))
		return r;
	return real_late()->getaddrinfo_a(mode, list, n, notify);
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
	return real_late()->getnameinfo(sa, len, host, host_size, service,
					service_size, flags);
}

static void tell_host(const struct report *report, const char *name,
		      bool by_table, const struct hostent *result, int error)
{
	struct report_lookup lookup = {.name = name, .by_table = by_table};

	if (result && result->h_addr_list[0]) {
		lookup.found.family = result->h_addrtype;
		memcpy(&lookup.found.ip, result->h_addr_list[0],
		       result->h_length);
	}
	lookup.error = hstrerror(error);
	report_looked_up(report, &lookup);
}

EXPORT struct hostent *gethostbyname(const char *name)
{
	struct hostent *result;
	struct report report;
	bool by_table;
	int error, r;

	report_begin(&report);
	by_table = resolve_host(name, AF_INET, &answer, answer_memory,
				sizeof(answer_memory), &result, &error, &r);
	result = by_table ? finish(result, error)
			  : real_late()->gethostbyname(name);
	if (report_is_on)
		tell_host(&report, name, by_table, result, h_errno);
	return result;
}

EXPORT struct hostent *gethostbyname2(const char *name, int family)
{
	struct hostent *result;
	struct report report;
	bool by_table;
	int error, r;

	report_begin(&report);
	by_table = resolve_host(name, family, &answer, answer_memory,
				sizeof(answer_memory), &result, &error, &r);
	result = by_table ? finish(result, error)
			  : real_late()->gethostbyname2(name, family);
	if (report_is_on)
		tell_host(&report, name, by_table, result, h_errno);
	return result;
}

EXPORT struct hostent *gethostbyaddr(const void *addr, socklen_t len,
				     int family)
{
	struct hostent *result;
	int error, r;

	if (resolve_addr(addr, len, family, &answer, answer_memory,
			 sizeof(answer_memory), &result, &error, &r))
		return finish(result, error);
	return real_late()->gethostbyaddr(addr, len, family);
}

EXPORT int gethostbyname_r(const char *name, struct hostent *host, char *buf,
			   size_t size, struct hostent **result, int *error)
{
	struct report report;
	bool by_table;
	int r;

	report_begin(&report);
	by_table =
		resolve_host(name, AF_INET, host, buf, size, result, error, &r);
	if (!by_table)
		r = real_late()->gethostbyname_r(name, host, buf, size, result,
						 error);
	if (report_is_on)
		tell_host(&report, name, by_table, *result, *error);
	return r;
}

EXPORT int gethostbyname2_r(const char *name, int family, struct hostent *host,
			    char *buf, size_t size, struct hostent **result,
			    int *error)
{
	struct report report;
	bool by_table;
	int r;

	report_begin(&report);
	by_table =
		resolve_host(name, family, host, buf, size, result, error, &r);
	if (!by_table)
		r = real_late()->gethostbyname2_r(name, family, host, buf, size,
						  result, error);
	if (report_is_on)
		tell_host(&report, name, by_table, *result, *error);
	return r;
}

EXPORT int gethostbyaddr_r(const void *addr, socklen_t len, int family,
			   struct hostent *host, char *buf, size_t size,
			   struct hostent **result, int *error)
{
	int r;

	if (resolve_addr(addr, len, family, host, buf, size, result, error, &r))
		return r;
	return real_late()->gethostbyaddr_r(addr, len, family, host, buf, size,
					    result, error);
}
