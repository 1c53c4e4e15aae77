/* SPDX-License-Identifier: MIT */
/* A TCP address and a vsock one that a forwarder joined: the rule for it. */
#include <errno.h>
#include <string.h>

#include "launcher/import/endpoint.h"

bool import_cut(char *text, char **host, char **port)
{
	char *colon = strrchr(text, ':');

	if (!colon || !colon[1])
		return false;
	*colon = '\0';
	*host = text;
	*port = colon + 1;
	return true;
}

static bool is_every_address(const char *host)
{
	return !*host || words_in(" 0.0.0.0 :: [::] * 0 ", host);
}

/* What the file says of ${HOST}, if that is all of it. */
static const char *known_host(const struct import *im, const char *host)
{
	const char *origin = NULL;

	if (starts_with(host, "${"))
		origin = import_origin(
			im, words_copy(host + 2, strcspn(host + 2, "}")));
	return origin ? origin : host;
}

static bool is_here(const struct import *im, const char *host)
{
	host = known_host(im, host);
	return is_every_address(host) || starts_with(host, "127.") ||
	       words_in(" localhost [::1] ::1 ip6-localhost ", host);
}

/* Brackets around an IPv6 address that has none. */
static const char *written(const char *host)
{
	if (strchr(host, ':') && *host != '[')
		return words_format("[%s]", host);
	return host;
}

static const char *written_cid(const char *cid)
{
	if (!*cid || words_in(" 4294967295 -1 ", cid) ||
	    strcasecmp(cid, "0xffffffff") == 0)
		return "any";
	return cid;
}

/* For who wants to know where a TCP port leads: iptables.c. */
static void remember(struct import *im, const char *port, const char *target)
{
	struct forwarder *f = words_room(sizeof(*f));

	*f = (struct forwarder){im->forwarders, port, target};
	im->forwarders = f;
}

int import_dial(struct import *im, const char *host, const char *port,
		const char *target)
{
	if (is_every_address(host)) {
		host = "localhost";
		import_remark(im, "The forwarder had clients from outside, "
				  "too: they need a bridge, doc/bridges.md.");
	}
	remember(im, port, target);
	return import_rule(im, "connect %s:%s = %s", written(host), port,
			   target);
}

int import_connect(struct import *im, const char *host, const char *port,
		   const char *cid, const char *vport)
{
	return import_dial(
		im, host, port,
		words_format("vsock:%s:%s", written_cid(cid), vport));
}

/* Why a rule can't serve what is somewhere else. */
static const char *why_elsewhere(const char *host, const char *port,
				 const char *target)
{
	const char *reason = words_format(
		"%s: the server is on another machine, which only a "
		"forwarder can reach",
		host);

	if (starts_with(target, "unix:"))
		return reason;
	return words_format("%s; in the guest: connect %s:%s = vsock:host:%s",
			    reason, written(host), port,
			    strrchr(target, ':') + 1);
}

int import_dialled(struct import *im, const char *host, const char *port,
		   const char *cid, const char *vport)
{
	import_remark(im, "For the program that dialled the forwarder.");
	return import_connect(im, host, port, cid, vport);
}

/*
 * Behind a forwarder every client came from 127.0.0.1; now each has an address
 * of its own, of 100.64.0.0/10. Servers that trusted the one have to be told of
 * the other, each in its own words.
 */
static const struct {
	const char *port, *server, *setting;
} servers[] = {
	{"8888", "tinyproxy", "Allow 100.64.0.0/10"},
	{"3128", "squid",
	 "acl localnet src 100.64.0.0/10, and http_access "
	 "allow localnet"},
	{"631", "CUPS",
	 "Allow from 100.64.0.0/10 in each <Location>, and "
	 "ServerAlias *"},
	{"3306", "MySQL and MariaDB",
	 "CREATE USER u@'100.64.0.0/"
	 "255.192.0.0' ..."},
	{"5432", "PostgreSQL",
	 "host all all 100.64.0.0/10 scram-sha-256 in "
	 "pg_hba.conf"},
	{"6379", "Redis", "requirepass, or protected-mode no"},
};

static void warn_of_peers(struct import *im, const char *port)
{
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		if (strcmp(port, servers[i].port) != 0)
			continue;
		import_remark(im, "Its clients come from 100.64.0.0/10 now, no "
				  "longer from 127.0.0.1.");
		import_remark(im, "%s: %s", servers[i].server,
			      servers[i].setting);
	}
}

int import_serve(struct import *im, const char *host, const char *port,
		 const char *target)
{
	if (!is_here(im, host)) {
		im->reason = why_elsewhere(host, port, target);
		return -EINVAL;
	}
	import_remark(im, "For the server behind the forwarder.");
	warn_of_peers(im, port);
	return import_rule(im, "listen *:%s = %s", port, target);
}

int import_listen(struct import *im, const char *cid, const char *vport,
		  const char *host, const char *port)
{
	return import_serve(
		im, host, port,
		words_format("vsock:%s:%s", written_cid(cid), vport));
}

int import_unix(struct import *im, const char *direction, const char *name,
		const char *cid, const char *vport)
{
	return import_rule(im, "%s %s = vsock:%s:%s", direction, name,
			   written_cid(cid), vport);
}
