/* SPDX-License-Identifier: MIT */
/* From sources to a table, in order: their lines, and the rules in those. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config/read/read.h"
#include "config/rule_table.h"

/* ---- Lines and rules ----------------------------------------------------- */

static int read_line(struct loader *l)
{
	struct word rest = l->line;

	rest = take_until(&rest, '#');
	while (rest.len) {
		struct word rule = trim(take_until(&rest, ';'));

		if (rule.len && read_rule(l, rule) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

/* 0 or -ENOMEM: wrong rules are only reported. */
static int read_rules(struct loader *l, const char *text, size_t size)
{
	struct word rest = {text, size};

	word_skip(&rest, BOM);
	l->line_number = 0;
	while (rest.len) {
		l->line = take_until(&rest, '\n');
		l->line_number++;
		if (l->line.len && l->line.at[l->line.len - 1] == '\r')
			l->line.len--;
		if (read_line(l) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* ---- Sources ------------------------------------------------------------- */

/* A file's text into *mine; what becomes of its ${NAME} is kept, too. */
static int file_text(struct loader *l, struct source *kept, char **mine,
		     size_t *size)
{
	int err = read_source(l, mine, size);

	if (err || !memchr(*mine, '$', *size) || !memmem(*mine, *size, "${", 2))
		return err;
	err = expand_variables(l, mine, size);
	if (err)
		return err;
	kept->expanded = keep_string(l->table, *mine, *size);
	return kept->expanded ? 0 : -ENOMEM;
}

static int load_source(struct loader *l, const struct map_source *source,
		       char **mine)
{
	struct source *kept = &l->table->sources[l->table->nsources++];
	const char *text = source->text;
	size_t size = source->size;
	int err = 0;

	kept->name = keep_string(l->table, source->name, strlen(source->name));
	if (!kept->name)
		return -ENOMEM;
	l->source = source->name;
	if (!text) {
		err = file_text(l, kept, mine, &size);
		text = *mine;
	}
	return err ? err : read_rules(l, text, size);
}

/* Wrong sources are only reported: the next one is still read. */
static int load_sources(struct loader *l, const struct map_source *sources,
			size_t n, char **mine)
{
	l->table->sources = calloc(n + 1, sizeof(*l->table->sources));
	if (!l->table->sources)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (load_source(l, &sources[i], &mine[i]) == -ENOMEM)
			return -ENOMEM;
	return l->failed ? -EINVAL : 0;
}

/* Gives back the room that grow() has made beyond the last rule. */
static void trim_rules(struct map_table *table)
{
	size_t size = (table->count + 1) * sizeof(*table->rules);
	struct rule *rules = realloc(table->rules, size);

	if (rules)
		table->rules = rules;
}

static int link_rules(struct loader *l)
{
	int err = link_names(l);

	if (!err)
		err = build_index(l);
	if (!err)
		err = build_peers(l);
	trim_rules(l->table);
	return err;
}

static int load_table(struct loader *l, const struct map_source *sources,
		      size_t n)
{
	char **mine = calloc(n + 1, sizeof(*mine));
	int err = -ENOMEM;

	if (mine)
		err = load_sources(l, sources, n, mine);
	if (!err)
		err = link_rules(l);
	for (size_t i = 0; mine && i < n; i++)
		free(mine[i]);
	free(mine);
	return err;
}

static void no_memory(struct loader *l)
{
	l->source = "mapping table";
	source_fault(l, "out of memory", "give the program more, or map less");
}

struct map_table *map_load(const struct map_source *sources, size_t n,
			   map_report *report, void *arg)
{
	struct loader l = {
		.table = calloc(1, sizeof(struct map_table)),
		.report = report,
		.arg = arg,
	};
	int err = l.table ? load_table(&l, sources, n) : -ENOMEM;

	free(l.places);
	free(l.shown);
	if (err == -ENOMEM)
		no_memory(&l);
	if (!err)
		return l.table;
	map_free(l.table);
	return NULL;
}

int map_load_environment(struct map_table **table, map_report *report,
			 void *arg)
{
	const char *map = secure_getenv("TCP2VSOCK_MAP");
	const char *file = secure_getenv("TCP2VSOCK_CONFIG");
	struct map_source sources[2];
	size_t n = 0;

	*table = NULL;
	if (map && *map)
		sources[n++] =
			(struct map_source){"TCP2VSOCK_MAP", map, strlen(map)};
	if (file && *file)
		sources[n++] = (struct map_source){.name = file};
	if (n == 0)
		return 0;
	*table = map_load(sources, n, report, arg);
	return *table ? 0 : -1;
}

void map_free(struct map_table *table)
{
	if (!table)
		return;
	free_index(&table->index[0]);
	free_index(&table->index[1]);
	free_peers(table);
	free(table->by_name.slots);
	free(table->by_unix.slots);
	free(table->by_standin.slots);
	free(table->names);
	free(table->sources);
	free(table->strings);
	free(table->rules);
	free(table);
}

size_t map_count(const struct map_table *table)
{
	return table->count;
}
