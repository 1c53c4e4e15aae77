/* SPDX-License-Identifier: MIT */
/*
 * Reading a shell script: shell.c makes words of it, control.c follows its
 * loops and functions, as far as that can be done without running it.
 */
#ifndef TCP2VSOCK_LAUNCHER_IMPORT_SHELL_H
#define TCP2VSOCK_LAUNCHER_IMPORT_SHELL_H

#include "launcher/import/import.h"

enum block_kind { BLOCK_LOOP, BLOCK_BRANCH, BLOCK_BRACE };

/* What is open: a loop, an if or case, a brace. */
struct block {
	enum block_kind kind;
	char *name; /* a for loop's variable, or NULL */
	struct words values;
	size_t next;
	const char *body; /* of a loop */
	unsigned line;
};

enum { MAX_BLOCKS = 32, MAX_DEPTH = 16, MAX_STEPS = 10000 };

struct shell {
	struct import *im;
	const char *at;
	unsigned line, command_line;
	struct words words; /* of the command so far */
	struct text word;
	bool in_word, quoted;
	bool reads_file;	/* the next word is a redirection's */
	struct words documents; /* the ends of those that a line announced */
	bool perhaps;		/* behind && or || */
	struct block blocks[MAX_BLOCKS];
	size_t n_blocks;
	char *defining;	   /* the function whose body comes */
	unsigned skipping; /* open braces of a function's body */
};

/* A command has ended. */
void control_command(struct shell *sh);

/* Whether a command's first word is one of the language, and dealt with. */
bool control_word(struct shell *sh, const char *word);

/* The functions that nobody called: without their arguments. */
void control_finish(struct import *im);

#endif
