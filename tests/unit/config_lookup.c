/* SPDX-License-Identifier: MIT */
/* What a table answers: addresses, names, and vsock addresses turned back. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/unit/config_support.h"

TestSuite(config_lookup, .timeout = 120);

#define C MAP_CONNECT
#define L MAP_LISTEN

Test(config_lookup, first_rule_that_matches_wins)
{
	struct map_table *t = load_good("connect 10.0.0.5:5432 = vsock:2:5432\n"
					"10.1.0.0/16:8000-8999 = "
					"vsock:16:18000-18999\n"
					"listen *:8080 = vsock:any:8080\n"
					"127.0.0.1:* = vsock:local:*\n"
					"connect 10.9.0.1:1 = hvsock:/a:7\n"
					"10.1.2.3:9000 = direct\n"
					"connect *:* = refuse\n");

	cr_expect_str_eq(ask(t, C, "10.0.0.5", 5432), "vsock:2:5432");
	cr_expect_str_eq(ask(t, L, "10.0.0.5", 5432), "none");
	cr_expect_str_eq(ask(t, C, "10.1.2.3", 8005), "vsock:16:18005");
	cr_expect_str_eq(ask(t, L, "10.1.2.3", 8080), "vsock:16:18080");
	cr_expect_str_eq(ask(t, L, "10.2.2.3", 8080), "vsock:any:8080");
	cr_expect_str_eq(ask(t, L, "::", 8080), "vsock:any:8080");
	cr_expect_str_eq(ask(t, L, "127.0.0.1", 8080), "vsock:any:8080");
	cr_expect_str_eq(ask(t, L, "127.0.0.1", 8081), "vsock:1:8081");
	cr_expect_str_eq(ask(t, C, "10.9.0.1", 1), "hvsock:/a:7");
	cr_expect_str_eq(ask(t, C, "10.1.2.3", 9000), "direct");
	cr_expect_str_eq(ask(t, C, "10.1.2.3", 9001), "refuse");
	cr_expect_str_eq(ask(t, C, "fd00::1", 80), "refuse");
	map_free(t);
}

static const char *ask_unix(const struct map_table *t,
			    enum map_direction direction, const char *name)
{
	struct map_answer answer;
	struct map_addr addr;

	if (!map_unix_address(t, name, strlen(name), &addr))
		return "unknown";
	cr_expect_str_eq(map_unix_text(t, &addr), name);
	map_lookup(t, direction, &addr, MAP_UNIX_PORT, &answer);
	return answer_text(&answer);
}

Test(config_lookup, unix_sockets_are_known_by_name_alone)
{
	struct map_table *t = load_good("connect unix:/a = vsock:2:1\n"
					"listen unix:/a = vsock:any:2\n"
					"connect unix:@a = hvsock:/v:3\n"
					"connect unix:/r = refuse\n"
					"connect unix:/d = direct\n"
					"*:1 = refuse\n"
					"connect *.:* = vsock:9:*\n");
	struct map_addr none = {.family = AF_UNIX};

	cr_expect(map_has_unix(t));
	cr_expect_str_eq(ask_unix(t, C, "/a"), "vsock:2:1");
	cr_expect_str_eq(ask_unix(t, L, "/a"), "vsock:any:2");
	cr_expect_str_eq(ask_unix(t, C, "@a"), "hvsock:/v:3");
	cr_expect_str_eq(ask_unix(t, L, "@a"), "none");
	cr_expect_str_eq(ask_unix(t, C, "/r"), "refuse");
	cr_expect_str_eq(ask_unix(t, C, "/d"), "direct");
	cr_expect_str_eq(ask_unix(t, C, "/b"), "unknown");
	cr_expect_str_eq(ask_unix(t, C, "/"), "unknown");
	cr_expect_null(map_unix_text(t, &none));
	cr_expect_str_eq(ask_name(t, "/a", 1), "unknown");
	map_free(t);
	t = load_good("connect *:* = refuse");
	cr_expect_not(map_has_unix(t));
	cr_expect_str_eq(ask_unix(t, C, "/a"), "unknown");
	map_free(t);
}

Test(config_lookup, port_zero_is_for_star_only)
{
	struct map_table *t = load_good("10.0.0.1:1-65535 = vsock:1:*\n"
					"10.0.0.1:* = vsock:2:100001-165535\n");

	cr_expect_str_eq(ask(t, L, "10.0.0.1", 0), "vsock:2:0");
	cr_expect_str_eq(ask(t, L, "10.0.0.1", 1), "vsock:1:1");
	cr_expect_str_eq(ask(t, L, "10.0.0.1", 65535), "vsock:1:65535");
	map_free(t);
}

/* Of every range from and to the edges of a word of bits, each port. */
Test(config_lookup, ports_of_a_range)
{
	static const uint16_t edges[] = {1,   62,  63,	 64,	65,    127,
					 128, 192, 1023, 65472, 65534, 65535};
	const size_t n = sizeof(edges) / sizeof(edges[0]);
	struct map_addr addr = address("10.0.0.1");
	struct map_answer answer;
	struct map_table *t;
	char text[64];

	for (size_t i = 0; i < n * n; i++) {
		unsigned first = edges[i / n], last = edges[i % n];

		if (first > last)
			continue;
		snprintf(text, sizeof(text), "10.0.0.1:%u-%u = vsock:3:*",
			 first, last);
		t = load_good(text);
		for (unsigned port = 0; port <= 65535; port++) {
			map_lookup(t, C, &addr, port, &answer);
			cr_assert_eq(answer.rule == 1,
				     port >= first && port <= last, "%s: %u",
				     text, port);
		}
		map_free(t);
	}
}

/* Each with a CID of its own: more ways than a slot can tell. */
#define MANY 70000

static void print_one_of_many(FILE *out, unsigned i)
{
	static const char *const hosts[] = {"10.%u.%u.9", "[fd00:%x::%x]",
					    "11.%u.%u.0/24"};
	char host[40];

	/* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral) */
	snprintf(host, sizeof(host), hosts[i % 3], i >> 8 & 255, i & 255);
	fprintf(out, "%s:%u = vsock:%u:%u\n", host, 1 + (i >> 16), 3 + i,
		7 + i);
}

static void expect_one_of_many(const struct map_table *t, unsigned i)
{
	static const char *const asked[] = {"10.%u.%u.9", "fd00:%x::%x",
					    "11.%u.%u.77"};
	char ip[40], wanted[40];

	/* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral) */
	snprintf(ip, sizeof(ip), asked[i % 3], i >> 8 & 255, i & 255);
	snprintf(wanted, sizeof(wanted), "vsock:%u:%u", 3 + i, 7 + i);
	cr_assert_str_eq(ask(t, C, ip, 1 + (i >> 16)), wanted, "%s", ip);
	cr_assert_str_eq(ask(t, L, ip, 1 + (i >> 16)), wanted, "%s", ip);
	cr_assert_str_eq(ask(t, C, ip, 3), "none", "%s", ip);
}

Test(config_lookup, one_of_many)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct map_table *t;

	for (unsigned i = 0; i < MANY; i++)
		print_one_of_many(out, i);
	fputs("9.9.9.9:3 = direct\n", out);
	fclose(out);
	t = load_good(text);
	for (unsigned i = 0; i < MANY; i++)
		expect_one_of_many(t, i);
	free(text);
	map_free(t);
}

/* One slot's worth of bits is the same for all of these. */
Test(config_lookup, hosts_that_end_alike)
{
	struct map_table *t = load_good("0.0.0.1:80 = vsock:3:1\n"
					"first.example:80 = vsock:3:2\n"
					"second.example:80 = vsock:3:3\n"
					"0.0.0.2:80 = vsock:3:4\n"
					"10.0.0.0:80 = vsock:3:5\n"
					"10.0.0.0/30:80 = vsock:3:6\n"
					"10.0.0.0/16:80 = vsock:3:7\n"
					"10.0.0.0/8:80 = vsock:3:8\n");

	cr_expect_str_eq(ask(t, C, "0.0.0.1", 80), "vsock:3:1");
	cr_expect_str_eq(ask_name(t, "first.example", 80), "vsock:3:2");
	cr_expect_str_eq(ask_name(t, "second.example", 80), "vsock:3:3");
	cr_expect_str_eq(ask(t, C, "0.0.0.2", 80), "vsock:3:4");
	cr_expect_str_eq(ask(t, C, "0.0.0.0", 80), "none");
	cr_expect_str_eq(ask(t, C, "10.0.0.0", 80), "vsock:3:5");
	cr_expect_str_eq(ask(t, C, "10.0.0.1", 80), "vsock:3:6");
	cr_expect_str_eq(ask(t, C, "10.0.1.1", 80), "vsock:3:7");
	cr_expect_str_eq(ask(t, C, "10.1.1.1", 80), "vsock:3:8");
	cr_expect_str_eq(ask(t, C, "0.0.0.1", 0), "none");
	map_free(t);
}

Test(config_lookup, answer_carries_options_and_place)
{
	struct map_table *t =
		load_good("\nconnect 1.1.1.1:1 = vsock:3:4294967294 "
			  "timeout=250ms buffer=4M");
	struct map_addr addr = address("1.1.1.1");
	struct map_answer answer;
	struct map_rule rule;

	map_lookup(t, MAP_CONNECT, &addr, 1, &answer);
	cr_expect_eq(answer.verdict, MAP_VSOCK);
	cr_expect_eq(answer.cid, 3);
	cr_expect_eq(answer.port, 4294967294);
	cr_expect_eq(answer.timeout_ms, 250);
	cr_expect_eq(answer.buffer, 4 << 20);
	map_get_rule(t, answer.rule - 1, &rule);
	cr_expect_str_eq(rule.source, "-m");
	cr_expect_eq(rule.line, 2);
	map_lookup(t, MAP_CONNECT, &addr, 2, &answer);
	cr_expect_eq(answer.verdict, MAP_NONE);
	cr_expect_eq(answer.rule, 0);
	map_free(t);
}

Test(config_lookup, sources_follow_each_other)
{
	struct map_source sources[] = {
		{"TCP2VSOCK_MAP", "1.1.1.1:1=vsock:2:1", 19},
		{"-m", "\n1.1.1.0/24:1=vsock:3:1", 23},
	};
	struct map_table *t = map_load(sources, 2, NULL, NULL);
	struct map_addr addr = address("1.1.1.2");
	struct map_answer answer;
	struct map_rule rule;

	cr_assert(t);
	cr_expect_str_eq(ask(t, C, "1.1.1.1", 1), "vsock:2:1");
	map_lookup(t, MAP_CONNECT, &addr, 1, &answer);
	cr_expect_eq(answer.cid, 3);
	map_get_rule(t, answer.rule - 1, &rule);
	cr_expect_str_eq(rule.source, "-m");
	cr_expect_eq(rule.line, 2);
	map_free(t);
}

/* ---- map_addr_set() ------------------------------------------------------ */

Test(config_lookup, addresses_come_from_sockaddrs)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(80)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
				   .sin6_port = htons(81)};
	struct sockaddr *sa = (struct sockaddr *)&in;
	struct sockaddr *sa6 = (struct sockaddr *)&in6;
	struct map_addr addr;
	uint16_t port;

	inet_pton(AF_INET, "10.0.0.5", &in.sin_addr);
	cr_assert(map_addr_set(&addr, &port, sa, sizeof(in)));
	cr_expect_str_eq(endpoint_text(&addr, port), "10.0.0.5:80");
	inet_pton(AF_INET6, "fd00::5", &in6.sin6_addr);
	cr_assert(map_addr_set(&addr, &port, sa6, sizeof(in6)));
	cr_expect_str_eq(endpoint_text(&addr, port), "[fd00::5]:81");
	cr_expect(map_addr_set(&addr, &port, sa6, 24));
	inet_pton(AF_INET6, "::ffff:10.0.0.6", &in6.sin6_addr);
	cr_assert(map_addr_set(&addr, &port, sa6, sizeof(in6)));
	cr_expect_str_eq(endpoint_text(&addr, port), "10.0.0.6:81");
}

Test(config_lookup, short_and_foreign_sockaddrs_set_nothing)
{
	struct sockaddr_storage ss = {.ss_family = AF_INET};
	struct sockaddr *sa = (struct sockaddr *)&ss;
	struct map_addr addr = {.family = -1};
	uint16_t port = 7;

	cr_expect_not(map_addr_set(&addr, &port, NULL, 16));
	cr_expect_not(map_addr_set(&addr, &port, sa, 0));
	cr_expect_not(map_addr_set(&addr, &port, sa, 1));
	cr_expect_not(map_addr_set(&addr, &port, sa, 15));
	ss.ss_family = AF_INET6;
	cr_expect_not(map_addr_set(&addr, &port, sa, 23));
	ss.ss_family = AF_UNIX;
	cr_expect_not(map_addr_set(&addr, &port, sa, sizeof(ss)));
	ss.ss_family = AF_UNSPEC;
	cr_expect_not(map_addr_set(&addr, &port, sa, sizeof(ss)));
	cr_expect_eq(addr.family, -1);
	cr_expect_eq(port, 7);
}

Test(config_lookup, unaligned_sockaddr_is_read)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(80)};
	char bytes[sizeof(in) + 1];
	struct map_addr addr;
	uint16_t port;

	inet_pton(AF_INET, "10.0.0.5", &in.sin_addr);
	memcpy(bytes + 1, &in, sizeof(in));
	cr_assert(map_addr_set(&addr, &port, (void *)(bytes + 1), sizeof(in)));
	cr_expect_str_eq(endpoint_text(&addr, port), "10.0.0.5:80");
}

/* ---- Names --------------------------------------------------------------- */

Test(config_lookup, localhost_is_the_loopback_addresses)
{
	struct map_table *t = load_good("connect localhost:80 = vsock:3:1\n"
					"connect 127.0.0.1:81 = vsock:4:2\n"
					"connect [::1]:82 = vsock:5:3\n"
					"connect 127.0.0.1:5432 = vsock:6:4\n");

	cr_expect_str_eq(ask_name(t, "localhost", 80), "unknown");
	cr_expect_str_eq(ask(t, C, "127.0.0.1", 80), "vsock:3:1");
	cr_expect_str_eq(ask(t, C, "::1", 80), "vsock:3:1");
	cr_expect_str_eq(ask(t, C, "127.0.0.2", 80), "none");
	cr_expect_str_eq(ask(t, C, "127.0.0.1", 81), "vsock:4:2");
	cr_expect_str_eq(ask(t, C, "::1", 82), "vsock:5:3");
	cr_expect_str_eq(ask(t, C, "127.0.0.1", 82), "none");
	cr_expect_str_eq(ask(t, C, "127.0.0.1", 5432), "vsock:6:4");
	cr_expect(map_has_localhost(t));
	cr_expect(map_is_localhost("LOCALHOST."));
	cr_expect_not(map_is_localhost("localhost.."));
	cr_expect_not(map_is_localhost("localhos"));
	cr_expect_not(map_is_localhost(""));
	map_free(t);
}

Test(config_lookup, names_stand_for_their_rules)
{
	struct map_table *t = load_text("connect db.internal:5432 = vsock:2:1\n"
					"*.internal:443 = vsock:3:2\n"
					"*.eu.internal:80-89 = vsock:4:*\n"
					"DB.internal:443 = vsock:5:3\n"
					"*.eu.internal:443 = vsock:6:4\n"
					"a.eu.internal:1 = refuse\n"
					"198.18.0.0/15:7 = vsock:8:8\n"
					"*:9 = vsock:9:9\n",
					NULL);

	cr_assert(t);

	cr_expect_str_eq(ask_name(t, "db.internal", 5432), "vsock:2:1");
	cr_expect_str_eq(ask_name(t, "Db.INTERNAL.", 5432), "vsock:2:1");
	cr_expect_str_eq(ask_name(t, "db.internal", 443), "vsock:3:2");
	cr_expect_str_eq(ask_name(t, "db.internal", 80), "refuse");
	cr_expect_str_eq(ask_name(t, "x.db.internal", 443), "vsock:3:2");
	cr_expect_str_eq(ask_name(t, "b.eu.internal", 443), "vsock:3:2");
	cr_expect_str_eq(ask_name(t, "b.c.eu.internal", 85), "vsock:4:85");
	cr_expect_str_eq(ask_name(t, "a.eu.internal", 80), "vsock:4:80");
	cr_expect_str_eq(ask_name(t, "a.eu.internal", 1), "refuse");
	cr_expect_str_eq(ask_name(t, "a.eu.internal", 7), "vsock:8:8");
	cr_expect_str_eq(ask_name(t, "a.eu.internal", 9), "vsock:9:9");
	cr_expect_str_eq(ask_name(t, "internal", 443), "unknown");
	cr_expect_str_eq(ask_name(t, "xinternal", 443), "unknown");
	cr_expect_str_eq(ask_name(t, "*.internal", 443), "unknown");
	cr_expect_str_eq(ask_name(t, "", 443), "unknown");
	cr_expect_str_eq(ask_name(t, ".", 443), "unknown");
	cr_expect_str_eq(ask_name(t, "example.org", 443), "unknown");
	map_free(t);
}

static void expect_standin(const struct map_table *t, const char *name,
			   int family, const char *ip, const char *back)
{
	struct map_addr addr;

	cr_assert(map_name_address(t, name, family, &addr));
	cr_expect_str_eq(endpoint_text(&addr, 1), ip);
	cr_expect_str_eq(map_address_name(t, &addr), back);
}

Test(config_lookup, addresses_of_names_are_hashes)
{
	struct map_table *t = load_good("a.b:1 = refuse; A.b.:2 = refuse\n"
					"*.b:1 = refuse; c:1 = refuse");
	struct map_table *other = load_good("c:1 = refuse; x:1 = refuse\n"
					    "*.:80 = refuse");
	struct map_addr none = address("198.18.132.228");
	struct map_addr zero = address("198.18.0.0");
	struct map_addr far = address("198.20.132.227");
	struct map_addr far6 = address("fd76:736f:636b:1:1::84e3");

	expect_standin(t, "a.b", AF_INET, "198.18.132.227:1", "a.b");
	expect_standin(t, "x.b", AF_INET, "198.18.173.167:1", "*.b");
	expect_standin(t, "C", AF_INET, "198.19.114.249:1", "c");
	expect_standin(t, "C", AF_INET6, "[fd76:736f:636b:1::1:72f9]:1", "c");
	expect_standin(other, "C", AF_INET, "198.19.114.249:1", "c");
	expect_standin(other, "a.b", AF_INET, "198.19.63.214:1", "*.");
	cr_expect_str_eq(ask(t, C, "fd76:736f:636b:1::1:72f9", 2), "refuse");
	cr_expect_str_eq(ask(t, C, "198.18.132.228", 1), "none");
	cr_expect_null(map_address_name(t, &none));
	cr_expect_null(map_address_name(t, &zero));
	cr_expect_null(map_address_name(t, &far));
	cr_expect_null(map_address_name(t, &far6));
	map_free(t);
	map_free(other);
}

/* Of many names some have the same hash: this is the first such pair. */
static void find_pair(char first[16], char second[16])
{
	static char text[40000];
	struct map_name name;
	struct map_table *t;
	size_t used = 0, i = 0;

	for (int n = 0; n < 2000; n++)
		used += sprintf(text + used, "n%d:1 = refuse\n", n);
	t = load_good(text);
	while (map_get_name(t, i, &name) && !name.in_the_way)
		i++;
	cr_assert(i < 2000);
	snprintf(first, 16, "%s", name.in_the_way);
	snprintf(second, 16, "%s", name.text);
	map_free(t);
}

Test(config_lookup, names_with_one_hash_have_two_addresses)
{
	char first[16], second[16], text[200];
	struct map_name a, b;
	struct map_table *t;

	find_pair(first, second);
	for (int turn = 0; turn < 2; turn++) {
		snprintf(text, sizeof(text),
			 "%s:1 = vsock:3:1; %s:1 = vsock:4:1",
			 turn ? second : first, turn ? first : second);
		t = load_good(text);
		cr_assert(map_get_name(t, 0, &a) && map_get_name(t, 1, &b));
		cr_expect_null(a.in_the_way);
		cr_expect_str_eq(b.in_the_way, a.text);
		cr_expect_eq(ntohl(a.addr.ip.v4.s_addr) + 1,
			     ntohl(b.addr.ip.v4.s_addr));
		cr_expect_str_eq(ask_name(t, a.text, 1), "vsock:3:1");
		cr_expect_str_eq(ask_name(t, b.text, 1), "vsock:4:1");
		cr_expect_not(map_get_name(t, 2, &a));
		map_free(t);
	}
}

Test(config_lookup, every_host_name_is_one_of_a_pattern)
{
	static const char *const no_names[] = {
		"localhost", "LocalHost.", "10.0.0.1", "10.1",	     "0x7f.1",
		"1",	     "127.0.0.1.", "::1",      "fe80::1%lo", "",
		".",	     "..",	   "a..b",     "a b",	     "*.",
		"*",	     "*.x",	   "a/b",      "[::1]",	     "a:80"};
	struct map_table *t = load_good("connect stays.x:* = direct\n"
					"connect *.late.x:* = direct\n"
					"*.x:80 = vsock:3:1\n"
					"one:80 = vsock:4:1\n"
					"connect *.:80-443 = vsock:5:80-443\n");

	cr_expect_str_eq(ask_name(t, "stays.x", 80), "unknown");
	cr_expect_str_eq(ask_name(t, "a.late.x", 80), "unknown");
	cr_expect_str_eq(ask_name(t, "other.x", 80), "vsock:3:1");
	cr_expect_str_eq(ask_name(t, "other.x", 443), "vsock:5:443");
	cr_expect_str_eq(ask_name(t, "one", 80), "vsock:4:1");
	cr_expect_str_eq(ask_name(t, "ONE.", 443), "vsock:5:443");
	cr_expect_str_eq(ask_name(t, "host", 80), "vsock:5:80");
	cr_expect_str_eq(ask_name(t, "www.example.org.", 90), "vsock:5:90");
	cr_expect_str_eq(ask_name(t, "b\303\274cher.example", 81),
			 "vsock:5:81");
	cr_expect_str_eq(ask_name(t, "www.example.org", 79), "refuse");
	cr_expect_str_eq(ask_name(t, "app.localhost", 80), "vsock:5:80");
	for (size_t i = 0; i < sizeof(no_names) / sizeof(*no_names); i++)
		cr_expect_str_eq(ask_name(t, no_names[i], 80), "unknown", "%s",
				 no_names[i]);
	cr_expect_str_eq(ask(t, C, "10.0.0.1", 80), "none");
	map_free(t);
}

Test(config_lookup, names_too_long_are_unknown)
{
	struct map_table *t = load_good("*.b:1 = refuse");
	char name[400];

	memset(name, 'a', sizeof(name));
	strcpy(name + 300, ".b");
	cr_expect_str_eq(ask_name(t, name, 1), "unknown");
	strcpy(name + 251, ".b.");
	cr_expect_str_eq(ask_name(t, name, 1), "refuse");
	map_free(t);
}

Test(config_lookup, direct_names_are_left_to_the_resolver)
{
	struct map_table *t = load_good("a.b:* = direct\n"
					"*.b:443 = vsock:2:443\n"
					"connect *.c:* = direct\n"
					"connect *:* = direct\n");

	cr_expect_str_eq(ask_name(t, "a.b", 443), "unknown");
	cr_expect_str_eq(ask_name(t, "x.b", 443), "vsock:2:443");
	cr_expect_str_eq(ask_name(t, "x.c", 443), "unknown");
	/* Never the stand-in address to the kernel. */
	cr_expect_str_eq(ask_name(t, "x.b", 80), "refuse");
	map_free(t);
}

/* Whether each has an address of its own, which leads back to it. */
static bool all_are_found_again(const struct map_table *table)
{
	struct map_name name;
	size_t i;

	for (i = 0; map_get_name(table, i, &name); i++) {
		const char *back = map_address_name(table, &name.addr);

		if (!back || strcmp(back, name.text) != 0)
			return false;
	}
	return i > 0;
}

Test(config_lookup, names_have_a_limit)
{
	static char text[131072 * 20];
	struct messages messages;
	struct map_table *table;
	size_t used = 0;

	for (int i = 1; i <= 131071; i++)
		used += sprintf(text + used, "n%d:1=refuse\n", i);
	table = load_good(text);
	cr_expect(all_are_found_again(table));
	map_free(table);
	strcpy(text + used, "one-more:1=refuse");
	cr_expect_null(load_text(text, &messages));
	cr_expect_str_eq(messages.text,
			 "error 131072:1+8 too many host names (131071 at "
			 "most): \"one-more\"\n"
			 "= let one \"*.\" pattern stand for many names\n");
}

/* ---- Back from vsock ------------------------------------------------------
 */

static const char *peer(const struct map_table *t, int family, uint32_t cid)
{
	struct map_addr addr;

	if (!map_peer(t, family, cid, &addr))
		return "unknown";
	return endpoint_text(&addr, 0);
}

Test(config_lookup, peers_have_addresses)
{
	struct map_table *t = load_good("connect 10.0.0.5:80 = vsock:3:1\n"
					"connect 127.0.0.1:80 = vsock:2:1\n"
					"connect *.x:81 = vsock:2:1\n"
					"connect [::1]:80 = vsock:2:1\n"
					"connect db.x:80 = vsock:4:1\n"
					"127.0.0.1:* = vsock:local:*\n"
					"peer vsock:3 = 10.0.0.3\n"
					"connect [fd00::3]:80 = vsock:3:1\n");

	cr_expect_str_eq(peer(t, AF_INET, 3), "10.0.0.3:0");
	cr_expect_str_eq(peer(t, AF_INET6, 3), "[fd00::3]:0");
	cr_expect_str_eq(peer(t, AF_INET, 2), "unknown");
	cr_expect_str_eq(peer(t, AF_INET6, 2), "unknown");
	cr_expect_str_eq(peer(t, AF_INET, 4), "198.19.182.184:0");
	cr_expect_str_eq(peer(t, AF_INET, 1), "127.0.0.1:0");
	cr_expect_str_eq(peer(t, AF_INET6, 1), "unknown");
	map_free(t);
}

static const char *guest(const struct map_table *table, int family,
			 const char *path)
{
	struct map_addr addr;

	if (!map_hybrid_peer(table, family, path, &addr))
		return "unknown";
	return endpoint_text(&addr, 0);
}

/* What is shown can be dialled: an earlier rule must not have it. */
Test(config_lookup, guest_has_no_address_that_leads_elsewhere)
{
	struct messages messages = {0};
	struct map_table *t =
		load_text("connect 10.0.0.0/8:80 = refuse\n"
			  "connect 10.0.0.5:80 = hvsock:/run/v:80\n"
			  "connect 10.0.0.6:81 = hvsock:/run/w:81\n",
			  &messages);

	cr_assert(t);
	cr_expect_str_eq(guest(t, AF_INET, "/run/v"), "unknown");
	cr_expect_str_eq(guest(t, AF_INET, "/run/w"), "10.0.0.6:0");
	map_free(t);
}

Test(config_lookup, blocks_reach_from_end_to_end)
{
	for (int bits = 1; bits <= 32; bits++) {
		uint32_t first = 0xaaaaaaaa & (UINT32_MAX << (32 - bits));
		uint32_t last = first | ~(UINT32_MAX << (32 - bits));
		struct in_addr ends[] = {{htonl(first)}, {htonl(last)}};
		char text[64], rule[96];
		struct map_table *t;

		snprintf(rule, sizeof(rule), "%s/%d:80 = refuse",
			 inet_ntop(AF_INET, &ends[0], text, sizeof(text)),
			 bits);
		t = load_good(rule);
		for (int i = 0; i < 2; i++) {
			inet_ntop(AF_INET, &ends[i], text, sizeof(text));
			cr_expect_str_eq(ask(t, MAP_CONNECT, text, 80),
					 "refuse", "%s of %s", text, rule);
		}
		map_free(t);
	}
}

Test(config_lookup, unix_socket_is_named_by_the_port)
{
	struct map_table *t = load_good("connect 10.0.0.5:80 = unix:/run/v\n"
					"10.0.0.5:* = unix:/%p/v_%p%.s%p\n"
					"listen *:80 = unix:@v%p\n");

	cr_expect_str_eq(ask(t, MAP_CONNECT, "10.0.0.5", 80), "unix:/run/v");
	cr_expect_str_eq(ask(t, MAP_LISTEN, "10.0.0.5", 80),
			 "unix:/80/v_80%.s80");
	cr_expect_str_eq(ask(t, MAP_CONNECT, "10.0.0.5", 65535),
			 "unix:/65535/v_65535%.s65535");
	cr_expect_str_eq(ask(t, MAP_LISTEN, "10.0.0.6", 80), "unix:@v80");
	cr_expect(map_has_hybrid(t));
	map_free(t);
}

Test(config_lookup, guests_behind_paths_have_addresses)
{
	struct map_table *t = load_good("connect 127.0.0.1:80 = hvsock:/a:80\n"
					"connect [::1]:80 = hvsock:/a:80\n"
					"connect 127.9.9.9:80 = hvsock:/b:80\n"
					"connect 10.0.0.5:80 = hvsock:/b:80\n"
					"connect 10.0.0.6:80 = unix:/c_%p\n"
					"connect 10.0.0.7:81 = unix:/c_81\n"
					"listen *:1-99 = hvsock:/b:1001-1099\n"
					"listen *:100-199 = unix:/c_%p\n");

	cr_expect_str_eq(guest(t, AF_INET, "/a"), "unknown");
	cr_expect_str_eq(guest(t, AF_INET6, "/a"), "unknown");
	cr_expect_str_eq(guest(t, AF_INET, "/b"), "10.0.0.5:0");
	cr_expect_str_eq(guest(t, AF_INET, "/none"), "unknown");
	cr_expect_str_eq(guest(t, AF_INET, "/c_%p"), "10.0.0.6:0");
	cr_expect_str_eq(map_unix_path(t, "/b_1080", 80), "/b");
	cr_expect_null(map_unix_path(t, "/b_80", 80));
	cr_expect_null(map_unix_path(t, "/b_1080", 81));
	cr_expect_str_eq(map_unix_path(t, "/c_180", 180), "/c_%p");
	cr_expect_null(map_unix_path(t, "/c_80", 80));
	map_free(t);
}

/* The block of all IPv4 addresses, as AF_INET6 writes them. */
Test(config_lookup, mapped_block_of_96_bits_is_all_of_ipv4)
{
	struct map_table *t =
		load_good("connect [::ffff:0:0]/96:80 = vsock:3:80");

	cr_expect_str_eq(ask(t, MAP_CONNECT, "10.0.0.5", 80), "vsock:3:80");
	cr_expect_str_eq(ask(t, MAP_CONNECT, "fd00::5", 80), "none");
	map_free(t);
}
