/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "tests/unit/config_support.h"

void collect(const struct map_message *m, void *arg)
{
	struct messages *all = arg;
	size_t room = sizeof(all->text) - all->used;
	int n = snprintf(all->text + all->used, room, "%s %u:%u+%u %s\n= %s\n",
			 m->is_error ? "error" : "warning", m->line, m->column,
			 m->width, m->what, m->remedy);

	if (n > 0 && (size_t)n < room)
		all->used += n;
}

struct map_table *load_text(const char *text, struct messages *messages)
{
	struct map_source source = {"-m", text, strlen(text)};
	struct messages unused;

	if (!messages)
		messages = &unused;
	messages->used = 0;
	messages->text[0] = '\0';
	return map_load(&source, 1, collect, messages);
}

struct map_table *load_good(const char *text)
{
	struct messages messages;
	struct map_table *table = load_text(text, &messages);

	cr_assert(table, "%s: %s", text, messages.text);
	cr_assert_str_empty(messages.text, "%s: %s", text, messages.text);
	return table;
}

struct map_addr address(const char *ip)
{
	struct map_addr addr = {.family = AF_INET};

	if (strchr(ip, ':'))
		addr.family = AF_INET6;
	cr_assert_eq(inet_pton(addr.family, ip, &addr.ip), 1, "%s", ip);
	return addr;
}

const char *answer_text(const struct map_answer *answer)
{
	static const char *const words[] = {"none", "direct", "refuse"};
	static char text[200];
	char name[MAP_UNIX_NAME_SIZE];

	if (answer->verdict <= MAP_REFUSE)
		return words[answer->verdict];
	if (answer->verdict == MAP_HVSOCK)
		snprintf(text, sizeof(text), "hvsock:%s:%u", answer->path,
			 answer->port);
	else if (answer->verdict == MAP_UNIX)
		snprintf(text, sizeof(text), "unix:%s",
			 (map_unix_name(answer, MAP_LISTEN, name), name));
	else if (answer->cid == UINT32_MAX)
		snprintf(text, sizeof(text), "vsock:any:%u", answer->port);
	else
		snprintf(text, sizeof(text), "vsock:%u:%u", answer->cid,
			 answer->port);
	return text;
}

const char *ask(const struct map_table *table, enum map_direction direction,
		const char *ip, uint16_t port)
{
	struct map_addr addr = address(ip);
	struct map_answer answer;

	map_lookup(table, direction, &addr, port, &answer);
	return answer_text(&answer);
}

const char *ask_name(const struct map_table *table, const char *name,
		     uint16_t port)
{
	struct map_addr addr;
	struct map_answer answer;

	if (!map_name_address(table, name, AF_INET, &addr))
		return "unknown";
	map_lookup(table, MAP_CONNECT, &addr, port, &answer);
	return answer_text(&answer);
}

const char *endpoint_text(const struct map_addr *addr, uint16_t port)
{
	static char text[INET6_ADDRSTRLEN + 10];
	char ip[INET6_ADDRSTRLEN] = "*";

	if (addr->family != AF_UNSPEC)
		inet_ntop(addr->family, &addr->ip, ip, sizeof(ip));
	snprintf(text, sizeof(text),
		 addr->family == AF_INET6 ? "[%s]:%u" : "%s:%u", ip, port);
	return text;
}

char *format_table(const struct map_table *table)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < map_count(table); i++) {
		char rule[1024];
		int n = map_format_rule(table, i, rule, sizeof(rule));

		cr_assert(n > 0 && (size_t)n < sizeof(rule));
		fprintf(out, "%s\n", rule);
	}
	fclose(out);
	return text;
}
