/* SPDX-License-Identifier: MIT */
/* Rules as they are written down, remarks, and what was not translated. */
#include <err.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/table.h"
#include "launcher/import/import.h"

static void add_line(struct text *text, const char *start, const char *line)
{
	text_add_string(text, start);
	for (; *line; line++) {
		char c = *line == UNKNOWN ? '?' : *line == '\n' ? ' ' : *line;

		text_add(text, &c, 1);
	}
	text_add(text, "\n", 1);
}

void import_remark(struct import *im, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_line(&im->remark, "# ", words_format_list(format, args));
	va_end(args);
}

int import_refuse(struct import *im, const char *part, const char *why)
{
	im->reason = words_format("%s: %s", part, why);
	return -EINVAL;
}

void import_refused(struct import *im, char *const *words)
{
	const char *where = im->source;

	if (im->line)
		where = words_format("%s:%u", im->source, im->line);
	warnx("%s: not translated: %s", where, im->reason);
	add_line(&im->table, "# Not translated, ",
		 words_format("%s: %s", where, im->reason));
	add_line(&im->table, "#   ", words_join(words));
	text_take(&im->remark);
	im->n_refused++;
}

static void note_message(const struct map_message *message, void *arg)
{
	struct import *im = arg;

	if (message->is_error)
		im->reason =
			words_format("%s; %s", message->what, message->remedy);
}

/* What it will be is not known here: a whole host is a name, else a digit. */
static char *without_names(const char *rule)
{
	struct text text = {NULL, 0};
	const char *name, *end;

	for (; (name = strstr(rule, "${")); rule = end) {
		end = name + strcspn(name, "}");
		end += *end == '}';
		text_add(&text, rule, (size_t)(name - rule));
		text_add(&text, name[-1] == ' ' && *end == ':' ? "a" : "1", 1);
	}
	text_add_string(&text, rule);
	return text_take(&text);
}

/* Checks it as --check does. */
static int check_rule(struct import *im, const char *rule)
{
	const char *text = without_names(rule);
	struct map_source source = {"--import", text, strlen(text)};
	struct map_table *table = map_load(&source, 1, note_message, im);

	map_free(table);
	return table ? 0 : -EINVAL;
}

/* What the file says of the variables that stay in the rule, once each. */
static void explain_names(struct import *im, const char *rule)
{
	while ((rule = strstr(rule, "${"))) {
		char *name = words_copy(rule + 2, strcspn(rule + 2, "}"));
		const char *origin = import_origin(im, name);

		rule += 2;
		if (!origin)
			continue;
		add_line(&im->table, "# ",
			 words_format("Set ${%s}; the file has %s", name,
				      origin));
		import_set(im, name, NULL, NULL);
	}
}

/* Of two forwarders at one address the second could not listen, either. */
static bool is_taken(const struct import *im, const char *rule)
{
	char *left = words_format("\n%.*s=", (int)strcspn(rule, "="), rule);

	return im->table.s && strstr(im->table.s, left);
}

static bool is_there(const struct import *im, const char *line)
{
	const char *at = im->table.s ? strstr(im->table.s, line) : NULL;

	return at && (at == im->table.s || at[-1] == '\n');
}

int import_rule(struct import *im, const char *format, ...)
{
	char *rule, *remark = text_take(&im->remark);
	va_list args;

	va_start(args, format);
	rule = words_format_list(format, args);
	va_end(args);
	if (strchr(rule, UNKNOWN))
		return import_refuse(im, im->unknown ? im->unknown : "$",
				     "only known when the script runs");
	if (check_rule(im, rule) < 0)
		return -EINVAL;
	im->n_rules++;
	if (is_there(im, words_format("%s\n", rule)))
		return 0;
	if (is_taken(im, rule))
		return import_refuse(im, rule, "an earlier rule has it");
	explain_names(im, rule);
	if (!im->last_remark || strcmp(remark, im->last_remark) != 0)
		text_add_string(&im->table, remark);
	im->last_remark = remark;
	add_line(&im->table, "", rule);
	return 0;
}
