/* SPDX-License-Identifier: MIT */
/* What --doctor has found, and its two forms on paper. */
#ifndef TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_REPORT_H
#define TCP2VSOCK_LAUNCHER_DOCTOR_DOCTOR_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config/table.h"
#include "launcher/doctor/doctor_facts.h"

enum level {
	LEVEL_OK,
	LEVEL_NOTE,    /* something is missing that need not matter */
	LEVEL_PROBLEM, /* redirecting won't work, or that rule won't */
};

#define ABOUT_MACHINE SIZE_MAX

struct finding {
	enum level level;
	const char *topic; /* one word, the same in every version */
	size_t rule;	   /* ABOUT_MACHINE: it is about the machine */
	char *what;
	char *remedy; /* or NULL */
};

struct doctor_report {
	struct finding *list;
	size_t count, room;
	bool failed; /* out of memory: something is not in it */
};

/* Adds a finding; remedy comes with report_remedy(), for the last one. */
__attribute__((format(printf, 5, 6))) void
report_add(struct doctor_report *report, enum level level, const char *topic,
	   size_t rule, const char *format, ...);
__attribute__((format(printf, 2, 3))) void
report_remedy(struct doctor_report *report, const char *format, ...);

/* Makes one of the findings from `first` on: the worst, and what is as bad. */
void report_merge(struct doctor_report *report, size_t first);

/* How many findings are of that level. */
size_t report_count(const struct doctor_report *report, enum level level);
void report_free(struct doctor_report *report);

/* table: whose rules the findings are about, or NULL. */
void report_print(const struct doctor_report *report,
		  const struct map_table *table, FILE *to);
void report_print_json(const struct doctor_report *report,
		       const struct doctor_facts *facts,
		       const struct map_table *table, FILE *to);

const char *level_name(enum level level);

#endif
