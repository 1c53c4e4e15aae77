/* SPDX-License-Identifier: MIT */
/*
 * Fills the index, and warns of rules that never match. Rules are taken in
 * order, so whatever is in the index already comes before the rule at hand. A
 * rule that is covered by one of them is left out.
 */
#include "config/index/index.h"

#include <errno.h>
#include <stdlib.h>

#include "config/loader.h"
#include "config/rule_table.h"

/* ---- What covers a rule ---------------------------------------------- */

/* The earlier rule that covers a rule, or the first port of it. */
struct cover {
	uint32_t rule; /* or NO_RULE */
	bool several;  /* others have the rest of it */
};

/*
 * By several rules: from the first port on, the first rule that has the port,
 * then the first that has the one behind the last of its ports, and so on.
 */
static struct cover join_covers(const struct map_table *table,
				const struct index *index,
				const struct rule *rule, uint32_t parent)
{
	struct cover cover = {NO_RULE, true};

	for (uint32_t next = first_port(rule); next <= rule->last;) {
		uint32_t found =
			find_rule(table, index, rule->host, parent, next, next);

		if (found == NO_RULE)
			return (struct cover){NO_RULE, false};
		if (cover.rule == NO_RULE)
			cover.rule = found;
		next = table->rules[found].last + 1u;
	}
	return cover;
}

static struct cover find_cover(const struct map_table *table,
			       const struct index *index,
			       const struct rule *rule)
{
	struct cover cover = {NO_RULE, false};
	uint32_t parent = 0;

	if (rule->host.kind == HOST_NAME)
		parent = table->names[rule->host.lo - 1].parent;
	cover.rule = find_rule(table, index, rule->host, parent,
			       first_port(rule), rule->last);
	return cover.rule == NO_RULE ? join_covers(table, index, rule, parent)
				     : cover;
}

/* ---- Adding a rule --------------------------------------------------- */

static struct level *find_level(struct index *index, const struct host *host)
{
	struct level *level = index->levels;
	const struct level *end = level + index->nlevels;

	while (level < end && (level->mask.kind != host->kind ||
			       level->mask.bits != host->bits))
		level++;
	return level;
}

static void add_level(struct index *index, uint32_t i, const struct host *host,
		      bool has_one)
{
	struct level *level = find_level(index, host);

	if (level == index->levels + index->nlevels) {
		index->nlevels++;
		level->mask = (struct host){UINT64_MAX, UINT64_MAX, host->kind,
					    host->bits};
		host_mask(&level->mask);
		level->lowest = i;
	}
	level->has_one |= has_one;
	level->has_more |= !has_one;
}

/* By words: a table may have thousands of rules for every port. */
static void add_to_set(uint64_t *set, uint32_t first, uint32_t last)
{
	first /= SET_STEP;
	last /= SET_STEP;
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
	if (host->kind == HOST_ANY)
		add_to_set(index->nets, 0, UINT16_MAX);
	else if (host->kind == HOST_V4)
		add_to_set(index->nets, host->lo >> 16,
			   (host->lo | 0xffffffffull >> host->bits) >> 16);
}

static int index_rule(struct index *index, uint32_t i, const struct rule *rule)
{
	uint16_t first = first_port(rule);

	add_to_set(index->ports, first, rule->last);
	add_nets(index, &rule->host);
	add_level(index, i, &rule->host, first == rule->last);
	return hash_add(&index->by_host,
			hash_of_ports(&rule->host, first, rule->last), i);
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
	free(index->by_host.slots);
}
