/* SPDX-License-Identifier: MIT */
/*
 * Rules -> what lookup.c asks, and the warnings about rules that never match.
 *
 * Rules are taken in order, so whatever is in the index already comes before
 * the rule at hand. A rule that is covered by one of them is left out.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/internal.h"

/* The widest of a block's rules, while building: no one holds another. */
struct wide {
	uint16_t first, last;
	uint32_t rule;
};

/* What building needs beside each block. */
struct draft {
	struct wide *wide; /* first and last both ascend */
	uint32_t nwide, wide_room;
	uint32_t *rules; /* ascending */
	uint32_t nrules, rules_room;
};

struct builder {
	const struct map_table *table;
	struct index *index;
	struct draft *drafts; /* one a block */
};

/* Port 0 belongs to "*" alone. */
static uint16_t first_port(const struct rule *rule)
{
	return rule->all_ports ? 0 : rule->first;
}

/* How many entries of wide begin at or before port. */
static uint32_t wide_before(const struct draft *draft, uint32_t port)
{
	uint32_t low = 0, high = draft->nwide;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (draft->wide[middle].first <= port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The entry that holds all of a rule's ports, or NO_RULE. */
static uint32_t wide_cover(const struct draft *draft, const struct rule *rule)
{
	uint32_t n = wide_before(draft, first_port(rule));

	if (n == 0 || draft->wide[n - 1].last < rule->last)
		return NO_RULE;
	return draft->wide[n - 1].rule;
}

/* An earlier rule at one level that covers this one, or NO_RULE. */
static uint32_t level_cover(const struct builder *b, const struct level *level,
			    const struct host *host, const struct rule *rule)
{
	struct host at = host_at(host, level);
	const struct block *block = find_block(b->index, &at);
	uint32_t found = NO_RULE;

	if (is_single(rule)) {
		const struct single *slot = find_single(
			b->table, &b->index->singles, &at, rule->first);

		found = slot ? slot->rule - 1 : NO_RULE;
	}
	if (found == NO_RULE && block)
		found = wide_cover(&b->drafts[block - b->index->blocks], rule);
	return found;
}

static uint32_t host_cover(const struct builder *b, const struct host *host,
			   const struct rule *rule)
{
	const struct levels *levels = &b->index->levels[host->kind];
	uint32_t found = NO_RULE;

	for (uint32_t i = 0; i < levels->count && found == NO_RULE; i++)
		if (levels->list[i].bits <= host->bits)
			found = level_cover(b, &levels->list[i], host, rule);
	return found;
}

/* An earlier rule that covers this one, or NO_RULE. */
static uint32_t find_cover(const struct builder *b, const struct rule *rule)
{
	struct host host = rule->host;
	uint32_t found = host_cover(b, &host, rule);

	while (found == NO_RULE && host.kind == HOST_NAME) {
		host.lo = b->table->names[host.lo - 1].parent;
		if (host.lo == 0)
			break;
		found = host_cover(b, &host, rule);
	}
	return found;
}

static int add_wide(struct draft *draft, const struct wide *wide)
{
	struct wide *list = grow(draft->wide, draft->nwide, &draft->wide_room,
				 sizeof(*list));
	uint32_t from, to;

	if (!list)
		return -ENOMEM;
	draft->wide = list;
	from = wide->first ? wide_before(draft, wide->first - 1) : 0;
	to = from;
	while (to < draft->nwide && draft->wide[to].last <= wide->last)
		to++;
	memmove(&draft->wide[from + 1], &draft->wide[to],
		(draft->nwide - to) * sizeof(*wide));
	draft->wide[from] = *wide;
	draft->nwide += 1 - (to - from);
	return 0;
}

static uint32_t block_for(struct builder *b, const struct rule *rule)
{
	struct index *index = b->index;
	struct block *block = find_block(index, &rule->host);

	if (block)
		return block - index->blocks;
	hash_add(&index->by_host, host_hash(&rule->host), index->nblocks);
	index->blocks[index->nblocks].host = rule->host;
	return index->nblocks++;
}

static int add_to_block(struct builder *b, uint32_t i, const struct rule *rule)
{
	struct wide wide = {first_port(rule), rule->last, i};
	struct draft *draft = &b->drafts[block_for(b, rule)];
	uint32_t *list = grow(draft->rules, draft->nrules, &draft->rules_room,
			      sizeof(*list));

	if (!list)
		return -ENOMEM;
	draft->rules = list;
	draft->rules[draft->nrules++] = i;
	return add_wide(draft, &wide);
}

static struct level *level_for(struct levels *levels, const struct rule *rule,
			       uint32_t i)
{
	struct level *level = levels->list;

	while (level < levels->list + levels->count &&
	       (level->kind != rule->host.kind ||
		level->bits != rule->host.bits))
		level++;
	if (level == levels->list + levels->count) {
		struct host all = rule->host;

		all.hi = all.lo = UINT64_MAX;
		host_mask(&all);
		levels->count++;
		*level = (struct level){
			.hi = all.hi,
			.lo = all.lo,
			.lowest = i,
			.kind = rule->host.kind,
			.bits = rule->host.bits,
		};
	}
	return level;
}

/* "*" is asked for every kind of address. */
static void add_level(struct index *index, const struct rule *rule, uint32_t i)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		struct level *level;

		if (rule->host.kind != HOST_ANY && rule->host.kind != kind)
			continue;
		level = level_for(&index->levels[kind], rule, i);
		if (is_single(rule))
			level->singles = true;
		else
			level->blocks = true;
	}
}

/* By words: a table may have thousands of rules for every port. */
static void add_to_set(uint64_t *set, uint32_t first, uint32_t last)
{
	for (uint32_t i = first / 64; i <= last / 64; i++) {
		uint64_t bits = UINT64_MAX;

		if (i == first / 64)
			bits &= UINT64_MAX << first % 64;
		if (i == last / 64)
			bits &= UINT64_MAX >> (63 - last % 64);
		set[i] |= bits;
	}
}

static void add_nets(struct index *index, const struct host *host)
{
	uint32_t first = host->lo >> 16, last = first;

	if (host->kind == HOST_ANY)
		last = UINT16_MAX;
	else if (host->kind != HOST_V4)
		return;
	else if (host->bits < 16)
		last |= UINT16_MAX >> host->bits;
	add_to_set(index->nets, first, last);
}

static int add_rule(struct builder *b, uint32_t i, const struct rule *rule)
{
	add_to_set(b->index->ports, first_port(rule), rule->last);
	add_nets(b->index, &rule->host);
	add_level(b->index, rule, i);
	if (!is_single(rule)) {
		add_to_set(b->index->spans,
			   span_of(&rule->host, first_port(rule)),
			   span_of(&rule->host, rule->last));
		return add_to_block(b, i, rule);
	}
	singles_add(&b->index->singles, b->table, i);
	return 0;
}

/* ---- From a block's rules to its segments ---------------------------- */

static int compare_edges(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* All first ports, and the ports behind all last ones: sorted, each once. */
static uint32_t list_edges(const struct map_table *table,
			   const struct draft *draft, uint32_t *edges)
{
	uint32_t n = 0, kept = 0;

	for (uint32_t i = 0; i < draft->nrules; i++) {
		struct rule rule = rule_at(table, draft->rules[i]);

		edges[n++] = first_port(&rule);
		edges[n++] = rule.last + 1u;
	}
	qsort(edges, n, sizeof(*edges), compare_edges);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || edges[i] != edges[kept - 1])
			edges[kept++] = edges[i];
	return kept;
}

/* The first cell from i on that no rule has, with the path halved. */
static uint32_t free_cell(uint32_t *next, uint32_t i)
{
	while (next[i] != i) {
		next[i] = next[next[i]];
		i = next[i];
	}
	return i;
}

/*
 * Between two edges lies a cell. Each rule takes the cells of its range that
 * no earlier rule has taken; next[] skips the taken ones, so that every cell
 * is looked at about once.
 */
static void take_cells(const struct map_table *table, const struct draft *draft,
		       const uint32_t *edges, uint32_t n, uint32_t *next,
		       uint32_t *owner)
{
	for (uint32_t i = 0; i < n; i++) {
		next[i] = i;
		owner[i] = NO_RULE;
	}
	for (uint32_t i = 0; i < draft->nrules; i++) {
		struct rule rule = rule_at(table, draft->rules[i]);
		uint32_t key = first_port(&rule);
		const uint32_t *edge =
			bsearch(&key, edges, n, sizeof(*edges), compare_edges);
		uint32_t cell = free_cell(next, edge - edges);

		while (edges[cell] <= rule.last) {
			owner[cell] = draft->rules[i];
			next[cell] = cell + 1;
			cell = free_cell(next, cell + 1);
		}
	}
}

/* Room for n more segments. */
static int make_room(struct index *index, uint32_t n)
{
	while (index->segments_room - index->nsegments < n) {
		struct segment *more =
			grow(index->segments, index->segments_room,
			     &index->segments_room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		index->segments = more;
	}
	return 0;
}

static void join_cells(struct index *index, struct block *block,
		       const uint32_t *edges, uint32_t n, const uint32_t *owner)
{
	struct segment *first = index->segments + index->nsegments;
	struct segment *next = first;

	for (uint32_t i = 0; i + 1 < n; i++) {
		if (owner[i] == NO_RULE)
			continue;
		if (next > first && next[-1].rule == owner[i] &&
		    next[-1].last + 1u == edges[i])
			next[-1].last = edges[i + 1] - 1;
		else
			*next++ = (struct segment){edges[i], edges[i + 1] - 1,
						   owner[i]};
	}
	block->first = index->nsegments;
	block->count = next - first;
	index->nsegments += block->count;
}

static int fill_block(const struct builder *b, const struct draft *draft,
		      struct block *block)
{
	uint32_t room = 2 * draft->nrules, n;
	uint32_t *cells = malloc(3 * (size_t)room * sizeof(*cells));

	if (!cells || make_room(b->index, room) < 0) {
		free(cells);
		return -ENOMEM;
	}
	n = list_edges(b->table, draft, cells);
	take_cells(b->table, draft, cells, n, cells + room, cells + 2 * room);
	join_cells(b->index, block, cells, n, cells + 2 * room);
	free(cells);
	return 0;
}

static int fill_blocks(struct builder *b)
{
	int err = 0;

	for (uint32_t i = 0; i < b->index->nblocks && !err; i++)
		err = fill_block(b, &b->drafts[i], &b->index->blocks[i]);
	return err;
}

/* ---- All rules --------------------------------------------------------- */

static void count_rules(const struct map_table *table, uint8_t direction,
			uint32_t *singles, uint32_t *others)
{
	*singles = *others = 0;
	for (uint32_t i = 0; i < table->count; i++) {
		struct rule rule = rule_at(table, i);

		if (rule.directions & direction)
			++*(is_single(&rule) ? singles : others);
	}
}

static int init_levels(struct index *index)
{
	/* 129 prefix lengths and "*" */
	for (int i = 0; i < HOST_KINDS; i++) {
		index->levels[i].list = calloc(130, sizeof(struct level));
		if (!index->levels[i].list)
			return -ENOMEM;
	}
	return 0;
}

/* There are few, and room for all that there could be. */
static void trim_levels(struct index *index)
{
	for (int i = 0; i < HOST_KINDS; i++) {
		struct levels *levels = &index->levels[i];
		size_t size = (levels->count + 1) * sizeof(*levels->list);
		struct level *list = realloc(levels->list, size);

		levels->list = list ? list : levels->list;
	}
}

static int init_builder(struct builder *b, struct map_table *table, int which)
{
	uint32_t singles, others;

	b->table = table;
	b->index = &table->index[which];
	count_rules(table, which ? MAP_LISTEN : MAP_CONNECT, &singles, &others);
	b->drafts = calloc(others + 1, sizeof(*b->drafts));
	b->index->blocks = calloc(others + 1, sizeof(*b->index->blocks));
	b->index->ports = calloc(SET_WORDS, sizeof(*b->index->ports));
	b->index->nets = calloc(SET_WORDS, sizeof(*b->index->nets));
	b->index->spans = calloc(SET_WORDS, sizeof(*b->index->spans));
	if (!b->drafts || !b->index->blocks || !b->index->ports ||
	    !b->index->nets || !b->index->spans ||
	    singles_init(&b->index->singles, singles) < 0 ||
	    hash_init(&b->index->by_host, others, others) < 0)
		return -ENOMEM;
	return init_levels(b->index);
}

static void free_builder(struct builder *b)
{
	for (uint32_t i = 0; b->drafts && i < b->index->nblocks; i++) {
		free(b->drafts[i].wide);
		free(b->drafts[i].rules);
	}
	free(b->drafts);
}

/* Of the two rules that one "localhost" is. */
static bool is_half(const struct loader *l, uint32_t i, uint32_t other)
{
	return other < l->table->count &&
	       l->places[other].rule.at == l->places[i].rule.at;
}

/* What stands at one place never matches when none of it does. */
static void note_covered(struct loader *l, uint32_t i, uint32_t by)
{
	l->places[i].is_covered = true;
	if (is_half(l, i, i + 1))
		return;
	if (i == 0 || !is_half(l, i, i - 1) || l->places[i - 1].is_covered)
		warn_covered(l, i, by);
}

/* Adds a rule to the indexes of its directions. */
static int place_rule(struct loader *l, struct builder b[2], uint32_t i)
{
	struct rule rule = rule_at(l->table, i);
	uint32_t cover[2] = {NO_RULE, NO_RULE};
	int err = 0;

	for (int d = 0; d < 2 && !err; d++) {
		if (!(rule.directions & (d ? MAP_LISTEN : MAP_CONNECT)))
			continue;
		cover[d] = find_cover(&b[d], &rule);
		if (cover[d] == NO_RULE)
			err = add_rule(&b[d], i, &rule);
	}
	if (rule.directions == MAP_CONNECT)
		cover[1] = cover[0];
	else if (rule.directions == MAP_LISTEN)
		cover[0] = cover[1];
	if (!err && cover[0] != NO_RULE && cover[0] == cover[1])
		note_covered(l, i, cover[0]);
	return err;
}

int build_index(struct loader *l)
{
	struct builder b[2] = {{0}, {0}};
	int err = init_builder(&b[0], l->table, 0);

	if (!err)
		err = init_builder(&b[1], l->table, 1);
	for (uint32_t i = 0; i < l->table->count && !err; i++)
		err = place_rule(l, b, i);
	for (int d = 0; d < 2; d++) {
		if (!err)
			err = fill_blocks(&b[d]);
		if (!err)
			trim_levels(b[d].index);
		if (b[d].index)
			free_builder(&b[d]);
	}
	return err;
}

void free_index(struct index *index)
{
	for (int i = 0; i < HOST_KINDS; i++)
		free(index->levels[i].list);
	free(index->blocks);
	free(index->segments);
	free(index->ports);
	free(index->nets);
	free(index->spans);
	free(index->singles.lines);
	free(index->by_host.slots);
}
