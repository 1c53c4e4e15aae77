/* SPDX-License-Identifier: MIT */
/*
 * The table from the inside. Text becomes rules in read/, and answers come from
 * index/; here is what both stand on. All of it is written while the table is
 * loaded, by one thread, and then only read.
 *
 * Map of config/:
 *	fold.c      paths of Unix sockets, spelled in one way
 *	format.c    a rule -> text, in the one form that is always the same
 *	hash.c      numbers by a key
 *	host.c      hosts, as rules hold them and lookups ask for them
 *	hostname.c  how host names are spelled
 *	message.c   errors and warnings, with the place that they are about
 *	report.c    a message -> a terminal
 *	storage.c   the table's strings, and lists that grow
 *	unixname.c  what the Unix socket of an answer is called
 *	word.c      parts of a text
 */
#ifndef TCP2VSOCK_CONFIG_RULE_TABLE_H
#define TCP2VSOCK_CONFIG_RULE_TABLE_H

#include "config/index/index.h"
#include "config/index/names.h"
#include "config/index/peers.h"
#include "config/table.h"

/* Both are for string_at(). */
struct source {
	uint32_t name;
	uint32_t expanded; /* its text, where it had a ${NAME}; else 0 */
};

struct map_table {
	struct rule *rules;
	uint32_t count, room;
	struct source *sources;
	uint32_t nsources;
	struct index index[2]; /* connect, listen */

	struct name *names; /* number - 1 */
	uint32_t nnames, names_room;
	struct hash by_name;
	struct hash by_standin;

	struct hash by_unix; /* a Unix socket's name -> its first rule */

	struct peer *peers;
	uint32_t npeers, peers_room;
	struct hash by_peer;

	char *strings;
	uint32_t nstrings, strings_room; /* bytes */
	bool has_hybrid;		 /* a rule leads to a Unix socket */
	bool has_localhost;		 /* a rule says localhost */
};

/*
 * A copy of n bytes and a NUL in the table, for string_at(). 0: no memory.
 * Strings move when one is added.
 */
uint32_t keep_string(struct map_table *table, const char *at, size_t n);

static inline const char *string_at(const struct map_table *table, uint32_t at)
{
	return table->strings + at;
}

/* The name of the rule's source. */
static inline const char *source_of(const struct map_table *table,
				    const struct rule *rule)
{
	return string_at(table, table->sources[rule->source].name);
}

/*
 * The list with room for one more element, perhaps moved. NULL when there is no
 * memory: the list is as it was then.
 */
void *grow(void *list, uint32_t count, uint32_t *room, size_t size);

#endif
