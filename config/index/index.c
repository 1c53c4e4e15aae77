/* SPDX-License-Identifier: MIT */
/*
 * Fills the index, and warns of rules that never match. Rules are taken in
 * order, so whatever is in the index already comes before the rule at hand. A
 * rule that is covered by one of them is left out.
 */
#include "config/index/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/loader.h"
#include "config/rule_table.h"

/* ---- What covers a rule ---------------------------------------------- */

/* Which earlier rule has the first port of a rule of which it has all. */
struct cover {
	uint32_t rule; /* or NO_RULE */
	bool several;  /* others have the rest of it */
};

static const struct cover uncovered = {NO_RULE, false};

static struct cover block_cover(const struct host_block *block,
				const struct rule *rule)
{
	uint16_t next = first_port(rule);
	const struct run *run = block->runs + find_run(block, next);
	const struct run *end = block->runs + block->count;
	struct cover cover = {run < end ? run->rule : NO_RULE, false};

	for (; run < end && run->first <= next; run++) {
		cover.several |= run->rule != cover.rule;
		if (run->last >= rule->last)
			return cover;
		next = run->last + 1;
	}
	return uncovered;
}

/* By the rules of one level. */
static struct cover level_cover(const struct map_table *table,
				const struct index *index,
				const struct level *level,
				const struct rule *rule, struct host host)
{
	const struct host_block *block;
	struct cover cover = uncovered;

	host = host_at(&host, level);
	if (is_single(rule))
		cover.rule =
			find_single(table->rules, index, &host, rule->first);
	if (cover.rule != NO_RULE)
		return cover;
	block = find_block(index, &host);
	return block ? block_cover(block, rule) : uncovered;
}

static struct cover host_cover(const struct map_table *table,
			       const struct index *index,
			       const struct rule *rule, struct host host)
{
	const struct levels *levels = &index->levels[host.kind];
	struct cover cover = uncovered;

	for (uint32_t i = 0; i < levels->count && cover.rule == NO_RULE; i++)
		if (levels->list[i].mask.bits <= host.bits)
			cover = level_cover(table, index, &levels->list[i],
					    rule, host);
	return cover;
}

static struct cover find_cover(const struct map_table *table,
			       const struct index *index,
			       const struct rule *rule)
{
	struct host host = rule->host;
	struct cover cover = host_cover(table, index, rule, host);

	while (cover.rule == NO_RULE && host.kind == HOST_NAME) {
		host.lo = table->names[host.lo - 1].parent;
		if (host.lo == 0)
			break;
		cover = host_cover(table, index, rule, host);
	}
	return cover;
}

/* ---- Adding a rule --------------------------------------------------- */

static int insert_run(struct host_block *block, uint32_t at, struct run run)
{
	struct run *runs =
		grow(block->runs, block->count, &block->room, sizeof(*runs));

	if (!runs)
		return -ENOMEM;
	block->runs = runs;
	memmove(runs + at + 1, runs + at, (block->count - at) * sizeof(*runs));
	runs[at] = run;
	block->count++;
	return 0;
}

/* Gives the rule those of its ports that no earlier one has. */
static int add_runs(struct host_block *block, uint32_t i,
		    const struct rule *rule)
{
	uint32_t first = first_port(rule), last = rule->last;
	int err = 0;

	for (uint32_t at = find_run(block, first); first <= last && !err;
	     at++) {
		struct run taken = {UINT16_MAX, UINT16_MAX, 0}, mine;

		if (at < block->count)
			taken = block->runs[at];
		if (at < block->count && taken.first <= first) {
			first = taken.last + 1u;
			continue;
		}
		mine = (struct run){first, last, i};
		if (at < block->count && taken.first <= last)
			mine.last = taken.first - 1;
		first = mine.last + 1u;
		err = insert_run(block, at, mine);
	}
	return err;
}

static int add_block(struct index *index, const struct host *host)
{
	struct host_block *blocks = grow(index->blocks, index->nblocks,
					 &index->blocks_room, sizeof(*blocks));

	if (!blocks)
		return -ENOMEM;
	index->blocks = blocks;
	blocks[index->nblocks] = (struct host_block){.host = *host};
	return hash_add(&index->by_host, host_hash(host, 0), index->nblocks++);
}

static int add_to_block(struct index *index, uint32_t i,
			const struct rule *rule)
{
	struct host_block *block = find_block(index, &rule->host);

	if (!block) {
		if (add_block(index, &rule->host) < 0)
			return -ENOMEM;
		block = &index->blocks[index->nblocks - 1];
	}
	return add_runs(block, i, rule);
}

static struct level *find_level(const struct levels *levels,
				const struct host *host)
{
	for (uint32_t i = 0; i < levels->count; i++)
		if (levels->list[i].mask.kind == host->kind &&
		    levels->list[i].mask.bits == host->bits)
			return &levels->list[i];
	return NULL;
}

static struct level *add_level(struct levels *levels, const struct host *host,
			       uint32_t i)
{
	struct host mask = {UINT64_MAX, UINT64_MAX, host->kind, host->bits};
	struct level *list =
		grow(levels->list, levels->count, &levels->room, sizeof(*list));

	if (!list)
		return NULL;
	levels->list = list;
	host_mask(&mask);
	list[levels->count] = (struct level){.mask = mask, .lowest = i};
	return &list[levels->count++];
}

/* "*" is asked for every kind of address. */
static int add_levels(struct index *index, uint32_t i, const struct rule *rule)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		struct levels *levels = &index->levels[kind];
		struct level *level;

		if (rule->host.kind != kind &&
		    (rule->host.kind != HOST_ANY || kind == HOST_UNIX))
			continue;
		level = find_level(levels, &rule->host);
		if (!level)
			level = add_level(levels, &rule->host, i);
		if (!level)
			return -ENOMEM;
		if (is_single(rule))
			level->has_single = true;
		else
			level->has_block = true;
	}
	return 0;
}

/* By words: a table may have thousands of rules for every port. */
static void add_bits(uint64_t *set, uint32_t first, uint32_t last)
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

static void add_to_set(uint64_t *set, uint32_t first, uint32_t last)
{
	add_bits(set, first / SET_STEP, last / SET_STEP);
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

static int index_rule(struct index *index, uint32_t i, const struct rule *rule)
{
	add_to_set(index->ports, first_port(rule), rule->last);
	add_nets(index, &rule->host);
	if (add_levels(index, i, rule) < 0)
		return -ENOMEM;
	if (!is_single(rule))
		return add_to_block(index, i, rule);
	return hash_add(&index->by_port, host_hash(&rule->host, rule->first),
			i);
}

/* ---- All rules --------------------------------------------------------- */

/* Another rule may cover it in the other direction. */
static void note_cover(struct rule_place *place, struct cover cover)
{
	place->cover_is_one &= !cover.several && (place->cover == NO_RULE ||
						  place->cover == cover.rule);
	if (cover.rule < place->cover)
		place->cover = cover.rule;
}

/* Adds a rule to the indexes of its directions. */
static int place_rule(struct loader *l, uint32_t i)
{
	struct map_table *table = l->table;
	const struct rule *rule = &table->rules[i];
	struct rule_place *place = &l->places[i];
	int err = 0;

	place->is_covered = !rule->is_peer;
	place->cover = NO_RULE;
	place->cover_is_one = true;
	for (int d = 0; d < 2 && !err; d++) {
		struct index *index = &table->index[d];
		struct cover cover;

		if (!(rule->directions & (d ? MAP_LISTEN : MAP_CONNECT)))
			continue;
		cover = find_cover(table, index, rule);
		if (cover.rule == NO_RULE) {
			place->is_covered = false;
			err = index_rule(index, i, rule);
		} else {
			note_cover(place, cover);
		}
	}
	return err;
}

/* One text may have become several rules: it is of use when one of them is. */
static void warn_of_covered(struct loader *l)
{
	uint32_t next;

	for (uint32_t i = 0; i < l->table->count; i = next) {
		bool is_covered = l->places[i].is_covered;

		for (next = i + 1;
		     next < l->table->count &&
		     l->places[next].rule.at == l->places[i].rule.at;
		     next++)
			is_covered &= l->places[next].is_covered;
		if (is_covered)
			warn_covered(l, i, l->places[i].cover,
				     l->places[i].cover_is_one);
	}
}

int build_index(struct loader *l)
{
	for (uint32_t i = 0; i < l->table->count; i++)
		if (place_rule(l, i) < 0)
			return -ENOMEM;
	warn_of_covered(l);
	return 0;
}

void free_index(struct index *index)
{
	for (int i = 0; i < HOST_KINDS; i++)
		free(index->levels[i].list);
	for (uint32_t i = 0; i < index->nblocks; i++)
		free(index->blocks[i].runs);
	free(index->blocks);
	free(index->by_port.slots);
	free(index->by_host.slots);
}
