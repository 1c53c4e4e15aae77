/* SPDX-License-Identifier: MIT */
/*
 * Asks libc every question there is about some names and addresses: all
 * combinations of flags, families, types, protocols and services. The answers
 * are too many to keep, so what is written is a hash of each; two runs that
 * differ in the n-th number are then asked for the text of question n.
 *
 *	every KIND LOCALE FAMILY STEP	number and hash of each STEP-th
 *	every KIND LOCALE FAMILY show N	question N and its answer
 *
 * KIND is "names" or "addresses".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* What answers-inside.sh has in its table or in /etc/hosts, and what is not. */
static const char *nodes[] = {
	NULL,
	"",
	" ",
	".",
	"..",
	"1",
	"0x7f.1",
	"0377.1",
	"127.0.0.1",
	"127.0.0.1.",
	"256.1.1.1",
	"1.2.3.4.5",
	"198.18.137.2",
	"::1",
	"::ffff:10.0.0.1",
	"fd76:736f:636b:1::8902",
	"fe80::1%lo",
	"fe80::1%77",
	"fe80::1%none",
	"db.internal",
	"DB.InterNAL",
	"db.internal.",
	"db.internal..",
	".db.internal",
	"db..internal",
	" db.internal",
	"db.internal ",
	"db.inter\\nal",
	"internal",
	"a.b.wild.test",
	"A.Wild.TEST.",
	"wild.test",
	"*.wild.test",
	"localhost",
	"LOCALHOST.",
	"elsewhere.test",
	"xn--bcher-kva.internal",
	"XN--bcher-KVA.internal",
	"b\303\274cher.internal",
	"B\303\234CHER.internal",
	"bu\314\210cher.internal",
	"b\303\274cher.internal.",
	"caf\303\251.wild.test",
	"b\374cher.internal",
	"xn--a.internal",
	"xn--a.wild.test",
	"\303\274.nowhere.test",
	"longest",
	"too long",
};

static const struct {
	int type, protocol;
} types[] = {
	{0, 0},
	{SOCK_STREAM, 0},
	{SOCK_RAW, 0},
	{SOCK_DGRAM, 0},
	{0, IPPROTO_TCP},
	{0, IPPROTO_UDP},
	{0, IPPROTO_ICMP},
	{SOCK_STREAM, IPPROTO_TCP},
	{SOCK_STREAM, IPPROTO_UDP},
	{SOCK_DGRAM, IPPROTO_UDP},
	{SOCK_DGRAM, IPPROTO_TCP},
	{SOCK_RAW, IPPROTO_ICMP},
	{SOCK_STREAM, IPPROTO_SCTP},
	{SOCK_SEQPACKET, 0},
	{SOCK_SEQPACKET, IPPROTO_SCTP},
	{SOCK_STREAM, 262},
	{77, 0},
	{0, 222},
	{-1, 0},
	{0, -1},
};
#define FEW_TYPES 3

static const char *const services[] = {
	NULL,
	"http",
	"80",
	"5432",
	"0",
	"65535",
	"65536",
	"99999999999",
	"-1",
	"",
	" 80",
	"80x",
	"+80",
	"0x50",
	"HTTP",
	"tftp",
	"no-such-service",
};
#define FEW_SERVICES 3

static const int flag_bits[] = {
	AI_PASSIVE,    AI_CANONNAME,   AI_NUMERICHOST, AI_V4MAPPED, AI_ALL,
	AI_ADDRCONFIG, AI_NUMERICSERV, AI_IDN,	       AI_CANONIDN,
};
#define ALL_FLAGS (1 << LENGTH(flag_bits))

static const int odd_flags[] = {1 << 20, AI_PASSIVE | 1 << 20, -1, -2};

static const int few_flags[] = {
	0,
	AI_PASSIVE,
	AI_CANONNAME,
	AI_NUMERICHOST,
	AI_NUMERICSERV,
	AI_V4MAPPED | AI_ALL,
	AI_ADDRCONFIG,
	AI_V4MAPPED | AI_ADDRCONFIG,
	AI_IDN,
	AI_IDN | AI_CANONNAME,
	AI_IDN | AI_CANONIDN | AI_CANONNAME,
	AI_CANONIDN | AI_CANONNAME,
	-1,
};

static const int name_bits[] = {
	NI_NUMERICHOST, NI_NUMERICSERV, NI_NOFQDN,
	NI_NAMEREQD,	NI_DGRAM,	NI_IDN,
};
#define ALL_NAME_FLAGS (1 << LENGTH(name_bits))

static const int odd_name_flags[] = {1 << 20, 1 << 6, 1 << 7, -1};

static const char *const addresses[] = {
	"198.18.137.2",
	"198.18.153.30",
	"198.19.250.5",
	"fd76:736f:636b:1::8902",
	"fd76:736f:636b:1::991e",
	"fd76:736f:636b:1::1:fa05",
	"127.0.0.1",
	"0.0.0.0",
	"::",
	"198.18.0.99",
};

static const size_t host_sizes[] = {0, 1, 5, 11, 12, NI_MAXHOST};
static const size_t service_sizes[] = {0, 1, 4, 6, NI_MAXSERV};

/* ---- the text of an answer ------------------------------------------- */

static char text[65536];
static size_t length;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	length += vsnprintf(text + length, sizeof(text) - length, format,
			    arguments);
	va_end(arguments);
	if (length >= sizeof(text))
		abort();
}

static const char *shown(const char *string)
{
	return string ? string : "NULL";
}

static void say_sockaddr(const struct sockaddr *sa)
{
	char address[INET6_ADDRSTRLEN] = "?";
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const struct sockaddr_in *in = (const void *)sa;

	if (sa->sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &in6->sin6_addr, address, sizeof(address));
		say(" [%s]:%d %u %u", address, ntohs(in6->sin6_port),
		    in6->sin6_scope_id, in6->sin6_flowinfo);
	} else {
		inet_ntop(AF_INET, &in->sin_addr, address, sizeof(address));
		say(" %s:%d", address, ntohs(in->sin_port));
	}
}

static void ask_info(const char *node, const char *service,
		     const struct addrinfo *hints)
{
	struct addrinfo *none = (void *)text, *result = none;
	int r;

	say("getaddrinfo %s %s flags %#x family %d type %d protocol %d: ",
	    shown(node), shown(service), hints->ai_flags, hints->ai_family,
	    hints->ai_socktype, hints->ai_protocol);
	errno = 0;
	r = getaddrinfo(node, service, hints, &result);
	say("%s\n", r ? gai_strerror(r) : "ok");
	if (r == EAI_SYSTEM)
		say("%s\n", strerror(errno));
	if (r) {
		say(result == none ? "" : "something was stored\n");
		return;
	}
	for (struct addrinfo *info = result; info; info = info->ai_next) {
		say("   flags %#x family %d type %d protocol %d len %d",
		    info->ai_flags, info->ai_family, info->ai_socktype,
		    info->ai_protocol, (int)info->ai_addrlen);
		say_sockaddr(info->ai_addr);
		say(" %s\n", shown(info->ai_canonname));
	}
	freeaddrinfo(result);
}

/* How /etc/hosts is told that a name may have a final dot. */
static bool is_dotted(const char *alias, const char *name)
{
	size_t len = strlen(name);

	return strncmp(alias, name, len) == 0 && strcmp(alias + len, ".") == 0;
}

static void say_host(const struct hostent *host, int error)
{
	char address[INET6_ADDRSTRLEN];

	if (!host) {
		say(" h_errno %d\n", error);
		return;
	}
	say(" %s type %d length %d", host->h_name, host->h_addrtype,
	    host->h_length);
	for (char **alias = host->h_aliases; *alias; alias++)
		if (!is_dotted(*alias, host->h_name))
			say(" alias %s", *alias);
	for (char **addr = host->h_addr_list; *addr; addr++)
		say(" %s", inet_ntop(host->h_addrtype, *addr, address,
				     sizeof(address)));
	say("\n");
}

static void ask_host4(const char *node)
{
	struct hostent host, *result = &host;
	char buf[4096];
	int error, r;

	h_errno = 0;
	say("gethostbyname %s:", node);
	say_host(gethostbyname(node), h_errno);
	r = gethostbyname_r(node, &host, buf, sizeof(buf), &result, &error);
	say("gethostbyname_r: %s", strerror(r));
	say_host(result, error);
}

static void ask_host(const char *node, int family)
{
	struct hostent host, *result = &host;
	char buf[4096];
	int error, r;

	h_errno = 0;
	say("gethostbyname2 %d %s:", family, node);
	say_host(gethostbyname2(node, family), h_errno);
	r = gethostbyname2_r(node, family, &host, buf, sizeof(buf), &result,
			     &error);
	say("gethostbyname2_r: %s", strerror(r));
	say_host(result, error);
}

static socklen_t make_address(const char *address, struct sockaddr_in6 *in6)
{
	struct sockaddr_in *in = (struct sockaddr_in *)in6;

	memset(in6, 0, sizeof(*in6));
	in6->sin6_port = htons(514);
	if (strchr(address, ':')) {
		in6->sin6_family = AF_INET6;
		inet_pton(AF_INET6, address, &in6->sin6_addr);
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	inet_pton(AF_INET, address, &in->sin_addr);
	return sizeof(*in);
}

static void ask_name(const char *address, size_t host_size, size_t service_size,
		     int flags, int more)
{
	char host[NI_MAXHOST] = "", service[NI_MAXSERV] = "";
	struct sockaddr_in6 in6;
	socklen_t len = make_address(address, &in6) + more;
	int r;

	say("getnameinfo %s len %d host %zu service %zu flags %#x: ", address,
	    (int)len, host_size, service_size, flags);
	errno = 0;
	r = getnameinfo((struct sockaddr *)&in6, len, host_size ? host : NULL,
			host_size, service_size ? service : NULL, service_size,
			flags);
	say("%s\n", r ? gai_strerror(r) : "ok");
	if (r == EAI_SYSTEM)
		say("%s\n", strerror(errno));
	if (!r)
		say("%s %s\n", host, service);
}

static void ask_addr(const char *address, int family, int more)
{
	struct sockaddr_in6 in6;
	socklen_t len = make_address(address, &in6);
	bool v6 = len == sizeof(in6);
	const void *addr = v6 ? (void *)&in6.sin6_addr
			      : &((struct sockaddr_in *)&in6)->sin_addr;
	struct hostent host, *result = &host;
	char buf[4096];
	int error, r;

	len = (v6 ? 16 : 4) + more;
	say("gethostbyaddr %s length %d family %d:", address, (int)len, family);
	h_errno = 0;
	say_host(gethostbyaddr(addr, len, family), h_errno);
	r = gethostbyaddr_r(addr, len, family, &host, buf, sizeof(buf), &result,
			    &error);
	say("gethostbyaddr_r: %s", strerror(r));
	say_host(result, error);
}

/* ---- question n ------------------------------------------------------ */

/* Takes one of `count` choices off *n. */
static size_t choose(size_t *n, size_t count)
{
	size_t choice = *n % count;

	*n /= count;
	return choice;
}

static int combined(const int *bits, size_t count, size_t chosen)
{
	int flags = 0;

	for (size_t i = 0; i < count; i++)
		if (chosen & 1U << i)
			flags |= bits[i];
	return flags;
}

static int wanted_family;

/* All flags, a few types and services. */
static void info_by_flags(size_t n)
{
	const char *node = nodes[choose(&n, LENGTH(nodes))];
	const char *service = services[choose(&n, FEW_SERVICES)];
	size_t type = choose(&n, FEW_TYPES);
	struct addrinfo hints = {
		.ai_family = wanted_family,
		.ai_socktype = types[type].type,
		.ai_protocol = types[type].protocol,
		.ai_flags = n < ALL_FLAGS
				    ? combined(flag_bits, LENGTH(flag_bits), n)
				    : odd_flags[n - ALL_FLAGS],
	};

	ask_info(node, service, &hints);
}
#define INFO_BY_FLAGS                                                          \
	(LENGTH(nodes) * FEW_SERVICES * FEW_TYPES *                            \
	 (ALL_FLAGS + LENGTH(odd_flags)))

/* All types and services, a few flags. */
static void info_by_type(size_t n)
{
	const char *node = nodes[choose(&n, LENGTH(nodes))];
	const char *service = services[choose(&n, LENGTH(services))];
	size_t type = choose(&n, LENGTH(types));
	struct addrinfo hints = {
		.ai_family = wanted_family,
		.ai_socktype = types[type].type,
		.ai_protocol = types[type].protocol,
		.ai_flags = few_flags[n],
	};

	ask_info(node, service, &hints);
}
#define INFO_BY_TYPE                                                           \
	(LENGTH(nodes) * LENGTH(services) * LENGTH(types) * LENGTH(few_flags))

static void host_by_name(size_t n)
{
	if (nodes[n] && wanted_family == AF_INET)
		ask_host4(nodes[n]);
	/* With AF_UNSPEC, glibc aborts at a name in /etc/hosts. */
	if (nodes[n] && wanted_family != AF_UNSPEC)
		ask_host(nodes[n], wanted_family);
}
#define HOST_BY_NAME LENGTH(nodes)

static void name_by_address(size_t n)
{
	const char *address = addresses[choose(&n, LENGTH(addresses))];
	size_t host_size = host_sizes[choose(&n, LENGTH(host_sizes))];
	size_t service_size = service_sizes[choose(&n, LENGTH(service_sizes))];
	int more = (int)choose(&n, 3) * 4 - 4;

	ask_name(address, host_size, service_size,
		 n < ALL_NAME_FLAGS ? combined(name_bits, LENGTH(name_bits), n)
				    : odd_name_flags[n - ALL_NAME_FLAGS],
		 more);
}
#define NAME_BY_ADDRESS                                                        \
	(LENGTH(addresses) * LENGTH(host_sizes) * LENGTH(service_sizes) * 3 *  \
	 (ALL_NAME_FLAGS + LENGTH(odd_name_flags)))

static void host_by_address(size_t n)
{
	const char *address = addresses[choose(&n, LENGTH(addresses))];

	ask_addr(address, wanted_family, (int)n - 1);
}
#define HOST_BY_ADDRESS (LENGTH(addresses) * 3)

struct kind {
	void (*ask)(size_t n);
	size_t count;
};

static const struct kind about_names[] = {
	{info_by_flags, INFO_BY_FLAGS},
	{info_by_type, INFO_BY_TYPE},
	{host_by_name, HOST_BY_NAME},
	{NULL, 0},
};

static const struct kind about_addresses[] = {
	{name_by_address, NAME_BY_ADDRESS},
	{host_by_address, HOST_BY_ADDRESS},
	{NULL, 0},
};

/* The kind that question *n is of, and which of its questions; or the end. */
static const struct kind *find(const struct kind *kind, size_t *n)
{
	for (; kind->ask && *n >= kind->count; kind++)
		*n -= kind->count;
	return kind;
}

/* The text of question n; false: there are not so many. */
static bool ask(const struct kind *kinds, size_t n)
{
	const struct kind *kind = find(kinds, &n);

	length = 0;
	text[0] = '\0';
	if (kind->ask)
		kind->ask(n);
	return kind->ask;
}

/* Where there are few, none is left out. */
static size_t next(const struct kind *kinds, size_t n, size_t step)
{
	size_t within = n;

	return n + (find(kinds, &within)->count < 1000 ? 1 : step);
}

/* FNV-1a */
static uint64_t hash_of_text(void)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3;
	return hash;
}

/* Names of 253 characters, as many as DNS allows, and of more than it does. */
static void make_long_names(void)
{
	static char longest[254], too_long[301];

	memset(longest, 'n', 253);
	for (size_t i = 60; i < 250; i += 60)
		longest[i] = '.';
	memset(too_long, 'n', 300);
	memcpy(too_long + 290, ".wild.test", 10);
	nodes[LENGTH(nodes) - 2] = longest;
	nodes[LENGTH(nodes) - 1] = too_long;
}

static int show(const struct kind *kinds, size_t n)
{
	if (!ask(kinds, n))
		return 1;
	fputs(text, stdout);
	return 0;
}

int main(int argc, char **argv)
{
	const struct kind *kinds;
	size_t step;

	if (argc < 5 || !setlocale(LC_ALL, argv[2]))
		return 99;
	kinds = strcmp(argv[1], "names") == 0 ? about_names : about_addresses;
	wanted_family = atoi(argv[3]);
	make_long_names();
	if (argc == 6)
		return show(kinds, strtoul(argv[5], NULL, 10));
	step = strtoul(argv[4], NULL, 10);
	for (size_t n = 0; step && ask(kinds, n); n = next(kinds, n, step))
		printf("%zu %016" PRIx64 "\n", n, hash_of_text());
	return 0;
}
