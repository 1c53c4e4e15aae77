/* SPDX-License-Identifier: MIT */
/* ${NAME} in a file of rules -> the environment's value. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/read/read.h"

#define VARIABLE_MAX 128

/* The text so far. */
struct expansion {
	char *text;
	size_t size, room;
};

static int put_word(struct expansion *to, struct word w)
{
	size_t wanted = to->size + w.len + 1;

	if (!to->text || wanted > to->room) {
		char *text = realloc(to->text, 2 * wanted);

		if (!text)
			return -ENOMEM;
		to->text = text;
		to->room = 2 * wanted;
	}
	memcpy(to->text + to->size, w.at, w.len);
	to->size += w.len;
	return 0;
}

static bool is_variable(struct word name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] != '_' && !isalnum((unsigned char)name.at[i]))
			return false;
	return name.len > 0 && name.len < VARIABLE_MAX &&
	       !isdigit((unsigned char)name.at[0]);
}

static int value_fault(struct loader *l, struct word w, const char *name,
		       const char *value)
{
	char remedy[2 * VARIABLE_MAX + 80];

	if (value && *value) {
		return fault(l, w, "no part of a word is the value of",
			     "expected a value without blanks, \";\" and "
			     "\"#\"");
	}
	snprintf(remedy, sizeof(remedy),
		 "give it one where tcp2vsock is started: %s=VALUE tcp2vsock "
		 "..., or export %s",
		 name, name);
	return fault(l, w, value ? "empty is" : "the environment has no",
		     remedy);
}

/* w: from "${" to "}". */
static int put_variable(struct loader *l, struct expansion *to, struct word w)
{
	struct word name = {w.at + 2, w.len - 3};
	char variable[VARIABLE_MAX];
	const char *value;

	if (!is_variable(name))
		return fault(l, w, "bad name of a variable in",
			     "expected ${NAME} with letters, digits and \"_\"");
	memcpy(variable, name.at, name.len);
	variable[name.len] = '\0';
	value = secure_getenv(variable);
	/* An empty one would be another rule: vsock::80 is for any CID. */
	if (!value || !*value ||
	    !word_is_plain((struct word){value, strlen(value)}, ";#"))
		return value_fault(l, w, variable, value);
	return put_word(to, (struct word){value, strlen(value)});
}

static int put_line(struct loader *l, struct expansion *to)
{
	struct word line = l->line, rest = take_until(&line, '#');
	const char *at;
	int err = 0;

	while (!err && (at = memmem(rest.at, rest.len, "${", 2))) {
		struct word w = {at, rest.at + rest.len - at};
		const char *end = memchr(w.at, '}', w.len);

		if (!end)
			return fault(l, w, "no \"}\" in", "expected ${NAME}");
		w.len = end + 1 - at;
		err = put_word(to, word_before(rest, at));
		if (!err)
			err = put_variable(l, to, w);
		rest = word_after(rest, end);
	}
	return err ? err : put_word(to, rest);
}

/* A line that lacks a value is reported, and left out: others are still read. */
static int put_lines(struct loader *l, struct expansion *to, struct word rest)
{
	l->line_number = 0;
	while (rest.len) {
		size_t before = to->size;
		int err;

		l->line = take_until(&rest, '\n');
		l->line_number++;
		err = put_line(l, to);
		if (err == -EINVAL)
			to->size = before;
		if (err == -ENOMEM || put_word(to, (struct word){"\n", 1}) < 0)
			return -ENOMEM;
	}
	return 0;
}

int expand_variables(struct loader *l, char **text, size_t *size)
{
	struct expansion to = {0};
	int err = put_lines(l, &to, (struct word){*text, *size});

	if (err) {
		free(to.text);
		return err;
	}
	free(*text);
	*text = to.text;
	*size = to.size;
	return 0;
}
