/* SPDX-License-Identifier: MIT */
/* struct rule -> text, in the one form that is always the same. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include "config/rule_table.h"

/* What snprintf(3) has written so far, and would have written. */
struct text {
	char *buf;
	size_t size;
	int len;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t,
						      const char *format, ...)
{
	size_t used = (size_t)t->len < t->size ? (size_t)t->len : t->size;
	va_list ap;

	va_start(ap, format);
	t->len += vsnprintf(t->size ? t->buf + used : NULL, t->size - used,
			    format, ap);
	va_end(ap);
}

static void add_address(struct text *t, const struct host *host, bool brackets)
{
	struct map_addr addr = address_of_host(host);
	char ip[INET6_ADDRSTRLEN];

	inet_ntop(addr.family, &addr.ip, ip, sizeof(ip));
	brackets = brackets && addr.family == AF_INET6;
	add(t, brackets ? "[%s]" : "%s", ip);
}

static void add_host(struct text *t, const struct map_table *table,
		     const struct host *host)
{
	if (host->kind == HOST_ANY) {
		add(t, "*");
		return;
	}
	if (host->kind == HOST_NAME) {
		add(t, "%s", string_at(table, table->names[host->lo - 1].text));
		return;
	}
	add_address(t, host, true);
	if (!is_one_host(host))
		add(t, "/%u", host->bits);
}

static void add_range(struct text *t, uint32_t first, uint32_t last)
{
	add(t, first == last ? ":%u" : ":%u-%u", first, last);
}

static void add_ports(struct text *t, const struct rule *rule)
{
	if (rule->all_ports)
		add(t, ":*");
	else
		add_range(t, rule->first, rule->last);
}

static void add_vports(struct text *t, const struct rule *rule)
{
	if (rule->all_ports && rule->vfirst == rule->first)
		add(t, ":*");
	else
		add_range(t, rule->vfirst,
			  rule->vfirst + (rule->last - rule->first));
}

static void add_cid(struct text *t, uint32_t cid)
{
	if (cid == CID_ANY)
		add(t, "vsock:any");
	else
		add(t, "vsock:%u", cid);
}

static void add_target(struct text *t, const struct map_table *table,
		       const struct rule *rule)
{
	if (rule->verdict == MAP_DIRECT || rule->verdict == MAP_REFUSE) {
		add(t, rule->verdict == MAP_DIRECT ? "direct" : "refuse");
		return;
	}
	if (rule->verdict == MAP_HVSOCK)
		add(t, "hvsock:%s", string_at(table, rule->path));
	else
		add_cid(t, rule->cid);
	add_vports(t, rule);
}

struct unit {
	uint64_t factor;
	const char *suffix;
};

/* The largest unit that needs no fraction. */
static void add_quantity(struct text *t, const char *option, uint64_t n,
			 const struct unit *unit)
{
	if (!n)
		return;
	while (n % unit->factor)
		unit++;
	add(t, " %s=%llu%s", option, (unsigned long long)(n / unit->factor),
	    unit->suffix);
}

static void add_options(struct text *t, const struct rule *rule)
{
	static const struct unit times[] = {
		{3600000, "h"},
		{60000, "m"},
		{1000, "s"},
		{1, "ms"},
	};
	static const struct unit sizes[] = {
		{1 << 30, "G"},
		{1 << 20, "M"},
		{1 << 10, "K"},
		{1, ""},
	};

	add_quantity(t, "timeout", rule->timeout_ms, times);
	add_quantity(t, "buffer", rule->buffer, sizes);
}

static void add_mapping(struct text *t, const struct map_table *table,
			const struct rule *rule)
{
	if (rule->directions == MAP_CONNECT)
		add(t, "connect ");
	else if (rule->directions == MAP_LISTEN)
		add(t, "listen ");
	add_host(t, table, &rule->host);
	add_ports(t, rule);
	add(t, " = ");
	add_target(t, table, rule);
	add_options(t, rule);
}

int map_format_rule(const struct map_table *table, size_t i, char *buf,
		    size_t size)
{
	const struct rule *rule = &table->rules[i];
	struct text t = {buf, size, 0};

	if (!rule->is_peer) {
		add_mapping(&t, table, rule);
		return t.len;
	}
	add(&t, "peer vsock:%u = ", rule->cid);
	add_address(&t, &rule->host, false);
	return t.len;
}
