/* SPDX-License-Identifier: MIT */
/* Lines made by hand: see line.h. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

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
	char text[24], *at = text + sizeof(text) - 1;

	*at = '\0';
	do
		*--at = '0' + number % 10;
	while ((number /= 10) || text + sizeof(text) - 1 - at < digits);
	line_add(line, at);
}

void line_add_number(struct line *line, unsigned long number)
{
	line_add_digits(line, number, 1);
}

void line_add_endpoint(struct line *line, const struct endpoint *name)
{
	char text[INET6_ADDRSTRLEN] = "?";
	bool v6 = name->addr.family == AF_INET6;
	const char *path = map_unix_text(table_get(), &name->addr);

	if (name->addr.family == AF_UNIX) {
		line_add(line, "unix:");
		line_add(line, path ? path : "(no name)");
		return;
	}
	if (name->addr.family != AF_UNSPEC)
		inet_ntop(name->addr.family, &name->addr.ip, text,
			  sizeof(text));
	line_add(line, v6 ? "[" : "");
	line_add(line, text);
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
