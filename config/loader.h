/* SPDX-License-Identifier: MIT */
/*
 * What is known while a table is loaded: what is being read, and how to
 * complain about it.
 *
 * Errors are reported where they are found (fault()), and -EINVAL only says
 * that this has been done. -ENOMEM is reported once, by map_load().
 */
#ifndef TCP2VSOCK_CONFIG_LOADER_H
#define TCP2VSOCK_CONFIG_LOADER_H

#include "config/rule.h"
#include "config/word.h"

/* Where a rule stands, for warnings about it. */
struct rule_place {
	struct word line;
	struct word rule;
	bool is_covered;   /* never matches, because of the rule cover */
	bool cover_is_one; /* and of no other */
	uint32_t cover;
};

struct loader {
	struct map_table *table;
	struct rule_place *places; /* one a rule */
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
	     const struct rule_place *place, struct word at, const char *what,
	     const char *remedy);

/* Rule i never matches, because of an earlier one, alone or not. */
void warn_covered(struct loader *l, uint32_t i, uint32_t by, bool alone);

/* An error of a whole source. Returns -EINVAL. */
int source_fault(struct loader *l, const char *what, const char *remedy);

#endif
