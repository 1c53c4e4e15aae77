/* SPDX-License-Identifier: MIT */
/*
 * Random tables, compared with a walk over all rules. The universe is small, so
 * that rules overlap in every way: some addresses of one /28 and their blocks,
 * some names below one another, Unix sockets, ports 1 to 40, and "*".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/unit/config_support.h"

TestSuite(config_random, .timeout = 120);

#define PORTS 40
#define RULES 40

enum kind {
	ANY,
	V4,
	V6,
	UNIX,
	NAME,
};

struct plain_rule {
	int directions;
	enum kind kind;
	unsigned low, bits; /* of the last four bits of the address */
	int name;
	unsigned first, last; /* 0 to 65535: "*" */
	enum map_verdict verdict;
	uint32_t cid, vfirst;
	bool is_list; /* the first port and the others: two rules in the table */
};

static const char *const names[] = {
	"x", "a.x", "b.a.x", "c.b.a.x", "y", "*.x", "*.a.x", "*.b.a.x", "*.",
};

#define NAMES (sizeof(names) / sizeof(*names))

static unsigned below(unsigned n)
{
	return (unsigned)random() % n;
}

static void make_host(struct plain_rule *rule)
{
	rule->kind = below(8) == 0 ? ANY : V4 + below(4);
	rule->bits = below(2) ? 4 : below(5);
	rule->low = below(16) & (0xf0 >> rule->bits);
	rule->name = below(NAMES);
}

static void make_ports(struct plain_rule *rule)
{
	unsigned shape = below(6);

	rule->first = rule->last = 1 + below(PORTS);
	if (shape == 0) {
		rule->first = 0;
		rule->last = 65535;
	} else if (shape < 3) {
		rule->last += below(PORTS - rule->first + 1);
	}
}

static void make_target(struct plain_rule *rule, int i)
{
	static const enum map_verdict verdicts[] = {MAP_DIRECT, MAP_REFUSE,
						    MAP_VSOCK,	MAP_VSOCK,
						    MAP_HVSOCK, MAP_UNIX};

	rule->verdict = verdicts[below(6)];
	if (rule->kind == NAME && rule->verdict == MAP_DIRECT)
		rule->verdict = MAP_REFUSE;
	if (rule->kind == UNIX && rule->verdict == MAP_UNIX)
		rule->verdict = MAP_HVSOCK;
	/* Told apart by the CID, or a path that has it: each has its own. */
	rule->cid = 100 + i;
	rule->vfirst = 1 + below(3) * 1000;
	rule->is_list = rule->first && rule->first < rule->last && below(2);
	if (rule->is_list || rule->verdict == MAP_UNIX)
		rule->vfirst = rule->first ? rule->first : 1;
}

static struct plain_rule make_rule(int i)
{
	static const int directions[] = {MAP_CONNECT, MAP_LISTEN,
					 MAP_CONNECT | MAP_LISTEN};
	struct plain_rule rule = {.directions = directions[below(3)]};

	make_host(&rule);
	make_ports(&rule);
	if (rule.kind == UNIX) {
		rule.directions = directions[below(2)];
		rule.bits = 4;
		rule.first = rule.last = MAP_UNIX_PORT;
	}
	make_target(&rule, i);
	return rule;
}

static void print_host(FILE *out, const struct plain_rule *rule)
{
	static const char *const words[] = {"", "connect ", "listen ", ""};

	fputs(words[rule->directions], out);
	if (rule->kind == ANY)
		fputs("*", out);
	else if (rule->kind == V4)
		fprintf(out, "10.0.0.%u/%u", rule->low, 28 + rule->bits);
	else if (rule->kind == V6)
		fprintf(out, "[fd00::%x]/%u", rule->low, 124 + rule->bits);
	else if (rule->kind == UNIX)
		fprintf(out, "unix:/%x", rule->low);
	else
		fputs(names[rule->name], out);
}

static void print_rule(FILE *out, const struct plain_rule *rule)
{
	const char *prefix = rule->verdict == MAP_VSOCK ? "vsock:" : "hvsock:/";
	unsigned first = rule->first ? rule->first : 1;

	print_host(out, rule);
	if (rule->kind == UNIX)
		fputs(" = ", out);
	else if (rule->first == 0)
		fputs(":* = ", out);
	else if (rule->is_list)
		fprintf(out, ":%u,%u-%u = ", rule->first, rule->first + 1,
			rule->last);
	else
		fprintf(out, ":%u-%u = ", rule->first, rule->last);
	if (rule->verdict == MAP_UNIX)
		fprintf(out, "unix:/%u_%%p\n", rule->cid);
	else if (rule->verdict >= MAP_VSOCK && rule->is_list)
		fprintf(out, "%s%u:*\n", prefix, rule->cid);
	else if (rule->verdict >= MAP_VSOCK)
		fprintf(out, "%s%u:%u-%u\n", prefix, rule->cid, rule->vfirst,
			rule->vfirst + rule->last - first);
	else
		fputs(rule->verdict == MAP_DIRECT ? "direct\n" : "refuse\n",
		      out);
}

/* ---- The reference --------------------------------------------------------
 */

/* What is looked up: an address by its low bits, or a name. */
struct question {
	int direction;
	enum kind kind;
	unsigned low;
	const char *name;
	unsigned port;
};

static bool covers_name(const char *pattern, const char *name)
{
	size_t n = strlen(name), m = strlen(pattern);

	if (strcmp(pattern, "*.") == 0)
		return true;
	if (pattern[0] != '*')
		return strcmp(pattern, name) == 0;
	return n > m - 1 && strcmp(name + n - (m - 1), pattern + 1) == 0;
}

static bool matches(const struct plain_rule *rule, const struct question *q)
{
	if (!(rule->directions & q->direction) || q->port < rule->first ||
	    q->port > rule->last)
		return false;
	if (rule->kind == ANY)
		return q->kind != UNIX;
	if (rule->kind != q->kind)
		return false;
	if (rule->kind == NAME)
		return covers_name(names[rule->name], q->name);
	return (q->low & (0xf0 >> rule->bits)) == rule->low;
}

static void expect(const struct plain_rule *rules, int n,
		   const struct question *q, struct map_answer *answer)
{
	*answer = (struct map_answer){0};
	for (int i = 0; i < n && !answer->verdict; i++)
		if (matches(&rules[i], q)) {
			unsigned first = rules[i].first ? rules[i].first : 1;

			answer->verdict = rules[i].verdict;
			answer->cid = rules[i].cid;
			if (q->port)
				answer->port =
					rules[i].vfirst + q->port - first;
			answer->rule = i + 1;
		}
	/* A name's stand-in address is never left to the kernel. */
	if (q->kind == NAME && answer->verdict <= MAP_DIRECT)
		answer->verdict = MAP_REFUSE;
}

/* ---- The comparison -------------------------------------------------------
 */

static bool is_known(const struct plain_rule *rules, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (rules[i].kind == NAME &&
		    covers_name(names[rules[i].name], name))
			return true;
	return false;
}

static struct map_addr address_of(const struct question *q)
{
	char ip[40];

	snprintf(ip, sizeof(ip), q->kind == V4 ? "10.0.0.%u" : "fd00::%x",
		 q->low);
	return address(ip);
}

/* Which of the plain rules it is, from 1: each has a line. 0: none. */
static unsigned plain_number(const struct map_table *table, uint32_t rule)
{
	struct map_rule found = {.line = 0};

	if (rule)
		map_get_rule(table, rule - 1, &found);
	return found.line;
}

/* Rule by rule: the first one that matches is the one that decides. */
static unsigned first_match(const struct map_table *table,
			    const struct question *q,
			    const struct map_addr *addr)
{
	for (size_t i = 0; i < map_count(table); i++)
		if (map_compare(table, i, q->direction, addr, q->port) ==
		    MAP_MATCHES)
			return plain_number(table, i + 1);
	return 0;
}

/* The name has the rule's number and the port; its path is found by it. */
static void compare_sockets(const struct map_table *table,
			    const struct map_answer *got,
			    const struct map_answer *wanted,
			    const struct question *q)
{
	bool has_port = got->verdict == MAP_UNIX || q->direction == MAP_LISTEN;
	char name[MAP_UNIX_NAME_SIZE], expected[40];
	const char *path;

	snprintf(expected, sizeof(expected), has_port ? "/%u_%u" : "/%u",
		 wanted->cid, wanted->port);
	map_unix_name(got, q->direction, name);
	cr_assert_str_eq(name, expected);
	path = map_unix_path(table, name, q->port);
	if (q->direction == MAP_LISTEN && q->port)
		cr_assert(path && !strcmp(path, got->path));
}

static void compare(const struct map_table *table,
		    const struct plain_rule *rules, int n,
		    const struct question *q, const struct map_addr *addr,
		    const char *text)
{
	struct map_answer wanted, got;

	expect(rules, n, q, &wanted);
	map_lookup(table, q->direction, addr, q->port, &got);
	cr_assert_eq(got.verdict, wanted.verdict,
		     "direction %d kind %d low %u name %s port %u: rule %u, "
		     "wanted %u\n%s",
		     q->direction, q->kind, q->low, q->name, q->port, got.rule,
		     wanted.rule, text);
	cr_assert_eq(plain_number(table, got.rule), wanted.rule,
		     "port %u: %u, wanted %u\n%s", q->port, got.rule,
		     wanted.rule, text);
	cr_assert_eq(first_match(table, q, addr), wanted.rule,
		     "port %u: wanted %u\n%s", q->port, wanted.rule, text);
	if (got.verdict >= MAP_VSOCK)
		cr_assert_eq(got.port, wanted.port);
	if (got.verdict == MAP_VSOCK)
		cr_assert_eq(got.cid, wanted.cid);
	if (map_is_hybrid(got.verdict))
		compare_sockets(table, &got, &wanted, q);
}

static void compare_addresses(const struct map_table *table,
			      const struct plain_rule *rules, int n,
			      const char *text)
{
	struct question q = {.name = "-"};

	for (q.direction = 1; q.direction <= 2; q.direction++)
		for (q.kind = V4; q.kind <= V6; q.kind++)
			for (q.low = 0; q.low < 16; q.low += 1 + below(3)) {
				struct map_addr addr = address_of(&q);

				for (q.port = 0; q.port < PORTS + 2; q.port++)
					compare(table, rules, n, &q, &addr,
						text);
			}
}

static void compare_unix(const struct map_table *table,
			 const struct plain_rule *rules, int n,
			 const char *text)
{
	struct question q = {.kind = UNIX, .name = "-", .port = MAP_UNIX_PORT};

	for (q.low = 0; q.low < 16; q.low++) {
		char name[8];
		struct map_addr addr;
		bool is_named = false;

		for (int i = 0; i < n; i++)
			is_named |=
				rules[i].kind == UNIX && rules[i].low == q.low;
		snprintf(name, sizeof(name), "/%x", q.low);
		cr_assert_eq(map_unix_address(table, name, strlen(name), &addr),
			     is_named, "%s\n%s", name, text);
		for (q.direction = 1; is_named && q.direction <= 2;
		     q.direction++)
			compare(table, rules, n, &q, &addr, text);
	}
}

static void compare_names(const struct map_table *table,
			  const struct plain_rule *rules, int n,
			  const char *text)
{
	static const char *const asked[] = {"x",       "a.x",	  "b.a.x",
					    "c.b.a.x", "z.b.a.x", "z.z.x",
					    "y",       "z.y",	  "q"};
	struct question q = {.kind = NAME};

	for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
		struct map_addr addr;
		bool known = is_known(rules, n, asked[i]);
		int family = below(2) ? AF_INET : AF_INET6;

		q.name = asked[i];
		cr_assert_eq(map_name_address(table, q.name, family, &addr),
			     known, "%s\n%s", q.name, text);
		if (!known)
			continue;
		for (q.direction = 1; q.direction <= 2; q.direction++)
			for (q.port = 0; q.port < PORTS + 2; q.port++)
				compare(table, rules, n, &q, &addr, text);
	}
}

/* Whatever a CID is shown as leads to it: each rule has one of its own. */
static void compare_peers(const struct map_table *table,
			  const struct plain_rule *rules, int n,
			  const char *text)
{
	for (int i = 0; i < 2 * n; i++) {
		const struct plain_rule *rule = &rules[i / 2];
		struct map_addr addr;
		struct map_answer answer;

		if (!map_peer(table, i % 2 ? AF_INET6 : AF_INET, rule->cid,
			      &addr))
			continue;
		map_lookup(table, MAP_CONNECT, &addr,
			   rule->first ? rule->first : 1, &answer);
		/* Of a list the address may be that of the second rule. */
		if (rule->is_list &&
		    plain_number(table, answer.rule) != (unsigned)i / 2 + 1)
			map_lookup(table, MAP_CONNECT, &addr, rule->first + 1,
				   &answer);
		cr_assert_eq(plain_number(table, answer.rule),
			     (unsigned)i / 2 + 1, "%s", text);
	}
}

static char *print_rules(const struct plain_rule *rules, int n)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < n; i++)
		print_rule(out, &rules[i]);
	fclose(out);
	return text;
}

static void compare_table(unsigned seed)
{
	struct plain_rule rules[RULES];
	struct messages messages;
	struct map_table *table;
	char *text;
	int n;

	srandom(seed);
	n = 1 + below(RULES);
	for (int i = 0; i < n; i++)
		rules[i] = make_rule(i);
	text = print_rules(rules, n);
	table = load_text(text, &messages);
	cr_assert(table, "%s%s", text, messages.text);
	compare_addresses(table, rules, n, text);
	compare_unix(table, rules, n, text);
	compare_names(table, rules, n, text);
	compare_peers(table, rules, n, text);
	map_free(table);
	free(text);
}

Test(config_random, lookups_agree_with_a_walk_over_all_rules)
{
	for (unsigned seed = 1; seed <= 400; seed++)
		compare_table(seed);
}

/* A rule that is said never to match is no loss. */
static void drop_covered(unsigned seed)
{
	struct plain_rule rules[RULES];
	struct messages messages;
	struct map_table *table;
	char *text, *at;
	int n = RULES / 2;

	srandom(seed);
	for (int i = 0; i < n; i++)
		rules[i] = make_rule(i);
	text = print_rules(rules, n);
	table = load_text(text, &messages);
	cr_assert(table, "%s%s", text, messages.text);
	for (at = messages.text; (at = strstr(at, "warning ")); at++)
		rules[atoi(at + 8) - 1].directions = 0;
	compare_addresses(table, rules, n, text);
	compare_unix(table, rules, n, text);
	map_free(table);
	free(text);
}

Test(config_random, covered_rules_are_no_loss)
{
	for (unsigned seed = 1; seed <= 200; seed++)
		drop_covered(seed);
}

/* Formatting and reading again changes nothing. */
static void format_again(unsigned seed)
{
	struct plain_rule rules[RULES];
	struct map_table *table, *again;
	char *text, *first, *second;

	srandom(seed);
	for (int i = 0; i < RULES; i++) {
		rules[i] = make_rule(i);
		/* In normal form it has a line for each of its rules. */
		rules[i].is_list = false;
	}
	text = print_rules(rules, RULES);
	table = load_text(text, NULL);
	cr_assert(table, "%s", text);
	first = format_table(table);
	again = load_text(first, NULL);
	cr_assert(again, "%s", first);
	second = format_table(again);
	cr_assert_str_eq(first, second);
	compare_addresses(again, rules, RULES, first);
	compare_unix(again, rules, RULES, first);
	compare_names(again, rules, RULES, first);
	map_free(table);
	map_free(again);
	free(text);
	free(first);
	free(second);
}

Test(config_random, normal_form_means_the_same)
{
	for (unsigned seed = 1; seed <= 50; seed++)
		format_again(seed);
}
