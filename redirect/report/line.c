/* SPDX-License-Identifier: MIT */
/* Lines made by hand: see line.h. */
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "config/digits.h"
#include "redirect/report/line.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "vsock/vm_sockets.h"
#include "vsock/vsock.h"

void line_add(struct line *line, const char *text)
{
	size_t n = strlen(text);

	if (n > sizeof(line->text) - 2 - line->len)
		n = sizeof(line->text) - 2 - line->len;
	memcpy(line->text + line->len, text, n);
	line->len += n;
}

void line_add_digits(struct line *line, unsigned long number, int digits)
{
	char text[DIGITS_SIZE + 1], *end = text + DIGITS_SIZE;
	char *at = digits_before(end, number, 10);

	*end = '\0';
	while (end - at < digits)
		*--at = '0';
	line_add(line, at);
}

void line_add_number(struct line *line, unsigned long number)
{
	line_add_digits(line, number, 1);
}

static void add_v4(struct line *line, const struct in_addr *v4)
{
	const uint8_t *bytes = (const uint8_t *)v4;

	for (int i = 0; i < 4; i++) {
		line_add(line, i ? "." : "");
		line_add_number(line, bytes[i]);
	}
}

static unsigned word_of(const struct in6_addr *v6, int i)
{
	return v6->s6_addr[2 * i] << 8 | v6->s6_addr[2 * i + 1];
}

/* The longest row of zeros, of two at least: its length. */
static int find_zeros(const struct in6_addr *v6, int *start)
{
	int longest = 1, row = 0;

	for (int i = 0; i < 8; i++) {
		row = word_of(v6, i) ? 0 : row + 1;
		if (row <= longest)
			continue;
		longest = row;
		*start = i + 1 - row;
	}
	return longest > 1 ? longest : 0;
}

/* RFC 5952. inet_ntop(3) prints through stdio. */
static void add_v6(struct line *line, const struct in6_addr *v6)
{
	char text[DIGITS_SIZE + 1], *end = text + DIGITS_SIZE;
	int start = 8, zeros = find_zeros(v6, &start);

	*end = '\0';
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			line_add(line, "::");
			i += zeros - 1;
			continue;
		}
		line_add(line, i && i != start + zeros ? ":" : "");
		line_add(line, digits_before(end, word_of(v6, i), 16));
	}
}

void line_add_address(struct line *line, const struct map_addr *addr)
{
	if (addr->family == AF_INET)
		add_v4(line, &addr->ip.v4);
	else if (addr->family == AF_INET6)
		add_v6(line, &addr->ip.v6);
	else
		line_add(line, "?");
}

void line_add_endpoint(struct line *line, const struct endpoint *name)
{
	bool v6 = name->addr.family == AF_INET6;
	const char *path = map_unix_text(table_get(), &name->addr);

	if (name->addr.family == AF_UNIX) {
		line_add(line, "unix:");
		line_add(line, path ? path : "(no name)");
		return;
	}
	line_add(line, v6 ? "[" : "");
	line_add_address(line, &name->addr);
	line_add(line, v6 ? "]:" : ":");
	line_add_number(line, name->port);
}

void line_add_vsock(struct line *line, uint32_t cid, uint32_t port)
{
	struct vsock_addr addr = {.cid = cid, .port = port};
	char text[VSOCK_ADDR_TEXT_SIZE];

	if (cid == VMADDR_CID_ANY) {
		line_add(line, "any:");
		line_add_number(line, port);
		return;
	}
	vsock_addr_text(&addr, text, sizeof(text));
	line_add(line, text);
}

void line_add_target(struct line *line, const struct map_answer *answer)
{
	char name[MAP_UNIX_NAME_SIZE];

	switch (answer->verdict) {
	case MAP_VSOCK:
		line_add_vsock(line, answer->cid, answer->port);
		break;
	case MAP_HVSOCK:
		line_add(line, "hvsock:");
		line_add(line, answer->path);
		line_add(line, ":");
		line_add_number(line, answer->port);
		break;
	case MAP_UNIX:
		map_unix_name(answer, MAP_CONNECT, name);
		line_add(line, "unix:");
		line_add(line, name);
		break;
	case MAP_REFUSE:
		line_add(line, "refuse");
		break;
	default:
		line_add(line, "direct");
	}
}
