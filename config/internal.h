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

#include "config/hash.h"
#include "config/host.h"
#include "config/singles.h"
#include "config/table.h"

#define CID_ANY	  UINT32_MAX
#define CID_LOCAL 1

#define BOM	  "\xef\xbb\xbf" /* U+FEFF in UTF-8 */

#define NAME_BITS 17 /* 198.18.0.0/15 leaves that many */
#define NAMES_MAX ((1U << NAME_BITS) - 1)
#define NAME_SIZE 256 /* RFC 1035: 253 characters; "*." comes on top */

/* ---- Rules ---------------------------------------------------------- */

/* A rule as it is read, asked for by rule_at(). */
struct rule {
	struct host host;
	uint16_t first, last; /* IP ports; 0 is only matched by all_ports */
	uint32_t cid;
	uint32_t vfirst; /* the vsock port that first leads to */
	uint32_t timeout_ms;
	uint32_t buffer;
	uint32_t line;
	uint32_t source;    /* which one, from 0 */
	uint32_t path;	    /* string_at(); 0: none */
	bool all_ports;	    /* written as "*": first is 1, last 65535 */
	bool is_peer;	    /* host is the IP address, cid the CID */
	uint8_t directions; /* of enum map_direction */
	uint8_t verdict;    /* enum map_verdict */
};

/* A rule as it is held. What few rules have to themselves is in struct way. */
struct entry {
	uint64_t hi, lo;
	uint16_t first, last;
	uint32_t vfirst;
	uint32_t line;
	uint32_t way;
};

struct way {
	uint32_t cid;
	uint32_t timeout_ms;
	uint32_t buffer;
	uint32_t path;
	uint32_t source;
	uint8_t kind, bits; /* of the host */
	uint8_t all_ports, is_peer;
	uint8_t directions, verdict;
	uint8_t unused[6]; /* 0: ways are compared as bytes; 32 of them */
};

/* ---- The index: one for each direction ------------------------------ */

/* The first rule for a run of ports. */
struct segment {
	uint16_t first, last;
	uint32_t rule;
};

/* All rules for more than one port that name the same host. */
struct block {
	struct host host;
	uint32_t first,
		count; /* of the index's segments: ascending, disjoint */
};

/*
 * A kind and prefix length that rules use. A lookup tries each level that has
 * a rule written before what it has found so far.
 */
struct level {
	uint64_t hi;	 /* the bits of an address that it goes by */
	uint32_t lowest; /* the first rule of this level */
	uint8_t kind, bits;
	bool singles, blocks;
	uint64_t lo;
};

struct levels {
	struct level *list; /* by lowest */
	uint32_t count;
};

/* A bit for each 16-bit number. */
#define SET_WORDS (65536 / 64)

static inline bool is_in_set(const uint64_t *set, uint16_t number)
{
	return set[number / 64] >> number % 64 & 1;
}

struct index {
	struct singles singles; /* (host, port) -> rule: rules for one port */
	struct hash by_host;	/* host -> block */
	struct block *blocks;
	uint32_t nblocks;
	struct segment *segments;
	uint32_t nsegments, segments_room;
	struct levels levels[HOST_KINDS]; /* by the kind that is asked for */
	uint64_t *ports; /* the set of those that a rule names */
	uint64_t *nets;	 /* and of the IPv4 /16 blocks that one reaches into */
	uint64_t *spans; /* span_of() rules for several ports */
};

/* One number for 256 ports of some hosts, told by 8 bits. */
static inline uint16_t span_of(const struct host *host, uint16_t port)
{
	uint64_t fold = host->hi ^ host->lo;

	fold ^= fold >> 32;
	fold ^= fold >> 16;
	fold ^= fold >> 8;
	return (uint16_t)(fold << 8) | port >> 8;
}

/* False for most addresses that no rule of this direction names. */
static inline bool may_reach(const struct index *index,
			     const struct map_addr *addr)
{
	return addr->family != AF_INET ||
	       is_in_set(index->nets, ntohl(addr->ip.v4.s_addr) >> 16);
}

static inline bool may_have(const struct index *index,
			    const struct map_addr *addr, uint16_t port)
{
	return is_in_set(index->ports, port) && may_reach(index, addr);
}

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
	struct entry *entries;
	uint32_t count, room;
	struct way *ways;
	uint32_t nways, ways_room;
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
	bool is_covered; /* never matches */
};

struct loader {
	struct map_table *table;
	struct place *places; /* one a rule */
	uint32_t places_room;
	map_report *report;
	void *arg;
	bool failed; /* an error has been reported */
	struct hash by_way;
	uint32_t last_way; /* of the rule before */

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

/* Rule i never matches, because of an earlier one. */
void warn_covered(struct loader *l, uint32_t i, uint32_t by);

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

/* ---- entry.c ----------------------------------------------------------- */

/* Adds a rule to the table. 0 or -ENOMEM. */
int add_entry(struct loader *l, const struct rule *rule);

static inline struct rule rule_at(const struct map_table *table, uint32_t i)
{
	const struct entry *e = &table->entries[i];
	const struct way *way = &table->ways[e->way];

	return (struct rule){
		.host = {.hi = e->hi,
			 .lo = e->lo,
			 .kind = way->kind,
			 .bits = way->bits},
		.first = e->first,
		.last = e->last,
		.cid = way->cid,
		.vfirst = e->vfirst,
		.timeout_ms = way->timeout_ms,
		.buffer = way->buffer,
		.line = e->line,
		.source = way->source,
		.path = way->path,
		.all_ports = way->all_ports,
		.is_peer = way->is_peer,
		.directions = way->directions,
		.verdict = way->verdict,
	};
}

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

/* ---- index.c, lookup.c ------------------------------------------------- */

int build_index(struct loader *l);
void free_index(struct index *index);

/* host cut to a level's bits, as that level's key. */
static inline struct host host_at(const struct host *host,
				  const struct level *level)
{
	return (struct host){.hi = host->hi & level->hi,
			     .lo = host->lo & level->lo,
			     .kind = level->kind,
			     .bits = level->bits};
}

/* The rules for several ports of a host, or NULL. */
static inline struct block *find_block(const struct index *index,
				       const struct host *host)
{
	uint64_t h = host_hash(host);
	uint32_t at = h, found;

	while ((found = hash_next(&index->by_host, h, &at)) != NO_RULE)
		if (same_host(&index->blocks[found].host, host))
			return &index->blocks[found];
	return NULL;
}

static inline const struct way *way_of_single(const struct map_table *table,
					      const struct single *slot)
{
	uint32_t way = slot->way;

	if (__builtin_expect(way == WAY_ELSEWHERE, false))
		way = table->entries[slot->rule - 1].way;
	return &table->ways[way];
}

/* Whether a slot has this key, of which its tail is known to match. */
static inline bool is_single_of(const struct map_table *table,
				const struct single *slot, uint64_t key,
				uint64_t hi, uint64_t lo)
{
	const struct way *way;
	const struct entry *e;

	if (!slot->rule || slot->port != (uint16_t)(key >> 16))
		return false;
	way = way_of_single(table, slot);
	if (way->kind != (key >> 8 & 0xff) || way->bits != (key & 0xff))
		return false;
	if (way->kind != HOST_V6)
		return true;
	e = &table->entries[slot->rule - 1];
	return e->lo == lo && e->hi == hi;
}

/* In all lines: singles.c. find_single() has looked at the first. */
const struct single *search_single(const struct map_table *table,
				   const struct singles *singles, uint64_t key,
				   uint64_t hi, uint64_t lo);

/* The slot of a host and a port, or NULL: they have no rule. */
static inline __attribute__((always_inline)) const struct single *
find_single(const struct map_table *table, const struct singles *singles,
	    const struct host *host, uint16_t port)
{
	uint64_t key = host_key(host, port);
	const struct singles_line *line =
		&singles->lines[singles_first(singles, key)];
	const struct single *slot = singles_choose(line, key >> 32);

	if (slot->tail == key >> 32) {
		if (is_single_of(table, slot, key, host->hi, host->lo))
			return slot;
	} else if (!singles_is_full(line)) {
		return NULL;
	}
	return search_single(table, singles, key, host->hi, host->lo);
}

static inline bool is_single(const struct rule *rule)
{
	return rule->first == rule->last;
}

/* ---- peers.c ----------------------------------------------------------- */

int build_peers(struct loader *l);
void free_peers(struct map_table *table);

#endif
