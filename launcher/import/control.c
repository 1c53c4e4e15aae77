/* SPDX-License-Identifier: MIT */
/*
 * A script's loops, functions, conditions and assignments. A loop over words
 * that are there is gone through, a function is read where it is called; of
 * branches both are read, and what they set is not certain.
 */
#include <string.h>

#include "launcher/import/shell.h"

struct function {
	struct function *next;
	char *name;
	const char *body;
	unsigned line;
	bool called, running;
};

static struct block *top(struct shell *sh)
{
	return sh->n_blocks ? &sh->blocks[sh->n_blocks - 1] : NULL;
}

static struct block *open_block(struct shell *sh, enum block_kind kind)
{
	if (sh->n_blocks == MAX_BLOCKS)
		sh->n_blocks--;
	sh->blocks[sh->n_blocks] = (struct block){.kind = kind};
	sh->im->changing += kind == BLOCK_LOOP;
	return &sh->blocks[sh->n_blocks++];
}

static void close_block(struct shell *sh, enum block_kind kind)
{
	if (!top(sh) || top(sh)->kind != kind)
		return;
	sh->im->changing -= kind == BLOCK_LOOP;
	sh->n_blocks--;
}

/* ---- what is set ----------------------------------------------------- */

static void forget_value(struct import *im, const char *name)
{
	im->unknown = words_format("$%s", name);
	import_set(im, name, UNKNOWN_TEXT, NULL);
}

bool import_assign(struct import *im, const char *word, bool for_certain)
{
	size_t n = import_name_length(word);
	const char *name, *value = word + n + 1;

	if (!import_is_assignment(word))
		return false;
	name = words_copy(word, n);
	if (strchr(value, UNKNOWN) && im->changing)
		import_set(im, name, value, NULL);
	else if (strchr(value, UNKNOWN))
		import_set(im, name, NULL, im->unknown);
	else if (strcmp(value, words_format("${%s}", name)) == 0)
		return true;
	else if (for_certain)
		import_set(im, name, value, NULL);
	else
		import_set(im, name, NULL, value);
	return true;
}

static bool is_certain(const struct shell *sh)
{
	for (size_t i = 0; i < sh->n_blocks; i++)
		if (sh->blocks[i].kind == BLOCK_BRANCH)
			return false;
	return !sh->perhaps;
}

/* read NAME... */
static void read_names(struct shell *sh, char **argv)
{
	for (argv++; *argv; argv++)
		if (**argv != '-')
			forget_value(sh->im, *argv);
}

/* ---- loops ------------------------------------------------------------- */

static void next_value(struct shell *sh, struct block *loop)
{
	const char *value = loop->values.v[loop->next++];

	if (strpbrk(value, "$\001"))
		forget_value(sh->im, loop->name);
	else
		import_set(sh->im, loop->name, value, NULL);
}

/* for NAME in WORDS; without them it goes through the arguments. */
static void open_for(struct shell *sh, char **argv)
{
	struct block *loop = open_block(sh, BLOCK_LOOP);

	loop->name = argv[1];
	if (!argv[1])
		return;
	if (argv[2])
		words_add_all(&loop->values, argv + 3);
	if (loop->values.n)
		next_value(sh, loop);
	else
		forget_value(sh->im, loop->name);
}

static void end_loop(struct shell *sh)
{
	struct block *loop = top(sh);

	if (loop && loop->kind == BLOCK_LOOP && loop->body &&
	    loop->next < loop->values.n && sh->im->steps++ < MAX_STEPS) {
		next_value(sh, loop);
		sh->at = loop->body;
		sh->line = loop->line;
		return;
	}
	close_block(sh, BLOCK_LOOP);
}

static void start_body(struct shell *sh)
{
	struct block *loop = top(sh);

	if (!loop || loop->kind != BLOCK_LOOP)
		return;
	loop->body = sh->at;
	loop->line = sh->line;
}

/* ---- functions ------------------------------------------------------- */

static void open_brace(struct shell *sh)
{
	struct function *function;

	if (!sh->defining) {
		open_block(sh, BLOCK_BRACE);
		return;
	}
	function = words_room(sizeof(*function));
	*function = (struct function){.next = sh->im->functions,
				      .name = sh->defining,
				      .body = sh->at,
				      .line = sh->line};
	sh->im->functions = function;
	sh->defining = NULL;
	sh->skipping = 1;
}

static void close_brace(struct shell *sh)
{
	struct function *function = sh->im->functions;

	if (!sh->skipping) {
		close_block(sh, BLOCK_BRACE);
		return;
	}
	if (--sh->skipping)
		return;
	function->body = words_copy(function->body,
				    (size_t)(sh->at - function->body) - 1);
}

static void set_arguments(struct import *im, char **argv)
{
	for (unsigned i = 1; i < 10; i++) {
		if (argv && *argv)
			argv++;
		import_set(im, words_format("%u", i),
			   argv ? (*argv ? *argv : "") : NULL, NULL);
	}
}

static void shift_arguments(struct import *im)
{
	for (unsigned i = 1; i < 9; i++)
		import_set(im, words_format("%u", i),
			   import_get(im, words_format("%u", i + 1)), NULL);
}

static void run(struct import *im, struct function *function, char **argv)
{
	const char *saved[9];
	const char *all = import_get(im, "@");

	for (unsigned i = 0; i < 9; i++)
		saved[i] = import_get(im, words_format("%u", i + 1));
	set_arguments(im, argv);
	import_set(im, "@", argv ? words_join(argv + 1) : NULL, NULL);
	function->called = function->running = true;
	im->changing++;
	im->script(im, function->body, function->line);
	im->changing--;
	function->running = false;
	for (unsigned i = 0; i < 9; i++)
		import_set(im, words_format("%u", i + 1), saved[i], NULL);
	import_set(im, "@", all, NULL);
}

static bool call_function(struct import *im, char **argv)
{
	struct function *function = im->functions;

	while (function && strcmp(function->name, argv[0]) != 0)
		function = function->next;
	if (!function)
		return false;
	if (!function->running)
		run(im, function, argv);
	return true;
}

void control_finish(struct import *im)
{
	for (struct function *f = im->functions; f; f = f->next)
		if (!f->called)
			run(im, f, NULL);
}

/* ---- words and commands ------------------------------------------------ */

static void open_loop(struct shell *sh)
{
	open_block(sh, BLOCK_LOOP);
}

static void open_branch(struct shell *sh)
{
	open_block(sh, BLOCK_BRANCH);
}

static void close_branch(struct shell *sh)
{
	close_block(sh, BLOCK_BRANCH);
}

/* Its name is the next word. */
static void start_function(struct shell *sh)
{
	sh->defining = words_copy_string("");
}

static const struct {
	const char *word;
	void (*act)(struct shell *sh);
} language[] = {
	{"{", open_brace},     {"}", close_brace},
	{"while", open_loop},  {"until", open_loop},
	{"do", start_body},    {"done", end_loop},
	{"if", open_branch},   {"fi", close_branch},
	{"case", open_branch}, {"esac", close_branch},
	{"then", NULL},	       {"else", NULL},
	{"elif", NULL},	       {"!", NULL},
	{"time", NULL},	       {"function", start_function},
};

bool control_word(struct shell *sh, const char *word)
{
	for (size_t i = 0; i < sizeof(language) / sizeof(language[0]); i++) {
		if (strcmp(word, language[i].word) != 0)
			continue;
		if (sh->skipping && *word == '{')
			sh->skipping++;
		else if (language[i].act && (!sh->skipping || *word == '}'))
			language[i].act(sh);
		return true;
	}
	return false;
}

void control_command(struct shell *sh)
{
	char **argv = sh->words.v;

	/* NAME=VALUE in front of a command is for that command only. */
	while (*argv && import_is_assignment(*argv))
		argv++;
	sh->im->line = sh->command_line;
	if (!*argv) {
		for (argv = sh->words.v; *argv; argv++)
			import_assign(sh->im, *argv, is_certain(sh));
	} else if (words_in(" for select ", *argv)) {
		open_for(sh, argv);
	} else if (words_in(" export local readonly declare typeset ", *argv)) {
		for (argv++; *argv; argv++)
			import_assign(sh->im, *argv, is_certain(sh));
	} else if (strcmp(*argv, "shift") == 0) {
		shift_arguments(sh->im);
	} else if (strcmp(*argv, "read") == 0) {
		read_names(sh, argv);
	} else if (strcmp(*argv, "eval") == 0) {
		sh->im->script(sh->im, words_join(argv + 1), sh->im->line);
	} else if (!call_function(sh->im, argv)) {
		import_words(sh->im, argv);
	}
}
