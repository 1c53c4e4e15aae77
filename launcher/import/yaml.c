/* SPDX-License-Identifier: MIT */
/*
 * As much of YAML as compose files, Kubernetes pods and vsock-proxy's allowlist
 * are written in: keys, lists, texts of several lines. Indentation says what
 * belongs together.
 */
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

enum { FIRST_ALLOWED = 8000 }; /* the vsock port of vsock-proxy's manual */

struct yaml {
	struct import *im;
	const char *at;
	unsigned line;
	size_t indent; /* of the line's key or item */
	bool is_item;
	struct container container;
	size_t container_indent;
	struct words *list; /* that items go to, or NULL */
	size_t list_indent;
	const char *address; /* of an allowlist's entry */
};

static size_t indent_of(const char *s)
{
	return strspn(s, " ");
}

/* The line without its comment; at goes to the next one. */
static char *next_yaml_line(struct yaml *y)
{
	size_t n = strcspn(y->at, "\n");
	char *line = words_copy(y->at, n);
	char *comment = strstr(line, " #");

	y->at += n + (y->at[n] == '\n');
	y->line++;
	if (comment)
		*comment = '\0';
	n = strlen(line);
	while (n > 0 && strchr(" \r\t", line[n - 1]))
		line[--n] = '\0';
	return line;
}

/* "|" and ">": the lines that stand further in. */
static char *read_block(struct yaml *y, bool folded)
{
	struct text text = {NULL, 0};

	while (*y->at) {
		size_t n = strcspn(y->at, "\n"), indent = indent_of(y->at);

		if (indent < n && indent <= y->indent)
			break;
		text_add(&text, y->at + (indent < n ? indent : n),
			 n - (indent < n ? indent : n));
		text_add(&text, folded ? " " : "\n", 1);
		y->at += n + (y->at[n] == '\n');
		y->line++;
	}
	return text_take(&text);
}

/* A list or a map in brackets may go on in the lines below. */
static char *read_brackets(struct yaml *y, char *value)
{
	while (*y->at && import_span(value) == 1)
		value = words_format("%s %s", value, next_yaml_line(y));
	return value;
}

static char *read_value(struct yaml *y, char *value)
{
	size_t n = strlen(value);

	if (*value == '|' || *value == '>')
		return read_block(y, *value == '>');
	if (*value == '[' || *value == '{')
		return read_brackets(y, value);
	if (n > 1 && strchr("'\"", *value) && import_span(value) == n)
		return words_copy(value + 1, n - 2);
	return value;
}

/* compose takes $$ for a $ that is the shell's to see. */
static char *without_doubles(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++)
		if (from[0] != '$' || from[1] != '$')
			*to++ = *from;
	*to = '\0';
	return text;
}

static void flush(struct yaml *y)
{
	struct container *c = &y->container;

	import_container(y->im, c);
	y->list = NULL;
}

/* A list in brackets, a list of the lines below, or one text. */
static void read_command(struct yaml *y, struct words *to, char *value)
{
	bool is_list = *value == '[';

	*to = (struct words){NULL, 0};
	y->container.line = y->line;
	y->list = *value ? NULL : to;
	y->list_indent = y->indent;
	value = without_doubles(read_value(y, value));
	if (is_list)
		import_read_list(y->im, value, to);
	else if (*value)
		words_add_all(to, import_split(y->im, value));
}

/* Each needs a vsock-proxy of its own, at a port that the file doesn't tell. */
static void allow(struct yaml *y, const char *port)
{
	unsigned vport = FIRST_ALLOWED + y->im->n_allowed++;
	char *words[] = {words_format("%s:%s", y->address, port), NULL};

	y->im->line = y->line;
	import_remark(y->im, "On the parent: vsock-proxy %u %s %s", vport,
		      y->address, port);
	if (import_connect(y->im, y->address, port, "3",
			   words_format("%u", vport)))
		import_refused(y->im, words);
	y->address = NULL;
}

static void take_key(struct yaml *y, const char *key, char *value)
{
	struct container *c = &y->container;

	if (y->is_item || y->indent < y->container_indent)
		flush(y);
	y->container_indent = y->indent;
	y->list = NULL;
	if (strcmp(key, "image") == 0)
		c->image = read_value(y, value);
	else if (strcmp(key, "entrypoint") == 0)
		read_command(y, &c->entrypoint, value);
	else if (strcmp(key, "args") == 0)
		read_command(y, &c->command, value);
	else if (strcmp(key, "address") == 0)
		y->address = read_value(y, value);
	else if (strcmp(key, "port") == 0 && y->address)
		allow(y, read_value(y, value));
	else if (strcmp(key, "command") == 0)
		read_command(y, &c->command, value);
	else
		read_value(y, value);
}

/* "key: value"; the value, or NULL. */
static char *cut_key(char *text)
{
	char *colon = strstr(text, ":");

	if (!colon || (colon[1] && colon[1] != ' ') ||
	    strcspn(text, " '\"[{") < (size_t)(colon - text))
		return NULL;
	*colon = '\0';
	return colon + 1 + strspn(colon + 1, " ");
}

/* {address: a, port: 1} */
static void take_map(struct yaml *y, char *text)
{
	char *inside = words_copy(text + 1, strcspn(text + 1, "}")), *part;

	while ((part = strsep(&inside, ","))) {
		char *key = part + indent_of(part), *value = cut_key(key);

		y->is_item = false;
		if (value) {
			value[strcspn(value, " ")] = '\0';
			take_key(y, key, value);
		}
	}
}

static void take_yaml_line(struct yaml *y, char *line)
{
	char *value;

	y->indent = indent_of(line);
	line += y->indent;
	y->is_item = *line == '-' && (line[1] == ' ' || !line[1]);
	if (y->is_item && y->list && y->indent >= y->list_indent) {
		line += 1 + indent_of(line + 1);
		words_add(y->list, without_doubles(read_value(y, line)));
		return;
	}
	if (y->is_item) {
		size_t n = 1 + indent_of(line + 1);

		y->indent += n;
		line += n;
	}
	value = *line == '{' ? NULL : cut_key(line);
	if (value)
		take_key(y, line, value);
	else if (*line == '{')
		take_map(y, read_value(y, line));
}

void import_yaml(struct import *im, const char *text, unsigned line)
{
	struct yaml y = {.im = im, .at = text, .line = line - 1};

	while (*y.at) {
		char *next = next_yaml_line(&y);

		if (next[indent_of(next)] && next[indent_of(next)] != '#')
			take_yaml_line(&y, next);
	}
	flush(&y);
}
