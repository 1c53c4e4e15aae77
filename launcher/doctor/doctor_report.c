/* SPDX-License-Identifier: MIT */
/* The list of findings, and its form for people. */
#include "launcher/doctor/doctor_report.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

static struct finding *make_room(struct doctor_report *report)
{
	size_t room = report->room ? 2 * report->room : 32;
	struct finding *list = report->list;

	if (report->count < report->room)
		return &list[report->count++];
	list = reallocarray(list, room, sizeof(*list));
	if (!list)
		return NULL;
	report->list = list;
	report->room = room;
	return &list[report->count++];
}

static char *format_text(const char *format, va_list args)
{
	char *text;

	return vasprintf(&text, format, args) < 0 ? NULL : text;
}

void report_add(struct doctor_report *report, enum level level,
		const char *topic, size_t rule, const char *format, ...)
{
	struct finding *finding = make_room(report);
	va_list args;

	if (!finding) {
		report->failed = true;
		return;
	}
	va_start(args, format);
	*finding = (struct finding){
		.level = level,
		.topic = topic,
		.rule = rule,
		.what = format_text(format, args),
	};
	va_end(args);
	if (!finding->what)
		report->failed = true;
}

void report_remedy(struct doctor_report *report, const char *format, ...)
{
	struct finding *last;
	va_list args;

	if (report->failed)
		return;
	last = &report->list[report->count - 1];
	va_start(args, format);
	last->remedy = format_text(format, args);
	va_end(args);
	if (!last->remedy)
		report->failed = true;
}

static void swap(struct finding *a, struct finding *b)
{
	struct finding c = *a;

	*a = *b;
	*b = c;
}

/* Both are as bad. */
static void join_texts(struct doctor_report *report, struct finding *to,
		       struct finding *other)
{
	char *both;

	if (asprintf(&both, "%s; %s", to->what, other->what) < 0) {
		report->failed = true;
		return;
	}
	free(to->what);
	to->what = both;
	if (!to->remedy) {
		to->remedy = other->remedy;
		other->remedy = NULL;
	}
}

void report_merge(struct doctor_report *report, size_t first)
{
	struct finding *to = &report->list[first];

	if (report->failed)
		return;
	while (report->count > first + 1) {
		struct finding *other = to + 1;

		if (other->level > to->level)
			swap(to, other);
		else if (other->level == to->level)
			join_texts(report, to, other);
		free(other->what);
		free(other->remedy);
		report->count--;
		memmove(other, other + 1,
			(report->count - first - 1) * sizeof(*other));
	}
}

size_t report_count(const struct doctor_report *report, enum level level)
{
	size_t n = 0;

	for (size_t i = 0; i < report->count; i++)
		n += report->list[i].level == level;
	return n;
}

void report_free(struct doctor_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		free(report->list[i].what);
		free(report->list[i].remedy);
	}
	free(report->list);
}

const char *level_name(enum level level)
{
	static const char *const names[] = {"ok", "note", "problem"};

	return names[level];
}

/* A screen is that wide; what is said stands in its right part. */
enum { WIDTH = 80, MARGIN = 20 };

/* Breaks at blanks. A word that is too long (a path) stays whole. */
static void print_text(const char *text, int margin, FILE *to)
{
	int column = margin;

	while (*text) {
		int n = (int)strcspn(text, " ");

		if (column > margin && column + 1 + n > WIDTH) {
			fprintf(to, "\n%*s", margin, "");
			column = margin;
		}
		column += fprintf(to, "%s%.*s", column > margin ? " " : "", n,
				  text);
		text += n + (text[n] == ' ');
	}
	putc('\n', to);
}

static void print_rule(const struct map_table *table, size_t i, FILE *to)
{
	char *text = map_rule_text(table, i);
	struct map_rule rule;

	map_get_rule(table, i, &rule);
	fprintf(to, "%s:%u: %s\n%*s", rule.source, rule.line, text ? text : "",
		MARGIN, "");
	free(text);
}

static void print_finding(const struct finding *finding,
			  const struct map_table *table, FILE *to)
{
	fprintf(to, "%-8s %-10s ", level_name(finding->level), finding->topic);
	if (finding->rule != ABOUT_MACHINE)
		print_rule(table, finding->rule, to);
	print_text(finding->what, MARGIN, to);
	if (!finding->remedy)
		return;
	fprintf(to, "%*s-> ", MARGIN, "");
	print_text(finding->remedy, MARGIN + 3, to);
}

void report_print(const struct doctor_report *report,
		  const struct map_table *table, FILE *to)
{
	size_t problems = report_count(report, LEVEL_PROBLEM);

	for (size_t i = 0; i < report->count; i++)
		print_finding(&report->list[i], table, to);
	if (problems == 0)
		fprintf(to, "\nNothing hinders tcp2vsock %s here.\n",
			PACKAGE_VERSION);
	else
		fprintf(to,
			"\n%zu problem%s above: tcp2vsock %s won't work "
			"as asked.\n",
			problems, problems == 1 ? "" : "s", PACKAGE_VERSION);
}
