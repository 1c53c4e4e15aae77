/* SPDX-License-Identifier: MIT */
/* Addresses of the checks, and their text: relative to the check's ports. */
#include "parity.h"

enum {
	FIRST_PORT = 20000,
	PORTS = 8,
	FIRST_DIRECT_PORT = 7000,
	DIRECT_PORTS = 4,
};

extern unsigned parity_index;

unsigned port(unsigned n)
{
	return FIRST_PORT + parity_index * PORTS + n;
}

unsigned direct_port(unsigned n)
{
	return FIRST_DIRECT_PORT + parity_index * DIRECT_PORTS + n;
}

struct addr at(const char *ip, unsigned port_number)
{
	struct addr a = {0};

	if (inet_pton(AF_INET, ip, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons((uint16_t)port_number);
		a.len = sizeof(a.in);
	} else if (inet_pton(AF_INET6, ip, &a.in6.sin6_addr) == 1) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons((uint16_t)port_number);
		a.len = sizeof(a.in6);
	}
	return a;
}

struct addr nowhere(void)
{
	struct addr a = {.len = sizeof(a.ss)};

	memset(&a.ss, 0xee, sizeof(a.ss));
	return a;
}

static const char *port_text(unsigned number, char *buf, size_t size)
{
	if (number >= port(0) && number < port(PORTS))
		snprintf(buf, size, "port(%u)", number - port(0));
	else if (number >= direct_port(0) && number < direct_port(DIRECT_PORTS))
		snprintf(buf, size, "direct(%u)", number - direct_port(0));
	else if (number >= 1024)
		return "ephemeral";
	else
		snprintf(buf, size, "%u", number);
	return buf;
}

const char *addr_text(const struct addr *a, char *buf, size_t size)
{
	char ip[INET6_ADDRSTRLEN], number[32];

	if (a->len < sizeof(sa_family_t))
		snprintf(buf, size, "none (length %u)", a->len);
	else if (a->sa.sa_family == AF_INET)
		snprintf(buf, size, "%s:%s (length %u)",
			 inet_ntop(AF_INET, &a->in.sin_addr, ip, sizeof(ip)),
			 port_text(ntohs(a->in.sin_port), number,
				   sizeof(number)),
			 a->len);
	else if (a->sa.sa_family == AF_INET6)
		snprintf(buf, size, "[%s]:%s (length %u)",
			 inet_ntop(AF_INET6, &a->in6.sin6_addr, ip, sizeof(ip)),
			 port_text(ntohs(a->in6.sin6_port), number,
				   sizeof(number)),
			 a->len);
	else
		snprintf(buf, size, "family %d (length %u)", a->sa.sa_family,
			 a->len);
	return buf;
}

void say_addr(const char *label, const struct addr *a)
{
	char buf[128];

	say("%s: %s", label, addr_text(a, buf, sizeof(buf)));
}

void say_sockname(const char *label, int fd)
{
	struct addr a = nowhere();

	if (getsockname(fd, SA_OUT(a)) < 0)
		say("%s: getsockname %s", label, errno_text(errno));
	else
		say_addr(label, &a);
}

void say_peername(const char *label, int fd)
{
	struct addr a = nowhere();

	if (getpeername(fd, SA_OUT(a)) < 0)
		say("%s: getpeername %s", label, errno_text(errno));
	else
		say_addr(label, &a);
}
