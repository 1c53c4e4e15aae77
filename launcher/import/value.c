/* SPDX-License-Identifier: MIT */
/*
 * What is known of a script's variables. The environment's stay as they are,
 * written ${NAME}, for the table to put in; what the script itself sets is put
 * in here.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/import/import.h"
#include "launcher/import/span.h"

struct variable {
	struct variable *next;
	const char *name, *value, *origin;
};

static struct variable *find_variable(const struct import *im, const char *name)
{
	struct variable *v = im->variables;

	while (v && strcmp(v->name, name) != 0)
		v = v->next;
	return v;
}

void import_set(struct import *im, const char *name, const char *value,
		const char *origin)
{
	struct variable *v = find_variable(im, name);

	if (!v) {
		v = words_room(sizeof(*v));
		v->next = im->variables;
		v->name = name;
		im->variables = v;
	}
	v->value = value;
	v->origin = origin;
}

const char *import_get(const struct import *im, const char *name)
{
	const struct variable *v = find_variable(im, name);

	return v ? v->value : NULL;
}

const char *import_origin(const struct import *im, const char *name)
{
	const struct variable *v = find_variable(im, name);

	return v ? v->origin : NULL;
}

size_t import_name_length(const char *text)
{
	size_t n = 0;

	if (isdigit((unsigned char)*text))
		return 0;
	while (isalnum((unsigned char)text[n]) || text[n] == '_')
		n++;
	return n;
}

bool import_is_assignment(const char *word)
{
	size_t n = import_name_length(word);

	return n && word[n] == '=';
}

/* "$1" and "$@" are names as others are, but nobody's environment has them. */
static size_t parameter_length(const char *text)
{
	size_t n = import_name_length(text);

	if (n == 0 && (isdigit((unsigned char)*text) || *text == '@'))
		n = 1;
	return n;
}

static void add_unknown(struct import *im, struct text *to, const char *text,
			size_t n)
{
	im->unknown = words_copy(text, n);
	text_add_string(to, UNKNOWN_TEXT);
}

/* shortest and longest, from the front and from the back: man 1 sh. */
static char *cut(const char *value, const char *op, const char *pattern)
{
	bool longest = op[1] == op[0], front = *op == '#';
	size_t n = strlen(value);

	for (size_t i = 0; i <= n; i++) {
		size_t at = front != longest ? i : n - i;
		const char *part = front ? words_copy(value, at) : value + at;

		if (fnmatch(pattern, part, 0) == 0)
			return front ? words_copy(value + at, n - at)
				     : words_copy(value, at);
	}
	return words_copy(value, n);
}

/* ${NAME...}: what stands behind the name, or 0 if that can't be told. */
static bool add_with_operator(struct import *im, struct text *to,
			      const char *name, const char *op)
{
	const char *value = import_get(im, name);
	bool is_default;

	if (*op == '[' && strchr(op, ']'))
		op = strchr(op, ']') + 1;
	if (*op == ':' && !op[1])
		return false;
	is_default = strchr("-=", op[*op == ':']) != NULL;
	if (!value && (isdigit((unsigned char)*name) || *name == '@'))
		return false;
	if ((*op == '%' || *op == '#') && value && !strpbrk(value, "$\001")) {
		text_add_string(
			to, cut(value, op,
				import_expand(im, op + 1 + (op[1] == *op))));
		return true;
	}
	if (*op && is_default && (!value || !*value)) {
		op = import_expand(im, op + 1 + (*op == ':'));
		if (value) {
			text_add_string(to, op);
			return true;
		}
		if (!import_origin(im, name))
			import_set(im, name, NULL, op);
	} else if (*op && !is_default && op[*op == ':'] != '?') {
		return false;
	}
	text_add_string(to, value ? value : words_format("${%s}", name));
	return true;
}

/* A number, or a variable that is one. */
static bool value_number(const struct import *im, const char *word,
			 long *number)
{
	const char *value;
	char *end;

	word += *word == '$';
	value = import_name_length(word) ? import_get(im, word) : word;
	if (!value || !*value)
		return false;
	*number = strtol(value, &end, 10);
	return !*end;
}

/* $((A + B)), and that is all of arithmetic that scripts count ports with. */
static bool add_sum(const struct import *im, struct text *to, const char *text)
{
	char a[32], b[32], op;
	long left, right;
	int end = 0;

	if (sscanf(text, "$((%31[$a-zA-Z0-9_] %c %31[$a-zA-Z0-9_] ))%n", a, &op,
		   b, &end) != 3 ||
	    !end || !value_number(im, a, &left) || !value_number(im, b, &right))
		return false;
	if (op != '+' && op != '-')
		return false;
	text_add_string(to, words_format("%ld", op == '+' ? left + right
							  : left - right));
	return true;
}

/* How much of the text at "$" or "`" it was. */
static size_t expand_one(struct import *im, const char *text, struct text *to)
{
	bool braces = text[1] == '{' && import_span(text + 1) > 1;
	size_t n = parameter_length(text + 1 + braces), all;
	const char *op = "";

	if (*text == '`' || text[1] == '(') {
		all = *text == '`' ? import_span(text)
				   : 1 + import_span(text + 1);
		if (!add_sum(im, to, text))
			add_unknown(im, to, text, all);
		return all;
	}
	all = braces ? 1 + import_span(text + 1) : 1 + n;
	if (braces)
		op = words_copy(text + 2 + n, all - 3 - n);
	if (n &&
	    add_with_operator(im, to, words_copy(text + 1 + braces, n), op))
		return all;
	if (!n && !braces && (!text[1] || !strchr("#?*!-$", text[1]))) {
		text_add_string(to, "$");
		return 1;
	}
	all += !n && !braces;
	add_unknown(im, to, text, all);
	return all;
}

char *import_expand(struct import *im, const char *text)
{
	struct text to = {NULL, 0};

	while (*text) {
		size_t n = strcspn(text, "$`");

		text_add(&to, text, n);
		text += n;
		if (*text)
			text += expand_one(im, text, &to);
	}
	return text_take(&to);
}
