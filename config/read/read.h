/* SPDX-License-Identifier: MIT */
/*
 * Text -> rules. All of it runs before the program does, and may allocate.
 * Those that return an int return 0, -EINVAL (reported) or -ENOMEM.
 *
 * Map of config/read/:
 *	endpoint.c     HOST:PORTS
 *	load.c         sources -> lines -> rules -> a table, in order
 *	number.c       numbers and ranges of them
 *	option.c       timeout= and buffer=
 *	parse.c        one rule
 *	source.c       a file's bytes, after a look at who may write to it
 *	target.c       where a rule's connections go
 *	unixpath.c     unix:PATH, a program's own Unix socket
 *	variables.c    ${NAME} in a file -> the environment's value
 */
#ifndef TCP2VSOCK_CONFIG_READ_READ_H
#define TCP2VSOCK_CONFIG_READ_READ_H

#include "config/loader.h"

#define BOM "\xef\xbb\xbf" /* U+FEFF in UTF-8 */

/* Reads the file l->source into *text (malloc). */
int read_source(struct loader *l, char **text, size_t *size);

/*
 * Puts another text (malloc) in the place of a file's: without comments, and
 * with the environment's values for ${NAME}. Lines stay what they are, but for
 * those in which a value is missing: reported, and empty. 0 or -ENOMEM.
 */
int expand_variables(struct loader *l, char **text, size_t *size);

/* One rule, added to the table. */
int read_rule(struct loader *l, struct word text);

/* Decimal digits, no leading zeros, at most max. */
bool read_number(struct word w, uint64_t max, uint64_t *n);

/* "8000-8999" or "8000", each from min to max. */
bool read_range(struct word w, uint64_t min, uint64_t max, uint64_t *first,
		uint64_t *last);

/* HOST:PORTS into the host and the word of its ports. */
int read_endpoint(struct loader *l, struct word w, struct host *host,
		  struct word *ports);

/* A port, a range or, where there is no list, "*" into the rule's ports. */
int read_ports(struct loader *l, struct word w, bool in_list,
	       struct rule *rule);

/* The name behind "unix:", kept in the rule, which is for that alone. */
int read_unix_name(struct loader *l, struct word w, struct rule *rule);

/* An IP address by itself, without or (IPv6) with brackets. */
bool read_ip(struct word w, struct host *host);

/* A CID by number or by name. */
bool read_cid(struct word w, uint32_t *cid);

/* An absolute path, or "@name" for an abstract one; no blanks. */
bool is_unix_path(struct word w);

/* Whether a path has the port in it. */
static inline bool has_port_mark(struct word path)
{
	return memmem(path.at, path.len, "%p", 2);
}

int read_target(struct loader *l, struct word w, struct rule *rule);

/* timeout=... or buffer=..., to be read after the target. */
int read_rule_option(struct loader *l, struct word w, struct rule *rule);

#endif
