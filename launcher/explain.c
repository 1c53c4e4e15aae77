/* SPDX-License-Identifier: MIT */
/* --explain: one question to the table, and its answer in words. */
#include "launcher/explain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/fold.h"
#include "config/hostname.h"
#include "vsock/vm_sockets.h"

struct question {
	enum map_direction direction;
	char host[256]; /* without brackets; "unix:PATH" */
	uint16_t port;
	bool is_unix;
};

static const char expected_call[] =
	"expected [connect|listen] HOST:PORT, with an IPv6 address in "
	"brackets, or unix:PATH";

static int complain_of_call(const char *call, struct word at, const char *what,
			    const char *remedy)
{
	struct map_message message = {
		.is_error = true,
		.source = "--explain",
		.line = 1,
		.column = at.at - call + 1,
		.width = at.len ? at.len : 1,
		.what = what,
		.text = call,
		.remedy = remedy,
	};
	int fd = STDERR_FILENO;

	map_report_to_fd(&message, &fd);
	return -EINVAL;
}

static const char *skip_direction(struct question *question, const char *call)
{
	call += strspn(call, " \t");
	question->direction = MAP_CONNECT;
	if (strncmp(call, "connect ", 8) == 0)
		return call + 8 + strspn(call + 8, " ");
	if (strncmp(call, "listen ", 7) != 0)
		return call;
	question->direction = MAP_LISTEN;
	return call + 7 + strspn(call + 7, " ");
}

static int read_port(struct question *question, const char *text)
{
	char *end;
	unsigned long port;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	port = strtoul(text, &end, 10);
	if (*end || port > UINT16_MAX)
		return -EINVAL;
	question->port = (uint16_t)port;
	return 0;
}

/* The path as rules have it; "@NAME" as it is. */
static int read_unix_question(struct question *question, const char *name)
{
	size_t length = strlen(name);
	char folder[UNIX_NAME_SIZE], *path = question->host;

	question->is_unix = true;
	question->port = MAP_UNIX_PORT;
	if (length < 2 || length >= sizeof(question->host))
		return -EINVAL;
	memcpy(path, name, length + 1);
	if (*name == '@')
		return 0;
	length = unix_fold(getcwd(folder, sizeof(folder)),
			   (struct word){name, length}, path);
	return length ? 0 : -EINVAL;
}

static bool host_is_ip(const char *host)
{
	struct in6_addr ip;

	return inet_pton(AF_INET, host, &ip) == 1 ||
	       inet_pton(AF_INET6, host, &ip) == 1;
}

/* "*" is what rules have for the wildcard that a server listens at. */
static int check_host(struct question *question, const char *call,
		      struct word at)
{
	struct word host = {question->host, strlen(question->host)};

	if (word_is(host, "*") && question->direction == MAP_LISTEN)
		strcpy(question->host, "0.0.0.0");
	else if (!word_is_plain(host, ""))
		return complain_of_call(call, at, "a host name has no blank",
					expected_call);
	else if (!host_is_ip(host.at) &&
		 (*host.at == '*' || !is_host_name(host)))
		return complain_of_call(call, at,
					"neither an address nor a host name",
					"expected one, such as 10.0.0.5; "
					"listen *:PORT is one for 0.0.0.0");
	return 0;
}

/* HOST or [IPV6] */
static int read_asked_host(struct question *question, const char *call,
			   struct word at)
{
	struct word host = at;
	bool bracketed = host.len > 1 && host.at[0] == '[' &&
			 host.at[host.len - 1] == ']';

	if (bracketed)
		host = (struct word){host.at + 1, host.len - 2};
	if (at.len == 0 || host.len >= sizeof(question->host) ||
	    (!bracketed && memchr(host.at, ':', host.len)))
		return complain_of_call(call, at, "no host", expected_call);
	memcpy(question->host, host.at, host.len);
	question->host[host.len] = '\0';
	return check_host(question, call, at);
}

static int read_question(struct question *question, const char *call)
{
	const char *host = skip_direction(question, call);
	const char *colon = strrchr(host, ':');
	struct word all = {host, strlen(host)};

	if (strncmp(host, "unix:", 5) == 0)
		return read_unix_question(question, host + 5)
			       ? complain_of_call(call, all, "no path",
						  expected_call)
			       : 0;
	if (!colon || read_port(question, colon + 1) < 0)
		return complain_of_call(
			call, colon ? word_after(all, colon) : all,
			"no port from 0 to 65535", expected_call);
	return read_asked_host(question, call, word_before(all, colon));
}

/*
 * As getaddrinfo() and connect() have it: an address, or a name of the table.
 */
static bool find_address(const struct map_table *table,
			 const struct question *question, struct map_addr *addr)
{
	const char *host = question->host;
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	uint16_t port;

	if (question->is_unix)
		return map_unix_address(table, host, strlen(host), addr);
	if (map_is_localhost(host))
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		return map_addr_set(addr, &port, (struct sockaddr *)&v4,
				    sizeof(v4));
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
		return map_addr_set(addr, &port, (struct sockaddr *)&v6,
				    sizeof(v6));
	return map_name_address(table, host, AF_INET, addr);
}

static void print_verdict(const struct map_table *table,
			  const struct map_answer *answer,
			  const char *untouched)
{
	char name[MAP_UNIX_NAME_SIZE];
	struct map_rule rule;

	switch (answer->verdict) {
	case MAP_NONE:
		printf("%s, no rule matches", untouched);
		break;
	case MAP_DIRECT:
		printf("%s", untouched);
		break;
	case MAP_REFUSE:
		printf(answer->rule
			       ? "refused"
			       : "refused, no rule for this name has the port");
		break;
	case MAP_VSOCK:
		if (answer->cid == VMADDR_CID_ANY)
			printf("vsock:any:%u", answer->port);
		else
			printf("vsock:%u:%u", answer->cid, answer->port);
		break;
	case MAP_HVSOCK:
		printf("hvsock:%s:%u", answer->path, answer->port);
		break;
	case MAP_UNIX:
		map_unix_name(answer, MAP_CONNECT, name);
		printf("unix:%s", name);
		break;
	}
	if (answer->rule) {
		map_get_rule(table, answer->rule - 1, &rule);
		printf(" (%s:%u)", rule.source, rule.line);
	}
	putchar('\n');
}

/* ---- Why ---------------------------------------------------------------- */

/* So many rules are shown one by one; of more, those for other hosts aren't. */
enum { RULES_SHOWN = 20 };

static const char *reason(const struct map_rule *rule,
			  enum map_mismatch mismatch)
{
	switch (mismatch) {
	case MAP_MATCHES:
		break;
	case MAP_OTHER_DIRECTION:
		if (rule->is_peer)
			return "decides no call";
		return rule->directions == MAP_LISTEN ? "only for listen"
						      : "only for connect";
	case MAP_OTHER_HOST:
		return rule->unix_name ? "for another socket"
				       : "for another host";
	case MAP_OTHER_PORTS:
		return "for other ports";
	}
	return "the first that matches";
}

static int print_reason(const struct map_table *table, size_t i,
			enum map_mismatch mismatch)
{
	struct map_rule rule;
	char *text = map_rule_text(table, i);

	if (!text)
		return -ENOMEM;
	map_get_rule(table, i, &rule);
	printf("  %s:%u: %s: %s\n", rule.source, rule.line,
	       reason(&rule, mismatch), text);
	free(text);
	return 0;
}

/* Each rule up to the one that matches, and why it doesn't. */
static int print_reasons(const struct map_table *table,
			 const struct question *question,
			 const struct map_addr *addr, bool all)
{
	enum map_mismatch mismatch = MAP_OTHER_HOST;
	size_t hidden = 0;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < map_count(table); i++) {
		mismatch = map_compare(table, i, question->direction, addr,
				       question->port);
		if (all || mismatch == MAP_OTHER_PORTS ||
		    mismatch == MAP_MATCHES)
			ret = print_reason(table, i, mismatch);
		else
			hidden++;
		if (mismatch == MAP_MATCHES)
			break;
	}
	if (hidden)
		printf("  and %zu rules for other hosts or directions\n",
		       hidden);
	return ret;
}

static void print_question(const struct question *question)
{
	printf("%s %s%s",
	       question->direction == MAP_LISTEN ? "listen" : "connect",
	       question->is_unix ? "unix:" : "", question->host);
	if (!question->is_unix)
		printf(" port %u", question->port);
	printf(": ");
}

int explain(const struct map_table *table, const char *call)
{
	struct question question;
	struct map_answer answer;
	struct map_addr addr;
	size_t looked_at;

	if (read_question(&question, call) < 0)
		return -EINVAL;
	print_question(&question);
	if (!find_address(table, &question, &addr)) {
		puts(question.is_unix ? "a Unix socket of this machine, no "
					"rule is for it"
				      : "as the resolver answers, no rule "
					"takes this name; ask "
					"again with the address");
		return 0;
	}
	map_lookup(table, question.direction, &addr, question.port, &answer);
	print_verdict(table, &answer,
		      question.is_unix ? "a Unix socket of this machine"
				       : "TCP");
	looked_at = answer.rule ? answer.rule : map_count(table);
	return print_reasons(table, &question, &addr, looked_at <= RULES_SHOWN);
}
