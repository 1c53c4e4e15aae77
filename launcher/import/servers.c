/* SPDX-License-Identifier: MIT */
/*
 * Behind a forwarder every client came from 127.0.0.1; now each has an address
 * of its own, of 100.64.0.0/10. Servers that trusted the one have to be told of
 * the other, each in its own words.
 */
#include <string.h>

#include "launcher/import/endpoint.h"

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

void import_warn_of_peers(struct import *im, const char *port)
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
