/* SPDX-License-Identifier: MIT */
/*
 * A shell script's words: quotes, continuations, comments, redirections and
 * here documents (POSIX, "Shell Command Language").
 */
#include "launcher/import/shell.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/import/span.h"

static void add_chars(struct shell *sh, const char *s, size_t n)
{
	text_add(&sh->word, s, n);
	sh->in_word = true;
}

static size_t newlines(const char *s, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += s[i] == '\n';
	return lines;
}

/* Takes n characters into the word, as they are. */
static void take_chars(struct shell *sh, size_t n)
{
	add_chars(sh, sh->at, n);
	sh->line += (unsigned)newlines(sh->at, n);
	sh->at += n;
}

/* {8000..8003} and $(seq 8000 8003) */
static bool add_range(struct shell *sh, const char *raw)
{
	const bool is_seq = starts_with(raw, "$(seq ");
	const char *between = is_seq ? " " : "..";
	unsigned long first, last;
	char *end;

	if (!is_seq && *raw != '{')
		return false;
	first = strtoul(raw + (is_seq ? strlen("$(seq ") : 1), &end, 10);
	if (!starts_with(end, between))
		return false;
	last = strtoul(end + strlen(between), &end, 10);
	if (strcmp(end, is_seq ? ")" : "}") != 0 || last - first > UINT16_MAX)
		return false;
	for (; first <= last; first++)
		words_add(&sh->words, words_format("%lu", first));
	return true;
}

/* A variable that stands alone is as many words as its value has. */
static void add_fields(struct shell *sh, const char *raw, bool quoted)
{
	char *word = import_expand(sh->im, raw);

	if (!quoted && add_range(sh, raw))
		return;
	if (!strchr(raw, '$') || (quoted && !strstr(raw, "@")) ||
	    (sh->words.n == 0 && import_is_assignment(raw))) {
		words_add(&sh->words, word);
		return;
	}
	for (char *part = strtok_r(word, " \t\n", &word); part;
	     part = strtok_r(NULL, " \t\n", &word))
		words_add(&sh->words, part);
}

static void end_word(struct shell *sh)
{
	bool quoted = sh->quoted;
	const char *raw;

	if (!sh->in_word)
		return;
	raw = text_take(&sh->word);
	sh->in_word = sh->quoted = false;
	if (sh->reads_file) {
		sh->reads_file = false;
		return;
	}
	if (sh->words.n == 0)
		sh->command_line = sh->line;
	if (sh->defining && !*sh->defining) {
		sh->defining = words_copy_string(raw);
		return;
	}
	if (sh->words.n == 0 && !quoted && control_word(sh, raw))
		return;
	if (sh->skipping)
		words_add(&sh->words, words_copy_string(raw));
	else
		add_fields(sh, raw, quoted);
}

static void end_command(struct shell *sh)
{
	end_word(sh);
	if (sh->words.n && !sh->skipping)
		control_command(sh);
	sh->words = (struct words){NULL, 0};
	sh->reads_file = false;
}

static void read_double_quotes(struct shell *sh, const char *end)
{
	while (sh->at < end) {
		if (*sh->at == '\\' && strchr("\"\\`\n", sh->at[1]))
			sh->at++;
		else if (*sh->at == '$' && strchr("({", sh->at[1])) {
			take_chars(sh, 1 + import_span(sh->at + 1));
			continue;
		}
		take_chars(sh, 1);
	}
}

/* One that nobody closes is a character as others are. */
static void read_quotes(struct shell *sh)
{
	const char *end = sh->at + import_span(sh->at) - 1;

	sh->in_word = sh->quoted = true;
	if (*sh->at++ == '"')
		read_double_quotes(sh, end);
	else if (sh->at < end)
		take_chars(sh, (size_t)(end - sh->at));
	sh->at += sh->at == end;
}

/* A document that is a file of its own is read as that. */
static void read_document(struct shell *sh, const char *end)
{
	struct text body = {NULL, 0};
	unsigned first = sh->line;
	char *text;

	while (*sh->at) {
		size_t n = strcspn(sh->at, "\n");
		const char *line = sh->at + strspn(sh->at, "\t");
		size_t length = n - (size_t)(line - sh->at);

		sh->line++;
		sh->at += n + (sh->at[n] == '\n');
		if (length == strlen(end) && strncmp(line, end, length) == 0)
			break;
		text_add(&body, line, length);
		text_add(&body, "\n", 1);
	}
	text = text_take(&body);
	if (!sh->skipping)
		sh->im->document(sh->im, text, first);
}

/* "<<" or "<<-" and the word behind it, which says where the text ends. */
static void announce_document(struct shell *sh)
{
	sh->at += sh->at[2] == '-' ? 3 : 2;
	sh->at += strspn(sh->at, " \t");
	while (*sh->at && !strchr(" \t\n;&|)>", *sh->at)) {
		if (!strchr("'\"\\", *sh->at))
			add_chars(sh, sh->at, 1);
		sh->at++;
	}
	words_add(&sh->documents, text_take(&sh->word));
	sh->in_word = false;
}

static void read_redirection(struct shell *sh)
{
	const char *number = sh->word.s;

	if (sh->word.n && strspn(number, "0123456789") == strlen(number)) {
		text_take(&sh->word);
		sh->in_word = false;
	}
	end_word(sh);
	if (starts_with(sh->at, "<<") && sh->at[2] != '<') {
		announce_document(sh);
	} else if (sh->at[1] == '(') {
		take_chars(sh, 1 + import_span(sh->at + 1));
		end_word(sh);
	} else {
		sh->at += strspn(sh->at, "&<>|");
		sh->reads_file = true;
	}
}

static void end_line(struct shell *sh)
{
	struct words documents = sh->documents;

	end_command(sh);
	sh->perhaps = false;
	sh->at++;
	sh->line++;
	sh->documents = (struct words){NULL, 0};
	for (size_t i = 0; i < documents.n; i++)
		read_document(sh, documents.v[i]);
}

/* NAME=(WORDS), NAME() of a function, or a subshell. */
static void read_parenthesis(struct shell *sh)
{
	size_t n = import_span(sh->at);

	if (sh->word.n && sh->word.s[sh->word.n - 1] == '=') {
		char *list = words_copy(sh->at + 1, n < 2 ? 0 : n - 2);
		char *joined = words_join(import_split(sh->im, list));

		sh->line += (unsigned)newlines(sh->at, n);
		sh->at += n;
		add_chars(sh, joined, strlen(joined));
		sh->quoted = true;
		return;
	}
	end_word(sh);
	if (sh->words.n == 1 && strspn(sh->at + 1, " \t") == n - 2) {
		sh->defining = sh->words.v[0];
		sh->words = (struct words){NULL, 0};
		sh->at += n;
		return;
	}
	end_command(sh);
	sh->at++;
}

static void read_operator(struct shell *sh)
{
	bool twice = sh->at[1] == *sh->at;

	end_command(sh);
	sh->perhaps = twice && *sh->at != ';';
	sh->at += 1 + twice;
}

/* A line of another kind of file, in the midst of a script. */
static bool read_frame(struct shell *sh)
{
	size_t n = import_line_length(sh->at);

	if (sh->skipping ||
	    !sh->im->frame(sh->im, words_copy(sh->at, n), sh->line))
		return false;
	sh->line += (unsigned)newlines(sh->at, n);
	sh->at += n;
	return true;
}

static void read_dollar(struct shell *sh)
{
	if (sh->at[1] == '\'' || sh->at[1] == '"')
		sh->at++;
	else if (sh->at[1] == '(' || sh->at[1] == '{')
		take_chars(sh, 1 + import_span(sh->at + 1));
	else
		take_chars(sh, 1);
}

/* A backslash and what it stands before. */
static void read_escape(struct shell *sh)
{
	bool continues = sh->at[1] == '\n';

	sh->at++;
	sh->line += continues;
	if (continues)
		sh->at++;
	else if (*sh->at)
		take_chars(sh, 1);
}

/* What means something by itself, wherever it stands; false: c does not. */
static bool read_special(struct shell *sh, char c)
{
	if (c == '\\')
		read_escape(sh);
	else if (c == '\'' || c == '"')
		read_quotes(sh);
	else if (c == '$')
		read_dollar(sh);
	else if (c == '`')
		take_chars(sh, import_span(sh->at));
	else if (c == '<' || c == '>' || (c == '&' && sh->at[1] == '>'))
		read_redirection(sh);
	else if (c == '(')
		read_parenthesis(sh);
	else if (strchr(";&|)", c))
		read_operator(sh);
	else
		return false;
	return true;
}

static void read_one(struct shell *sh)
{
	const char c = *sh->at;

	if (read_special(sh, c))
		return;
	if (c == '#' && !sh->in_word) {
		sh->at += strcspn(sh->at, "\n");
	} else if (c == '\n') {
		end_line(sh);
	} else if (isspace((unsigned char)c)) {
		end_word(sh);
		sh->at++;
	} else {
		take_chars(sh, 1);
	}
}

void import_shell(struct import *im, const char *text, unsigned line)
{
	struct shell sh = {.im = im, .at = text, .line = line};
	const unsigned changing = im->changing;
	bool at_start = true;

	if (im->depth == MAX_DEPTH || im->steps++ >= MAX_STEPS)
		return;
	im->depth++;
	while (*sh.at) {
		if (!at_start || sh.in_word || sh.words.n || !read_frame(&sh))
			read_one(&sh);
		at_start = sh.at > text && sh.at[-1] == '\n';
	}
	end_command(&sh);
	im->depth--;
	im->changing = changing;
}

char **import_split(struct import *im, const char *text)
{
	struct shell sh = {.im = im, .at = text};

	while (*sh.at) {
		if (strchr(";&|()<>\n", *sh.at)) {
			end_word(&sh);
			sh.at++;
		} else {
			read_one(&sh);
		}
	}
	end_word(&sh);
	return sh.words.v;
}
