/* SPDX-License-Identifier: MIT */
/*
 * What a program is about to run in its place. Where the library would not
 * reach that (it is static, Go's, of another C library or machine), the command
 * is run with it instead, and serves it by its other library or supervised, or
 * says why it can't: nothing goes over TCP because a child is of another kind.
 *
 * All of it is async-signal-safe and keeps its memory on the stack: it runs in
 * the children of vfork(2).
 */
#ifndef TCP2VSOCK_PRELOAD_CHILD_H
#define TCP2VSOCK_PRELOAD_CHILD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* In the constructor: where the command is (TCP2VSOCK_COMMAND). */
void child_init(void);

/*
 * Whether `path`, run with this environment, would have the library and not be
 * served by it. False, too: what can't be run, or read; what is to run without
 * the library, since it was taken from the environment; set-user-ID programs.
 */
bool child_is_out_of_reach(const char *path, char *const envp[]);

/*
 * As execvp(3) finds a file: its path in `path`. False: not found, or too long.
 */
bool child_find(const char *file, char path[PATH_MAX]);

/* How many words the command has before those of the program. */
#define CHILD_WORDS 5

/*
 * The command's words for the program `path` with these: argv's, with room for
 * CHILD_WORDS more and the NULL. Returns the command's path.
 */
const char *child_command(const char *path, char *const argv[], char **words);

/* The number of words, without the NULL. */
size_t child_count(char *const argv[]);

/* Says so, where the command itself can't be run. Returns -EACCES. */
int child_refuse(void);

#endif
