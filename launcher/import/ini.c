/* SPDX-License-Identifier: MIT */
/* supervisord's sections, systemd's units: NAME = VALUE, with continuations. */
#include <ctype.h>
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

/* %(ENV_NAME)s made a ${NAME}; %i is one that only systemd knows; %% is %. */
static char *expand_percent(const char *value)
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
		text_add_string(&to, piece);
		if (!*value)
			break;
	}
	return text_take(&to);
}

static void run(struct import *im, const char *value, unsigned line)
{
	value += strspn(value, "@-:+!|");
	import_shell(im, expand_percent(value), line);
}

static void listen_at(struct import *im, const char *value, unsigned line)
{
	im->line = line;
	if (starts_with(value, "vsock:"))
		words_add(&im->listening, words_copy_string(value));
}

/* Environment=A=b "C=d e"; supervisord has commas between them. */
static void set_environment(struct import *im, const char *value, unsigned line)
{
	char *text = words_copy_string(value);
	char **words;

	(void)line;
	for (char *c = text; *c; c++)
		if (*c == ',')
			*c = ' ';
	for (words = import_split(im, text); words && *words; words++)
		import_assign(im, *words, true);
}

static const struct {
	const char *name; /* ends in '*': begins so */
	void (*take)(struct import *im, const char *value, unsigned line);
} settings[] = {
	{"command", run},
	{"Exec*", run},
	{"ListenStream", listen_at},
	{"Environment", set_environment},
	{"environment", set_environment},
};

static bool is_named(const char *name, const char *pattern)
{
	size_t n = strlen(pattern) - 1;

	return pattern[n] == '*' ? strncmp(name, pattern, n) == 0
				 : strcmp(name, pattern) == 0;
}

static void take_setting(struct import *im, char *text, unsigned line)
{
	char *value = strchr(text, '=');
	size_t n;

	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	n = strcspn(text, " \t");
	text[n] = '\0';
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (is_named(text, settings[i].name))
			settings[i].take(im, value, line);
}

void import_ini(struct import *im, const char *text, unsigned line)
{
	struct text entry = {NULL, 0};
	unsigned lines = 0, first = line;
	const char *start = text;
	char *next;

	while ((next = import_next_line(&text, &line, &lines))) {
		bool continues = isblank((unsigned char)*start);

		start = text;
		if (*next == '#' || *next == ';' || !*next)
			continue;
		if (!continues) {
			take_setting(im, text_take(&entry), first);
			first = line;
		}
		text_add(&entry, " ", continues);
		text_add_string(&entry, next);
	}
	take_setting(im, text_take(&entry), first);
}
