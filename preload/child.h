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

#include <stdbool.h>
#include <stddef.h>

/* In the constructor: where the command is (TCP2VSOCK_COMMAND). */
void child_init(void);

/*
 * Whether `path`, run with this environment, would have the library and not be
 * served by it. False, too: what can't be run; what is to run without the
 * library, since it or the rules were taken from the environment; set-user-ID
 * programs.
 */
bool child_is_out_of_reach(const char *path, char *const envp[]);

/*
 * Whether any program, run with this environment, would have the library: of one
 * that can't be looked at from here.
 */
bool child_has_library(char *const envp[]);

/*
 * As execvp(3) finds a file: its path in `path`, of child_room() bytes. False:
 * not found.
 */
size_t child_room(const char *file);
bool child_find(const char *file, char *path);

/* How many words the command has before those of the program. */
#define CHILD_WORDS 6

/*
 * The command's words for the program `path` with these: argv's, with room for
 * CHILD_WORDS more and the NULL. Returns the command's path.
 */
const char *child_command(const char *path, char *const argv[], char **words);

/* The number of words, without the NULL. */
size_t child_count(char *const argv[]);

/*
 * Where the command could not be run with this errno: what the program gets,
 * which is -EACCES, and a complaint, where the command is not there.
 */
int child_refuse(int error);

#endif
