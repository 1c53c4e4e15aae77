/* SPDX-License-Identifier: MIT */
/* Which kind of file a text is: what its first lines look like decides. */
#include <ctype.h>
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

/* [Unit], [program:x] */
static bool is_section(const char *line)
{
	size_t n = strlen(line);

	return n > 2 && line[0] == '[' && line[n - 1] == ']' &&
	       isalpha((unsigned char)line[1]);
}

static bool is_proxy_list(const char *line)
{
	return strcmp(line, "[ProxyList]") == 0;
}

static bool is_table(const char *line)
{
	return strcmp(line, "*nat") == 0 || strcmp(line, "*filter") == 0;
}

static bool is_from(const char *line)
{
	return starts_with(line, "FROM ");
}

/*
 * "services:", "version: '3'", "- {address: a", "---". A command that is all
 * there may also be a line among others: frame.c.
 */
static bool is_yaml(const char *line)
{
	const char *key = line + 2 * starts_with(line, "- ");
	size_t n = import_name_length(key);

	n += strspn(key + n, "-");
	n += import_name_length(key + n);
	if (starts_with(key, "command: ") || starts_with(key, "entrypoint: "))
		return false;
	return strcmp(line, "---") == 0 || starts_with(line, "- {") ||
	       (n > 0 && key[n] == ':' &&
		(key[n + 1] == '\0' || key[n + 1] == ' '));
}

static const struct kind {
	bool (*is)(const char *line);
	bool anywhere; /* else only the first line that says anything counts */
	void (*read)(struct import *im, const char *text, unsigned line);
} kinds[] = {
	{is_proxy_list, true, import_proxychains},
	{is_table, true, import_iptables_save},
	{is_from, true, import_dockerfile},
	{is_section, false, import_ini},
	{is_yaml, false, import_yaml},
};

static bool fits(const struct kind *kind, const char *text)
{
	unsigned line = 1, lines = 0;
	const char *words;

	while ((words = import_next_line(&text, &line, &lines))) {
		if (!*words || *words == '#' || *words == ';')
			continue;
		if (kind->is(words))
			return true;
		if (!kind->anywhere)
			return false;
	}
	return false;
}

static const struct kind *find_kind(const char *text)
{
	if (starts_with(text, "#!"))
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (fits(&kinds[i], text))
			return &kinds[i];
	return NULL;
}

void import_text(struct import *im, const char *text, unsigned line)
{
	const struct kind *kind = find_kind(text);

	(kind ? kind->read : import_shell)(im, text, line);
}

void import_document(struct import *im, const char *text, unsigned line)
{
	if (starts_with(text, "#!") || find_kind(text))
		import_text(im, text, line);
}
