/* SPDX-License-Identifier: MIT */
/* HOST:PORTS of a rule. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/hostname.h"
#include "config/read/read.h"
#include "config/rule_table.h"

static const char expected_ports[] =
	"expected ports from 1 to 65535, such as 5432, 8000-8999 or 80,443, or "
	"* alone, which is any port, 0 too";
static const char expected_v4[] =
	"expected four decimal numbers from 0 to 255 without leading zeros, "
	"such as 10.0.0.5, or a block of them, such as 10.0.0.0/24";
static const char expected_v6[] = "expected [IPv6]:PORT, such as [fd00::5]:443";
static const char expected_name[] =
	"expected labels of 1 to 63 letters, digits, \"-\" or \"_\" with dots "
	"between, 253 in all; \"*\" only stands alone or as \"*.\" in front";

/* inet_pton(3) for words, which don't end in a NUL. */
static bool pton(int family, struct word w, struct host *host)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct map_addr addr = {.family = family};

	if (w.len >= sizeof(text) || memchr(w.at, '\0', w.len))
		return false;
	memcpy(text, w.at, w.len);
	text[w.len] = '\0';
	if (inet_pton(family, text, &addr.ip) != 1)
		return false;
	*host = host_of_address(&addr);
	return true;
}

/* ::ffff:0:0/96 is IPv4. */
static void unmap(struct host *host)
{
	if (host->hi != 0 || host->lo >> 32 != 0xffff || host->bits < 96)
		return;
	host->kind = HOST_V4;
	host->lo &= 0xffffffff;
	host->bits -= 96;
}

bool read_ip(struct word w, struct host *host)
{
	const char *end = word_last(w, ']');

	if (pton(AF_INET, w, host))
		return true;
	if (w.len > 2 && w.at[0] == '[' && end == w.at + w.len - 1)
		w = (struct word){w.at + 1, w.len - 2};
	if (!pton(AF_INET6, w, host))
		return false;
	unmap(host);
	return true;
}

static int read_v6(struct loader *l, struct word w, struct host *host)
{
	struct word inside = {w.at + 1, w.len - 2};

	if (w.at[w.len - 1] != ']')
		return fault(l, w, "no \"]\" at the end of", expected_v6);
	if (memchr(inside.at, '%', inside.len))
		return fault(l, w, "an IPv6 scope can't be mapped:",
			     "leave out \"%\" and what follows it");
	if (!pton(AF_INET6, inside, host))
		return fault(l, w, "bad IPv6 address", expected_v6);
	return 0;
}

/*
 * Whether a resolver would look it up. What is beyond ASCII may be a letter.
 */
static bool has_name_characters(struct word w)
{
	for (size_t i = 0; i < w.len; i++)
		if (!isalnum((unsigned char)w.at[i]) && !(w.at[i] & 0x80) &&
		    !strchr("-._*", w.at[i]))
			return false;
	return true;
}

static int read_name(struct loader *l, struct word w, struct host *host)
{
	uint32_t number;
	int err;

	if (memchr(w.at, ',', w.len))
		return fault(l, w, "a list of hosts is no host name:",
			     "write a rule for each host");
	if (!word_is(w, "*.") && (!is_host_name(w) || !has_name_characters(w)))
		return fault(l, w, "bad host name", expected_name);
	if (is_localhost(w)) {
		*host = (struct host){.kind = HOST_LOCALHOST};
		return 0;
	}
	err = name_number(l, w, &number);
	if (err)
		return err;
	*host = (struct host){.lo = number, .kind = HOST_NAME, .bits = 128};
	return 0;
}

/* What is meant for addresses, such as 10.0.0.1-5: no host has such a name. */
static bool is_meant_as_v4(struct word w)
{
	bool dotted = memchr(w.at, '.', w.len);

	for (size_t i = 0; i < w.len; i++)
		if (!strchr("0123456789.-*,", w.at[i]))
			return false;
	return dotted && w.at[0] >= '0' && w.at[0] <= '9';
}

static int read_host(struct loader *l, struct word w, struct host *host)
{
	if (word_is(w, "*")) {
		*host = (struct host){.kind = HOST_ANY};
		return 0;
	}
	if (w.len && w.at[0] == '[')
		return read_v6(l, w, host);
	if (memchr(w.at, ':', w.len))
		return fault(l, w,
			     "IPv6 address without brackets:", expected_v6);
	if (!looks_like_v4(w) && !is_meant_as_v4(w))
		return read_name(l, w, host);
	if (!pton(AF_INET, w, host))
		return fault(l, w, "bad IPv4 address", expected_v4);
	return 0;
}

static void warn_extra_bits(struct loader *l, struct word at,
			    const struct host *network)
{
	struct map_addr addr = address_of_host(network);
	struct rule rule = {.source = l->table->nsources - 1,
			    .line = l->line_number};
	struct rule_place place = {.line = l->line, .rule = at};
	char ip[INET6_ADDRSTRLEN], remedy[INET6_ADDRSTRLEN + 32];
	bool v4 = addr.family == AF_INET;

	inet_ntop(addr.family, &addr.ip, ip, sizeof(ip));
	snprintf(remedy, sizeof(remedy), "it is read as %s%s%s/%u",
		 v4 ? "" : "[", ip, v4 ? "" : "]", network->bits);
	caution(l, &rule, &place, at,
		"the address has bits beyond its prefix:", remedy);
}

static int read_bits(struct loader *l, struct word w, struct word bits,
		     struct host *host)
{
	uint64_t n;
	struct host whole = *host;

	if (host->kind != HOST_V4 && host->kind != HOST_V6)
		return fault(l, w, "only an IP address can have a prefix:",
			     "expected IPv4/BITS or [IPv6]/BITS");
	if (!read_number(bits, host->bits, &n))
		return fault(l, bits, "bad prefix length",
			     host->kind == HOST_V4
				     ? "expected a number from 0 to 32"
				     : "expected a number from 0 to 128");
	host->bits = n;
	host_mask(host);
	if (host->hi != whole.hi || host->lo != whole.lo)
		warn_extra_bits(l, w, host);
	return 0;
}

static int read_host_block(struct loader *l, struct word w, struct host *host)
{
	const char *slash = memchr(w.at, '/', w.len);
	int err;

	if (memmem(w.at, w.len, "://", 3))
		return fault(l, w, "a URL is no host:",
			     "expected HOST:PORTS, such as 10.0.0.5:5432");
	err = read_host(l, slash ? word_before(w, slash) : w, host);
	if (!err && slash)
		err = read_bits(l, w, word_after(w, slash), host);
	if (!err && host->kind == HOST_V6)
		unmap(host);
	return err;
}

/* Those that people write; /etc/services is not in every image. */
static const struct service {
	const char *name;
	unsigned port;
} services[] = {
	{"amqp", 5672},	      {"domain", 53},	    {"ftp", 21},
	{"http", 80},	      {"https", 443},	    {"imap", 143},
	{"imaps", 993},	      {"ldap", 389},	    {"ldaps", 636},
	{"memcached", 11211}, {"mongodb", 27017},   {"mysql", 3306},
	{"postgres", 5432},   {"postgresql", 5432}, {"redis", 6379},
	{"smtp", 25},	      {"ssh", 22},	    {NULL, 0},
};

static int port_fault(struct loader *l, struct word w)
{
	const struct service *service = services;
	char remedy[80];

	while (service->name && !word_is(w, service->name))
		service++;
	if (!service->name)
		return fault(l, w, "bad port", expected_ports);
	snprintf(remedy, sizeof(remedy), "write its number: %s is %u",
		 service->name, service->port);
	return fault(l, w, "a port is a number, not", remedy);
}

int read_ports(struct loader *l, struct word w, bool in_list, struct rule *rule)
{
	uint64_t first = 1, last = 65535;

	rule->all_ports = !in_list && word_is(w, "*");
	if (!rule->all_ports && !read_range(w, 1, 65535, &first, &last))
		return port_fault(l, w);
	rule->first = first;
	rule->last = last;
	return 0;
}

int read_endpoint(struct loader *l, struct word w, struct host *host,
		  struct word *ports)
{
	const char *colon = word_last(w, ':');
	const char *bracket = word_last(w, ']');

	if (!colon || colon < bracket)
		return fault(l, w, "no port in",
			     "expected HOST:PORTS, such as 10.0.0.5:5432");
	if (colon == w.at)
		return fault(l, w, "no host in",
			     "expected HOST:PORTS; \"*\" is every address");
	*ports = word_after(w, colon);
	return read_host_block(l, word_before(w, colon), host);
}
