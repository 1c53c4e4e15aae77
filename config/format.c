/* SPDX-License-Identifier: MIT */
/* struct rule -> text, in the one form that is always the same. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include "config/rule_table.h"

/* What snprintf(3) has written so far, and would have written. */
struct output {
	char *buf;
	size_t size;
	int len;
};

__attribute__((format(printf, 2, 3))) static void
write_text(struct output *t, const char *format, ...)
{
	size_t used = (size_t)t->len < t->size ? (size_t)t->len : t->size;
	va_list ap;

	va_start(ap, format);
	t->len += vsnprintf(t->size ? t->buf + used : NULL, t->size - used,
			    format, ap);
	va_end(ap);
}

static void write_ip(struct output *t, const struct host *host, bool brackets)
{
	struct map_addr addr = address_of_host(host);
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(addr.family, &addr.ip, ip, sizeof(ip));
	brackets = brackets && addr.family == AF_INET6;
	write_text(t, brackets ? "[%s]" : "%s", ip);
}

static void write_host(struct output *t, const struct map_table *table,
		       const struct host *host)
{
	if (host->kind == HOST_ANY) {
		write_text(t, "*");
		return;
	}
	if (host->kind == HOST_NAME) {
		write_text(t, "%s",
			   string_at(table, table->names[host->lo - 1].text));
		return;
	}
	write_ip(t, host, true);
	if (!is_one_host(host))
		write_text(t, "/%u", host->bits);
}

static void write_range(struct output *t, uint32_t first, uint32_t last)
{
	write_text(t, first == last ? ":%u" : ":%u-%u", first, last);
}

static void write_ports(struct output *t, const struct rule *rule)
{
	if (rule->all_ports)
		write_text(t, ":*");
	else
		write_range(t, rule->first, rule->last);
}

static void write_vports(struct output *t, const struct rule *rule)
{
	if (rule->all_ports && rule->vfirst == rule->first)
		write_text(t, ":*");
	else
		write_range(t, rule->vfirst,
			    rule->vfirst + (rule->last - rule->first));
}

static void write_cid(struct output *t, uint32_t cid)
{
	if (cid == CID_ANY)
		write_text(t, "vsock:any");
	else
		write_text(t, "vsock:%u", cid);
}

static void write_target(struct output *t, const struct map_table *table,
			 const struct rule *rule)
{
	if (rule->verdict == MAP_DIRECT || rule->verdict == MAP_REFUSE) {
		write_text(t,
			   rule->verdict == MAP_DIRECT ? "direct" : "refuse");
		return;
	}
	if (rule->verdict == MAP_VSOCK)
		write_cid(t, rule->cid);
	else
		write_text(t, "%s:%s",
			   rule->verdict == MAP_UNIX ? "unix" : "hvsock",
			   string_at(table, rule->path));
	if (rule->verdict != MAP_UNIX)
		write_vports(t, rule);
}

const struct unit timeout_units[] = {
	{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {0},
};

const struct unit buffer_units[] = {
	{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"", 1}, {0},
};

/* The largest unit that needs no fraction. */
static void write_quantity(struct output *t, const char *option, uint64_t n,
			   const struct unit *unit)
{
	if (!n)
		return;
	while (n % unit->factor)
		unit++;
	write_text(t, " %s=%llu%s", option,
		   (unsigned long long)(n / unit->factor), unit->suffix);
}

static void write_options(struct output *t, const struct rule *rule)
{
	write_quantity(t, "timeout", rule->timeout_ms, timeout_units);
	write_quantity(t, "buffer", rule->buffer, buffer_units);
}

static void write_mapping(struct output *t, const struct map_table *table,
			  const struct rule *rule)
{
	if (rule->directions == MAP_CONNECT)
		write_text(t, "connect ");
	else if (rule->directions == MAP_LISTEN)
		write_text(t, "listen ");
	if (rule->unix_name) {
		write_text(t, "unix:%s", string_at(table, rule->unix_name));
	} else {
		write_host(t, table, &rule->host);
		write_ports(t, rule);
	}
	write_text(t, " = ");
	write_target(t, table, rule);
	write_options(t, rule);
}

int map_format_rule(const struct map_table *table, size_t i, char *buf,
		    size_t size)
{
	const struct rule *rule = &table->rules[i];
	struct output t = {buf, size, 0};

	if (!rule->is_peer) {
		write_mapping(&t, table, rule);
		return t.len;
	}
	write_text(&t, "peer vsock:%u = ", rule->cid);
	write_ip(&t, &rule->host, false);
	return t.len;
}
