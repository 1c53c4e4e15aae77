/* SPDX-License-Identifier: MIT */
/*
 * Dockerfiles; and what a container runs, which is its entrypoint with the
 * command behind it.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

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

void import_container(struct import *im, struct container *container)
{
	struct words all = {NULL, 0};

	if (container->entrypoint.n == 0 && container->image &&
	    import_knows(import_image(container->image)))
		words_add(&all, import_image(container->image));
	words_add_all(&all, container->entrypoint.v);
	words_add_all(&all, container->command.v);
	for (size_t i = 0; i < all.n; i++)
		all.v[i] = import_expand(im, all.v[i]);
	im->line = container->line;
	if (all.n)
		import_words(im, all.v);
	*container = (struct container){.image = NULL};
}

/* ["a", "b"]; or a text, which a shell gets. */
static void read_words(struct import *im, const char *value, struct words *to)
{
	*to = (struct words){NULL, 0};
	if (import_read_list(im, value, to))
		return;
	words_add(to, words_copy_string("sh"));
	words_add(to, words_copy_string("-c"));
	words_add(to, words_copy_string(value));
}

/*
 * ENV NAME=value, ENV NAME value, ARG NAME=value: defaults, which whoever
 * starts the container may change.
 */
static void set_default(struct import *im, const char *value)
{
	char **words = import_split(im, value);

	if (words && words[0] && !strchr(words[0], '='))
		words[0] = words_format("%s=%s", words[0],
					words[1] ? words[1] : "");
	for (; words && *words; words++)
		import_assign(im, *words, false);
}

static void take_instruction(struct import *im, struct container *container,
			     const char *name, const char *value)
{
	if (strcasecmp(name, "FROM") == 0) {
		import_container(im, container);
		container->image = words_copy(value, strcspn(value, " "));
	} else if (strcasecmp(name, "ENTRYPOINT") == 0) {
		read_words(im, value, &container->entrypoint);
	} else if (strcasecmp(name, "CMD") == 0) {
		read_words(im, value, &container->command);
	} else if (strcasecmp(name, "ENV") == 0 ||
		   strcasecmp(name, "ARG") == 0) {
		set_default(im, value);
	}
}

/* A comment between the lines of one instruction is none of its words. */
static char *without_comments(const char *text)
{
	struct text to = {NULL, 0};

	while (*text) {
		size_t n = strcspn(text, "\n");

		n += text[n] == '\n';
		if (text[strspn(text, " \t")] != '#')
			text_add(&to, text, n);
		else
			text_add(&to, "\\\n", 2);
		text += n;
	}
	return text_take(&to);
}

void import_dockerfile(struct import *im, const char *text, unsigned line)
{
	struct container container = {.image = NULL};
	unsigned lines = 0;
	char *next;

	text = without_comments(text);
	while ((next = import_next_line(&text, &line, &lines))) {
		size_t n = strcspn(next, " \t[");
		char *name = words_copy(next, n);

		if (strcasecmp(name, "CMD") == 0 ||
		    (strcasecmp(name, "ENTRYPOINT") == 0))
			container.line = line;
		take_instruction(im, &container, name,
				 next + n + strspn(next + n, " \t"));
	}
	import_container(im, &container);
}
