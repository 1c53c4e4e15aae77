/* SPDX-License-Identifier: MIT */
/* The transcript of a walk, in memory that all its processes share. */
#include "walk.h"

#include <stdarg.h>

static void append(const char *fmt, va_list args)
{
	size_t room = ROOM - world->text_len;
	int n = vsnprintf(world->text + world->text_len, room, fmt, args);

	world->text_len += (size_t)n < room ? (size_t)n : room - 1;
}

void say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	append(fmt, args);
	va_end(args);
}

void say_call(const char *fmt, ...)
{
	int saved = errno;
	va_list args;

	say("%u ", world->step);
	va_start(args, fmt);
	append(fmt, args);
	va_end(args);
	errno = saved;
}

const char *errno_text(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "an unknown error";
}

void say_value(long r)
{
	say_result(r, "%s", "");
}

void say_result(long r, const char *fmt, ...)
{
	int saved = errno;
	va_list args;

	if (r < 0)
		say(" = %s", errno_text(saved));
	else
		say(" = %ld%s", r,
		    saved == ERRNO_MARK ? "" : " (errno changed)");
	va_start(args, fmt);
	append(fmt, args);
	va_end(args);
	say("\n");
	errno = saved;
}

const char *events_text(uint32_t events)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {{EPOLLIN, "IN"},	       {EPOLLPRI, "PRI"},
		     {EPOLLOUT, "OUT"},	       {EPOLLERR, "ERR"},
		     {EPOLLHUP, "HUP"},	       {POLLNVAL, "NVAL"},
		     {EPOLLRDHUP, "RDHUP"},    {EPOLLET, "ET"},
		     {EPOLLONESHOT, "ONESHOT"}};
	static char text[2][96];
	static unsigned turn;
	char *at = text[turn++ % 2];

	at[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (events & names[i].bit)
			sprintf(at + strlen(at), "%s%s", *at ? "|" : "",
				names[i].name);
	return *at ? at : strcpy(at, "0");
}

static const char *state_text(const struct file *file)
{
	static const char *const names[] = {"new",   "bound",	"listener",
					    "shut",  "dialled", "connected",
					    "ruined"};

	if (has_failed(file))
		return file->error_taken ? "failed, told" : "failed";
	return names[file->state];
}

static const char *ends_text(const struct file *file)
{
	static char text[64];
	const struct side *own = own_side(file), *peer = peer_side(file);

	if (!own)
		return "";
	snprintf(text, sizeof(text), "%s%s%s%s%s", own->shut_read ? " -r" : "",
		 own->shut_write ? " -w" : "",
		 peer->closed ? " peer closed" : "",
		 peer->shut_read ? " peer -r" : "",
		 peer->shut_write ? " peer -w" : "");
	return text;
}

const char *slot_text(int slot)
{
	static char text[2][96];
	static unsigned turn;
	char *at = text[turn++ % 2];
	const struct file *file = file_at(slot);

	snprintf(at, sizeof(text[0]), "%d %s%s%s%s", slot,
		 file->family == AF_INET6 ? "v6 " : "", state_text(file),
		 file->direct ? " direct" : "", ends_text(file));
	return at;
}

/* ---- addresses -------------------------------------------------------------
 */

static unsigned number_of(int port)
{
	if (port < PORTS_MAPPED)
		return 20000 + world->seed % 1100 * PORTS_MAPPED + port;
	return 7000 + world->seed % 1100 * 2 + port - PORT_DIRECT;
}

bool where_is_v4(enum where where)
{
	return where <= ANY4 || where == MAPPED6;
}

struct addr addr_make(enum where where, int port)
{
	static const char *const text[] = {"127.0.0.1", "127.0.0.5",
					   "0.0.0.0",	"::1",
					   "::",	"::ffff:127.0.0.1"};
	struct addr addr = {.len = sizeof(addr.in)};

	if (where <= ANY4) {
		addr.in.sin_family = AF_INET;
		addr.in.sin_port = htons(number_of(port));
		inet_pton(AF_INET, text[where], &addr.in.sin_addr);
		return addr;
	}
	addr.len = sizeof(addr.in6);
	addr.in6.sin6_family = AF_INET6;
	addr.in6.sin6_port = htons(number_of(port));
	inet_pton(AF_INET6, text[where], &addr.in6.sin6_addr);
	return addr;
}

static const char *port_text(unsigned number)
{
	static char text[32];

	if (!number)
		return "0";
	for (int i = 0; i < PORTS; i++)
		if (number == number_of(i)) {
			sprintf(text, "port(%d)", i);
			return text;
		}
	return "ephemeral";
}

const char *addr_text(const struct addr *addr, char *buf, size_t size)
{
	char ip[INET6_ADDRSTRLEN];

	switch (addr->sa.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &addr->in.sin_addr, ip, sizeof(ip));
		snprintf(buf, size, "%s:%s", ip,
			 port_text(ntohs(addr->in.sin_port)));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &addr->in6.sin6_addr, ip, sizeof(ip));
		snprintf(buf, size, "[%s]:%s flow %u scope %u", ip,
			 port_text(ntohs(addr->in6.sin6_port)),
			 addr->in6.sin6_flowinfo, addr->in6.sin6_scope_id);
		break;
	default:
		snprintf(buf, size, "family %d", addr->sa.sa_family);
	}
	return buf;
}
