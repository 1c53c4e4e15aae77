/* SPDX-License-Identifier: MIT */
/* Text and lists of words, all in one chain that is freed at once. */
#include "launcher/import/words.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct piece {
	struct piece *next;
	max_align_t room[];
};

static struct piece *pieces;

void *words_room(size_t size)
{
	struct piece *piece = malloc(sizeof(*piece) + size);

	if (!piece)
		errx(125, "out of memory");
	piece->next = pieces;
	pieces = piece;
	return piece->room;
}

void words_release(void)
{
	while (pieces) {
		struct piece *next = pieces->next;

		free(pieces);
		pieces = next;
	}
}

/* n of `size` and one more fit; room is doubled where n + 1 is a power of 2. */
static void *more_room(void *old, size_t n, size_t size)
{
	void *room;

	if (n & (n + 1))
		return old;
	room = words_room(2 * (n + 2) * size);
	return n ? memcpy(room, old, n * size) : room;
}

void text_add(struct text *text, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text->s = more_room(text->s, text->n, 1);
		text->s[text->n++] = s[i];
		text->s[text->n] = '\0';
	}
}

void text_add_string(struct text *text, const char *s)
{
	text_add(text, s, strlen(s));
}

char *text_take(struct text *text)
{
	char *s = text->s ? text->s : words_copy_string("");

	*text = (struct text){NULL, 0};
	return s;
}

void words_add(struct words *words, char *word)
{
	words->v = more_room(words->v, words->n, sizeof(*words->v));
	words->v[words->n++] = word;
	words->v[words->n] = NULL;
}

void words_add_all(struct words *words, char *const *more)
{
	while (more && *more)
		words_add(words, *more++);
}

char *words_join(char *const *words)
{
	struct text text = {NULL, 0};

	for (; words && *words; words++) {
		if (text.n)
			text_add(&text, " ", 1);
		text_add_string(&text, *words);
	}
	return text_take(&text);
}

char *words_copy(const char *s, size_t n)
{
	char *copy = words_room(n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

char *words_copy_string(const char *s)
{
	return words_copy(s, strlen(s));
}

char *words_format_list(const char *format, va_list args)
{
	char *made, *copy;
	int n = vasprintf(&made, format, args);

	if (n < 0)
		errx(125, "out of memory");
	copy = words_copy(made, (size_t)n);
	free(made);
	return copy;
}

char *words_format(const char *format, ...)
{
	va_list args;
	char *made;

	va_start(args, format);
	made = words_format_list(format, args);
	va_end(args);
	return made;
}

const char *words_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

bool words_in(const char *list, const char *word)
{
	return strstr(list, words_format(" %s ", word));
}

/* Of a word that is one of these options: what stands behind it. */
static char *behind(char *word, const char *options)
{
	for (size_t n; *options; options += n + (options[n] == ' ')) {
		n = strcspn(options, " ");
		if (strncmp(word, options, n) != 0)
			continue;
		if (options[1] != '-' || !word[n])
			return word + n;
		if (word[n] == '=')
			return word + n + 1;
	}
	return NULL;
}

char *words_option(char **argv, const char *options)
{
	for (argv++; *argv; argv++) {
		char *value = behind(*argv, options);

		if (value)
			return *value ? value : argv[1];
	}
	return NULL;
}
