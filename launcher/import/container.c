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

/* "socat" of "docker.io/alpine/socat:1.8" */
static char *image_name(const char *image)
{
	const char *base = words_base(image);

	return words_copy(base, strcspn(base, ":@"));
}

void import_container(struct import *im, struct container *container)
{
	struct words all = {NULL, 0};

	if (container->entrypoint.n == 0 && container->image &&
	    import_knows(image_name(container->image)))
		words_add(&all, image_name(container->image));
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
	words_add(to, words_copy("sh", 2));
	words_add(to, words_copy("-c", 2));
	words_add(to, words_copy(value, strlen(value)));
}

/* ENV NAME=value, ENV NAME value, ARG NAME=value: who starts it may change it
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
