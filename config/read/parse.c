/* SPDX-License-Identifier: MIT */
/*
 * One rule:
 *
 *	[connect | listen] HOST:PORTS = TARGET [timeout=...] [buffer=...]
 *	connect | listen unix:PATH = TARGET [timeout=...] [buffer=...]
 *	peer vsock:CID = IP
 */
#include <errno.h>
#include <string.h>

#include "config/read/read.h"
#include "config/rule_table.h"

static const char expected_rule[] =
	"expected [connect|listen] HOST:PORTS = TARGET, "
	"connect|listen unix:PATH = TARGET, or peer vsock:CID = IP";
static const char expected_whole[] =
	"a shell takes a rule apart at its blanks: put quotes around all of it";
static const char expected_value[] =
	"${NAME} is for files of rules; elsewhere the shell puts values in: "
	"quote the rule with \"\"";
static const char expected_word[] =
	"expected connect, listen or peer; all of them are about stream "
	"sockets";

/* The words of a rule. */
struct statement {
	struct word text;  /* all of it */
	struct word where; /* before the "=", without the keyword */
	struct word right; /* behind the "=" */
	uint8_t directions;
};

static int keep_rule(struct loader *l, struct rule *rule, struct word text)
{
	struct map_table *table = l->table;
	uint32_t i = table->count;
	struct rule *rules =
		grow(table->rules, i, &table->room, sizeof(*rules));
	struct rule_place *places =
		grow(l->places, i, &l->places_room, sizeof(*places));

	table->rules = rules ? rules : table->rules;
	l->places = places ? places : l->places;
	if (!rules || !places)
		return -ENOMEM;
	rule->source = table->nsources - 1;
	rule->line = l->line_number;
	rules[i] = *rule;
	places[i] = (struct rule_place){.line = l->line, .rule = text};
	table->count++;
	return 0;
}

/* Both of its addresses, so that the ports of other rules stay theirs. */
static int add_localhost(struct loader *l, struct rule *rule, struct word text)
{
	int err;

	l->table->has_localhost = true;
	rule->host = (struct host){
		.lo = INADDR_LOOPBACK, .kind = HOST_V4, .bits = 32};
	err = keep_rule(l, rule, text);
	rule->host = (struct host){.lo = 1, .kind = HOST_V6, .bits = 128};
	return err ? err : keep_rule(l, rule, text);
}

static int add_parsed_rule(struct loader *l, struct rule *rule,
			   struct word text)
{
	int err;

	if (rule->host.kind == HOST_LOCALHOST)
		return add_localhost(l, rule, text);
	err = keep_rule(l, rule, text);
	if (!err && rule->host.kind == HOST_UNIX)
		err = index_unix_name(l, l->table->count - 1, text);
	return err;
}

static int check_timeout(struct loader *l, const struct rule *rule,
			 struct word at)
{
	if (rule->timeout_ms && !(rule->directions & MAP_CONNECT))
		return fault(l, at, "a listen rule has no use for",
			     "timeout= is for connect rules: leave it out");
	return 0;
}

static int read_rule_options(struct loader *l, struct word rest,
			     struct rule *rule)
{
	int err = 0;

	while (!err) {
		struct word w = next_word(&rest);

		if (!w.len)
			break;
		err = read_rule_option(l, w, rule);
		if (!err)
			err = check_timeout(l, rule, w);
	}
	return err;
}

/* getaddrinfo() is asked for a name before the port is known. */
static int check_direct(struct loader *l, const struct rule *rule,
			struct word target)
{
	if (rule->verdict != MAP_DIRECT || rule->host.kind != HOST_NAME)
		return 0;
	if (rule->all_ports && rule->directions & MAP_CONNECT)
		return 0;
	return fault(l, target, "a host name can't be in part",
		     "a name is looked up before the port is known: write "
		     "connect NAME:* = direct");
}

static int check_any(struct loader *l, const struct rule *rule,
		     struct word target)
{
	if (rule->verdict != MAP_VSOCK || rule->cid != CID_ANY)
		return 0;
	if (rule->directions == MAP_CONNECT)
		return fault(l, target, "connect can't go to any CID:",
			     "name one: vsock:host:PORT, vsock:local:PORT or "
			     "vsock:CID:PORT");
	if (rule->directions != MAP_LISTEN)
		return fault(l, target, "only a listen rule may go to any CID:",
			     "write \"listen\" in front of the rule");
	return 0;
}

static int check_target(struct loader *l, const struct rule *rule,
			struct word target)
{
	int err = check_any(l, rule, target);

	return err ? err : check_direct(l, rule, target);
}

/* The rest of a rule whose left side is known. */
static int read_right(struct loader *l, const struct statement *s,
		      struct rule *rule)
{
	struct word rest = s->right, target = next_word(&rest);
	int err = read_target(l, target, rule);

	if (!err)
		err = check_target(l, rule, target);
	if (!err)
		err = read_rule_options(l, rest, rule);
	return err ? err : add_parsed_rule(l, rule, s->text);
}

/* A rule for some of its ports: all of them, or a part of a list. */
static int read_ports_rule(struct loader *l, const struct statement *s,
			   const struct host *host, struct word ports,
			   bool in_list)
{
	struct rule rule = {.host = *host, .directions = s->directions};
	int err = read_ports(l, ports, in_list, &rule);

	return err ? err : read_right(l, s, &rule);
}

/*
 * A rule for a program's own Unix socket. It needs a direction: what a client
 * dials and what a server listens at would have to be one target.
 */
static int read_unix_mapping(struct loader *l, const struct statement *s,
			     struct word name)
{
	struct rule rule = {.directions = s->directions};
	struct word rest = s->right, target = next_word(&rest), right = target;
	const char *colon = word_last(target, ':');
	int err;

	if (s->directions != MAP_CONNECT && s->directions != MAP_LISTEN)
		return fault(l, s->where, "no direction for",
			     "write \"connect\" or \"listen\" in front of it");
	if (word_skip(&right, "unix:"))
		return fault(l, target, "a Unix socket can't lead to another:",
			     "expected vsock:CID:PORT or hvsock:PATH:PORT");
	if (colon && word_is(word_after(target, colon), "*"))
		return fault(l, target, "a Unix socket has no port to keep:",
			     "name the target's");
	err = read_unix_name(l, name, &rule);
	return err ? err : read_right(l, s, &rule);
}

static bool keeps_ports(struct word target)
{
	const char *colon = word_last(target, ':');

	if (word_skip(&target, "unix:"))
		return has_port_mark(target);
	return !colon || word_is(word_after(target, colon), "*");
}

/*
 * A list leads to the same ports, as "*" and %p say: which one a number would
 * be meant for is not clear.
 */
static int check_list(struct loader *l, struct word right)
{
	struct word target = next_word(&right);

	if (keeps_ports(target))
		return 0;
	return fault(l, target, "a list keeps its ports, unlike",
		     "write \"*\" as the target's port, as in vsock:3:*, %p in "
		     "unix:PATH, or a rule for each");
}

static int read_mapping(struct loader *l, const struct statement *s)
{
	struct host host;
	struct word ports, part = s->where;
	bool in_list, more;
	int err;

	if (word_skip(&part, "unix:"))
		return read_unix_mapping(l, s, part);
	err = read_endpoint(l, s->where, &host, &ports);
	more = !err;
	in_list = !err && memchr(ports.at, ',', ports.len);
	if (in_list)
		err = check_list(l, s->right);
	while (!err && more) {
		more = memchr(ports.at, ',', ports.len);
		part = take_until(&ports, ',');
		err = read_ports_rule(l, s, &host, part, in_list);
	}
	return err;
}

/* An address that no other machine can have. */
static bool no_peer_has(const struct host *host)
{
	if (host->kind == HOST_V4)
		return host->lo >> 24 == 0 || host->lo >> 28 >= 0xe;
	return (host->hi == 0 && host->lo == 0) || host->hi >> 56 == 0xff;
}

static bool is_default_loopback(const struct host *host)
{
	return host->lo == (host->kind == HOST_V4 ? INADDR_LOOPBACK : 1);
}

static int check_peer(struct loader *l, struct word ip, const struct rule *rule)
{
	struct map_addr addr = address_of_host(&rule->host);
	bool is_loopback = map_addr_is_loopback(&addr);

	if (no_peer_has(&rule->host))
		return fault(l, ip, "not an address that a peer can have:",
			     "expected a unicast address such as 10.0.0.3");
	if (is_loopback && rule->cid != CID_LOCAL)
		return fault(l, ip, "a remote CID can't be shown as loopback:",
			     "programs trust loopback addresses: choose "
			     "another one, such as 10.0.0.3");
	if (rule->cid == CID_LOCAL &&
	    !(is_loopback && is_default_loopback(&rule->host)))
		return fault(l, ip, "CID 1 is always shown as loopback:",
			     "expected 127.0.0.1 or ::1, or no rule at all");
	return 0;
}

static int read_peer(struct loader *l, const struct statement *s)
{
	struct word rest = s->right, cid = s->where;
	struct word ip = next_word(&rest), extra = next_word(&rest);
	struct rule rule = {.is_peer = true};
	int err;

	if (!word_skip(&cid, "vsock:"))
		return fault(l, s->where, "bad peer", "expected vsock:CID");
	word_skip(&cid, "//");
	if (!read_cid(cid, &rule.cid) || rule.cid == CID_ANY)
		return fault(l, s->where, "bad CID of a peer:",
			     "expected a number, hypervisor, local, host or "
			     "parent");
	if (!read_ip(ip, &rule.host))
		return fault(l, ip, "bad IP address of a peer",
			     "expected an IP address by itself, such as "
			     "10.0.0.3 or fd00::3");
	if (extra.len)
		return fault(l, extra, "unexpected",
			     "a peer rule ends after its IP address");
	err = check_peer(l, ip, &rule);
	return err ? err : add_parsed_rule(l, &rule, s->text);
}

struct keyword {
	const char *word;
	int (*read)(struct loader *l, const struct statement *s);
	uint8_t directions;
};

static const struct keyword keywords[] = {
	{"connect", read_mapping, MAP_CONNECT},
	{"listen", read_mapping, MAP_LISTEN},
	{"peer", read_peer, 0},
	{NULL, read_mapping, MAP_CONNECT | MAP_LISTEN},
};

static const struct keyword *find_keyword(struct word w)
{
	const struct keyword *k = keywords;

	while (k->word && !word_is(w, k->word))
		k++;
	return k;
}

/* The words before the "=": an optional keyword and one more. */
static int read_left(struct loader *l, struct word left,
		     const struct keyword **keyword, struct word *where)
{
	struct word rest = left, first = next_word(&rest), extra;

	*keyword = find_keyword(first);
	*where = (*keyword)->word ? next_word(&rest) : first;
	extra = next_word(&rest);
	if (!where->len)
		return fault(l, first, "nothing to map after", expected_rule);
	if (!extra.len)
		return 0;
	if (!(*keyword)->word && !memchr(first.at, ':', first.len))
		return fault(l, first, "unknown word", expected_word);
	return fault(l, extra, "unexpected",
		     "one address and then \"=\" are expected here");
}

/* What a file had of these has its value by now. */
static int check_values(struct loader *l, struct word text)
{
	const char *at = memmem(text.at, text.len, "${", 2), *end;
	struct word w = {at, 2};

	if (!at)
		return 0;
	end = memchr(at, '}', text.at + text.len - at);
	if (end)
		w.len = end + 1 - at;
	return fault(l, w, "no value is put in for", expected_value);
}

int read_rule(struct loader *l, struct word text)
{
	const char *equals = memchr(text.at, '=', text.len);
	struct statement s = {.text = text};
	const struct keyword *keyword;
	int err = check_values(l, text);

	if (err)
		return err;
	if (!equals && find_keyword(text)->word)
		return fault(l, text, "no rule but only", expected_whole);
	if (!equals)
		return fault(l, text, "no \"=\" in", expected_rule);
	s.right = trim(word_after(text, equals));
	if (equals == text.at || !s.right.len)
		return fault(l, text,
			     "half of the rule is missing:", expected_rule);
	err = read_left(l, word_before(text, equals), &keyword, &s.where);
	s.directions = err ? 0 : keyword->directions;
	return err ? err : keyword->read(l, &s);
}
