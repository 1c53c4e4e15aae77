/* SPDX-License-Identifier: MIT */
/*
 * The table from the inside: what the files of this folder share.
 *
 *	source.c    a file's bytes, after a look at who may write to it
 *	lex.c       bytes -> lines -> rules -> words
 *	parse.c     the words of one rule -> struct rule (host.c, target.c,
 *	            option.c and number.c read the single words)
 *	entry.c     struct rule <-> how the table holds it
 *	names.c     host names and their numbers
 *	index.c     rules -> the structures that lookup.c asks; singles.c those
 *	            for one port
 *	lookup.c    address -> answer
 *	peers.c     CID or hvsock path -> IP address
 *	load.c      all of the above in order; message.c: errors
 *	format.c    struct rule -> text
 *	rule.c      single rules, for those who ask about them
 *
 * Others of its headers: host.h (hosts, as rules and lookups hold them), hash.h
 * (numbers by a key) and singles.h.
 *
 * Errors are reported where they are found (fault()), and -EINVAL only says
 * that this has been done. -ENOMEM is reported once, by load.c.
 */
#ifndef TCP2VSOCK_CONFIG_INTERNAL_H
#define TCP2VSOCK_CONFIG_INTERNAL_H

#include <string.h>

#include "config/index/index.h"
#include "config/table.h"

#define BOM	  "\xef\xbb\xbf" /* U+FEFF in UTF-8 */

#define NAME_BITS 17 /* 198.18.0.0/15 leaves that many */
#define NAMES_MAX ((1U << NAME_BITS) - 1)
#define NAME_SIZE 256 /* RFC 1035: 253 characters; "*." comes on top */

/* ---- Names ---------------------------------------------------------- */

struct name {
	uint32_t text;	    /* string_at(): lower case, no final dot */
	uint32_t parent;    /* number of the narrowest "*." above it, or 0 */
	uint32_t first;	    /* the first rule that names it */
	uint32_t is_direct; /* the first rule for it says direct: no stand-in */
};

/* ---- vsock -> IP ----------------------------------------------------- */

struct peer {
	uint32_t cid;
	int family;
	uint32_t rule;
	struct map_addr addr;
};

/* ---- The table ------------------------------------------------------- */

struct map_table {
	struct rule *rules;
	uint32_t count, room;
	uint32_t *sources; /* their names: string_at() */
	uint32_t nsources;
	struct index index[2]; /* connect, listen */

	struct name *names; /* number - 1 */
	uint32_t nnames, names_room;
	struct hash by_name;

	struct hash by_peer;
	struct peer *peers;
	uint32_t npeers, peers_room;

	char *strings;
	uint32_t nstrings, strings_room; /* bytes */
	bool has_hybrid;		 /* a rule leads to hvsock */
	bool has_localhost;		 /* a rule says localhost */
};

/* Where a word stands in a source. */
struct word {
	const char *at;
	size_t len;
};

/* Where a rule stands, for warnings about it. Only while loading. */
struct place {
	struct word line;
	struct word rule;
	bool is_covered;   /* never matches, because of the rule cover */
	bool cover_is_one; /* and of no other */
	uint32_t cover;
};

struct loader {
	struct map_table *table;
	struct place *places; /* one a rule */
	uint32_t places_room;
	map_report *report;
	void *arg;
	bool failed; /* an error has been reported */

	const char *source; /* what is being read now */
	struct word line;
	unsigned line_number;

	const char *shown_at; /* the line last copied for a message */
	char *shown;
};

/* ---- message.c ------------------------------------------------------- */

/*
 * Reports an error at a word of the current line: what, followed by the word
 * in quotes unless it is empty. Returns -EINVAL.
 */
int fault(struct loader *l, struct word at, const char *what,
	  const char *remedy);

/* The same for a rule that has been read. */
int rule_fault(struct loader *l, uint32_t i, const char *what,
	       const char *remedy);

/* The same as a warning, for the line that place says. */
void caution(struct loader *l, const struct rule *rule,
	     const struct place *place, struct word at, const char *what,
	     const char *remedy);

/* Rule i never matches, because of an earlier one, alone or not. */
void warn_covered(struct loader *l, uint32_t i, uint32_t by, bool alone);

/* An error of a whole source. Returns -EINVAL. */
int source_fault(struct loader *l, const char *what, const char *remedy);

/* ---- memory.c --------------------------------------------------------- */

/*
 * A copy of n bytes and a NUL in the table, for string_at(). 0: no memory.
 * Strings move when one is added.
 */
uint32_t keep(struct map_table *table, const char *at, size_t n);

static inline const char *string_at(const struct map_table *table, uint32_t at)
{
	return table->strings + at;
}

/*
 * The list with room for one more element, perhaps moved. NULL when there is no
 * memory: the list is as it was then.
 */
void *grow(void *list, uint32_t count, uint32_t *room, size_t size);

/* ---- source.c --------------------------------------------------------- */

/*
 * Reads the file l->source into *text (malloc). 0, -EINVAL or -ENOMEM.
 */
int read_source(struct loader *l, char **text, size_t *size);

/* ---- lex.c ------------------------------------------------------------ */

/* Reads every rule of a text. 0 or -ENOMEM: wrong rules are only reported. */
int read_rules(struct loader *l, const char *text, size_t size);

/* Takes the next word off *rest; an empty one at its end. */
struct word next_word(struct word *rest);
struct word trim(struct word w);

static inline bool word_is(struct word w, const char *s)
{
	return w.len == strlen(s) && memcmp(w.at, s, w.len) == 0;
}

/* Takes a prefix off *w when it is there. */
static inline bool word_skip(struct word *w, const char *prefix)
{
	size_t n = strlen(prefix);

	if (w->len < n || memcmp(w->at, prefix, n) != 0)
		return false;
	w->at += n;
	w->len -= n;
	return true;
}

/* w up to at, and what follows it. */
struct word word_before(struct word w, const char *at);
struct word word_after(struct word w, const char *at);
/* The last c in w, or NULL. */
const char *word_last(struct word w, char c);

/* ---- parse.c and its words -------------------------------------------- */

/* One rule, added to the table. 0, -EINVAL or -ENOMEM. */
int read_rule(struct loader *l, struct word text);

/* Decimal digits, no leading zeros, at most max. */
bool read_number(struct word w, uint64_t max, uint64_t *n);

/* "8000-8999" or "8000", each from min to max. */
bool read_range(struct word w, uint64_t min, uint64_t max, uint64_t *first,
		uint64_t *last);

/* HOST:PORTS into rule->host and the ports. */
int read_endpoint(struct loader *l, struct word w, struct rule *rule);
/* An IP address by itself, without or (IPv6) with brackets. */
bool read_address(struct word w, struct host *host);
/* A CID by number or by name. */
bool read_cid(struct word w, uint32_t *cid);
int read_target(struct loader *l, struct word w, struct rule *rule);
int read_option(struct loader *l, struct word w, struct rule *rule);

/* ---- The table's texts --------------------------------------------------- */

/* The name of the rule's source. */
static inline const char *source_of(const struct map_table *table,
				    const struct rule *rule)
{
	return string_at(table, table->sources[rule->source]);
}

/* ---- names.c ----------------------------------------------------------- */

/* The number of a name or "*." pattern, a new one if need be, in *number. */
int name_number(struct loader *l, struct word w, uint32_t *number);
/* Finds each name's parent and first rule. 0, or -EINVAL: a rule is wrong. */
int link_names(struct loader *l);
bool is_localhost(struct word w);
/* The number that a host or an address stands for, or 0. */
uint32_t name_of_host(const struct map_table *table, const struct host *host);
uint32_t name_of_address(const struct map_table *table,
			 const struct map_addr *addr);
void name_to_address(uint32_t number, int family, struct map_addr *addr);

/* ---- peers.c ----------------------------------------------------------- */

int build_peers(struct loader *l);
void free_peers(struct map_table *table);

#endif
