/* SPDX-License-Identifier: MIT */
/*
 * A single line of another kind of file: crontab(5), inittab(5), a setting of
 * systemd or supervisord, an instruction of a Dockerfile, a key of YAML. What
 * is left is the command.
 */
#include <ctype.h>
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* What stands behind a word and one of the characters, or NULL. */
static const char *behind(const char *s, const char *word, char c)
{
	if (!starts_with(s, word))
		return NULL;
	s = skip_blanks(s + strlen(word));
	return *s == c ? skip_blanks(s + 1) : NULL;
}

/* One item of a list: in quotes, or up to the next comma. */
static char *read_item(const char **text)
{
	const char *at = *text;
	size_t n = strcspn(at, ",]");
	char *item, *to;

	if (*at != '"' && *at != '\'') {
		*text += n;
		while (n > 0 && isspace((unsigned char)at[n - 1]))
			n--;
		return words_copy(at, n);
	}
	n = import_span(at);
	*text += n;
	item = to = words_copy(at + 1, n < 2 ? 0 : n - 2);
	for (char *from = item; *from; from++) {
		from += *at == '"' && *from == '\\' && from[1];
		*to++ = *from;
	}
	*to = '\0';
	return item;
}

bool import_read_list(struct import *im, const char *text, struct words *to)
{
	(void)im;
	if (*text != '[' || !strchr(text, ']'))
		return false;
	text++;
	for (;;) {
		text += strspn(text, " \t\n,");
		if (!*text || *text == ']')
			return true;
		words_add(to, read_item(&text));
	}
}

char *import_expand_percent(const char *value)
{
	struct text to = {NULL, 0};

	for (; *value; value++) {
		const char *piece;

		if (*value != '%' || !value[1]) {
			text_add(&to, value, 1);
			continue;
		}
		value++;
		piece = words_format("$(%%%c)", *value);
		if (*value == '%')
			piece = "%";
		if (starts_with(value, "(ENV_")) {
			piece = words_format(
				"${%s}",
				words_copy(value + 5, strcspn(value + 5, ")")));
			value += strcspn(value, ")");
			value += *value == ')';
		}
		text_add(&to, piece, strlen(piece));
		if (!*value)
			break;
	}
	return text_take(&to);
}

/* Words for the shell again, each in quotes that keep its variables. */
static const char *quote(const struct words *words)
{
	struct text text = {NULL, 0};

	for (size_t i = 0; i < words->n; i++) {
		text_add(&text, " \"", 2);
		for (const char *c = words->v[i]; *c; c++) {
			if (strchr("\"\\`", *c))
				text_add(&text, "\\", 1);
			text_add(&text, c, 1);
		}
		text_add(&text, "\"", 1);
	}
	return text_take(&text);
}

/* A list, a text in quotes, or the words themselves. */
static const char *command_of(struct import *im, const char *value)
{
	struct words list = {NULL, 0};
	size_t n = strlen(value);

	if (import_read_list(im, value, &list))
		return quote(&list);
	if (n > 1 && strchr("'\"", *value) && import_span(value) == n)
		return words_copy(value + 1, n - 2);
	return value;
}

/* ExecStart=, with the marks that systemd.service(5) allows; command= */
static const char *setting(struct import *im, const char *line)
{
	const char *value = behind(line, "command", '=');
	size_t n = import_name_length(line);

	(void)im;
	if (starts_with(line, "Exec") && isupper((unsigned char)line[4]))
		value = behind(line, words_copy(line, n), '=');
	if (!value || strchr("'\"$", *value))
		return NULL;
	return import_expand_percent(value + strspn(value, "@-:+!|"));
}

static const char *instruction(struct import *im, const char *line)
{
	static const char *const names[] = {"CMD", "ENTRYPOINT", "RUN"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (starts_with(line, names[i]) && strchr(" \t[", line[n]) &&
		    line[n])
			return command_of(im, skip_blanks(line + n));
	}
	return NULL;
}

static const char *key(struct import *im, const char *line)
{
	static const char *const keys[] = {"command", "entrypoint", "args"};

	line = skip_blanks(line + (*line == '-'));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = behind(line, keys[i], ':');

		if (value && *value)
			return command_of(im, value);
	}
	return NULL;
}

/* -A OUTPUT ..., of iptables-save */
static const char *iptables(struct import *im, const char *line)
{
	(void)im;
	return starts_with(line, "-A ") ? words_format("iptables %s", line)
					: NULL;
}

/* id:runlevels:action:process */
static const char *inittab(struct import *im, const char *line)
{
	static const char actions[] = " respawn once wait boot bootwait "
				      "sysinit askfirst ondemand restart ";
	const char *levels = strchr(line, ':'), *action, *process;
	char *name;

	(void)im;
	if (!levels || strcspn(line, " \t\"'$") < (size_t)(levels - line))
		return NULL;
	action = strchr(levels + 1, ':');
	process = action ? strchr(action + 1, ':') : NULL;
	if (!process)
		return NULL;
	name = words_copy(action + 1, (size_t)(process - action) - 1);
	if (!strstr(actions, words_format(" %s ", name)))
		return NULL;
	return skip_blanks(process + 1 + strspn(process + 1, "+-"));
}

static const char *next_field(const char *s)
{
	return skip_blanks(s + strcspn(s, " \t"));
}

/* A system's crontab has a user's name in front of the command. */
static const char *without_user(const char *command)
{
	const char *rest = next_field(command);
	char *first = words_copy(command, strcspn(command, " \t"));
	char *second = words_copy(rest, strcspn(rest, " \t"));

	return !import_knows(first) && import_knows(second) ? rest : command;
}

static const char *crontab(struct import *im, const char *line)
{
	const char *at = line;
	int fields = 0;

	(void)im;
	if (*line == '@' && isalpha((unsigned char)line[1]))
		return without_user(next_field(line));
	for (; fields < 5; fields++) {
		size_t n = strcspn(at, " \t");

		if (n == 0 || strspn(at, "0123456789*/,-MTWFSadehinortu") < n ||
		    (fields < 3 && strspn(at, "0123456789*/,-") < n))
			return NULL;
		at = next_field(at);
	}
	return *at ? without_user(at) : NULL;
}

const char *import_frame(struct import *im, const char *line)
{
	static const char *(*const frames[])(struct import *, const char *) = {
		setting, instruction, key, iptables, inittab, crontab,
	};
	unsigned number = 0, lines = 0;
	const char *text = NULL;

	line = import_next_line(&line, &number, &lines);
	if (!line || *line == '#')
		return NULL;
	for (size_t i = 0; !text && i < sizeof(frames) / sizeof(frames[0]); i++)
		text = frames[i](im, line);
	return text;
}
