/* SPDX-License-Identifier: MIT */
/* Messages about the table, with the place that they are about. */
#include "config/loader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/rule_table.h"

#define QUOTE_MAX 80 /* bytes of a word that a message quotes */

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != 0x7f;
}

/* word with what can't be printed as \xNN, cut to QUOTE_MAX. */
static void escape(struct word w, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < w.len && i < QUOTE_MAX && n + 5 < size; i++) {
		unsigned char c = w.at[i] == '\t' ? ' ' : w.at[i];

		n += is_plain(c) ? (size_t)snprintf(buf + n, size - n, "%c", c)
				 : (size_t)snprintf(buf + n, size - n,
						    "\\x%02x", c);
	}
	snprintf(buf + n, size - n, "%s", w.len > QUOTE_MAX ? "..." : "");
}

/*
 * A copy of the line as a C string, with '?' for NUL bytes. A line with many
 * wrong rules is copied once.
 */
static const char *line_text(struct loader *l, struct word line)
{
	if (l->shown && l->shown_at == line.at)
		return l->shown;
	l->shown_at = line.at;
	free(l->shown);
	l->shown = malloc(line.len + 1);
	if (!l->shown)
		return NULL;
	memcpy(l->shown, line.at, line.len);
	l->shown[line.len] = '\0';
	for (size_t i = 0; i < line.len; i++)
		if (!l->shown[i])
			l->shown[i] = '?';
	return l->shown;
}

static void make_message(struct loader *l, struct map_message m,
			 struct word line, struct word at, const char *what)
{
	char quoted[4 * QUOTE_MAX + 8], text[sizeof(quoted) + 100];

	escape(at, quoted, sizeof(quoted));
	snprintf(text, sizeof(text), at.len ? "%s \"%s\"" : "%s", what, quoted);
	m.what = text;
	m.column = at.at - line.at + 1;
	m.width = at.len ? at.len : 1;
	m.text = line_text(l, line);
	if (!m.text) {
		m.text = "";
		m.column = m.width = 1;
	}
	if (l->report)
		l->report(&m, l->arg);
}

int fault(struct loader *l, struct word at, const char *what,
	  const char *remedy)
{
	struct map_message m = {
		.is_error = true,
		.source = l->source,
		.line = l->line_number,
		.remedy = remedy,
	};

	l->failed = true;
	make_message(l, m, l->line, at, what);
	return -EINVAL;
}

void caution(struct loader *l, const struct rule *rule,
	     const struct rule_place *place, struct word at, const char *what,
	     const char *remedy)
{
	struct map_message m = {
		.source = source_of(l->table, rule),
		.line = rule->line,
		.remedy = remedy,
	};

	make_message(l, m, place->line, at, what);
}

int rule_fault(struct loader *l, uint32_t i, const char *what,
	       const char *remedy)
{
	const struct rule *rule = &l->table->rules[i];

	l->source = source_of(l->table, rule);
	l->line_number = rule->line;
	l->line = l->places[i].line;
	return fault(l, l->places[i].rule, what, remedy);
}

static unsigned column_of(const struct rule_place *place)
{
	return place->rule.at - place->line.at + 1;
}

void warn_covered(struct loader *l, uint32_t i, uint32_t by, bool alone)
{
	const struct rule *cover = &l->table->rules[by];
	char remedy[300];

	snprintf(remedy, sizeof(remedy),
		 "the rule at %.200s:%u:%u%s: the first rule that matches wins",
		 source_of(l->table, cover), cover->line,
		 column_of(&l->places[by]),
		 alone ? " covers it" : " and others after it cover it");
	caution(l, &l->table->rules[i], &l->places[i], l->places[i].rule,
		"this rule never matches:", remedy);
}

int source_fault(struct loader *l, const char *what, const char *remedy)
{
	struct map_message m = {
		.is_error = true,
		.source = l->source,
		.column = 1,
		.width = 1,
		.what = what,
		.text = "",
		.remedy = remedy,
	};

	l->failed = true;
	if (l->report)
		l->report(&m, l->arg);
	return -EINVAL;
}
