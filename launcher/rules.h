/* SPDX-License-Identifier: MIT */
/* The rules of the command line and the environment, and the way to the
 * program for them. */
#ifndef TCP2VSOCK_LAUNCHER_RULES_H
#define TCP2VSOCK_LAUNCHER_RULES_H

#include <limits.h>

#include "config/table.h"
#include "launcher/options.h"

/* -m, the variable, the file. */
enum { SOURCES_MAX = 3 };

/*
 * The sources in the order in which they count: all of -m, a line for each;
 * TCP2VSOCK_MAP as it is already set (by an outer tcp2vsock, perhaps); and one
 * file, that of -f or else of TCP2VSOCK_CONFIG. Where there are none of these,
 * the system's file.
 */
struct rules {
	struct map_source sources[SOURCES_MAX];
	size_t n_inline; /* of the sources, those that are text */
	size_t n;
	char file[PATH_MAX]; /* absolute; "": none */
	bool by_variable;    /* TCP2VSOCK_CONFIG names the file */
	char *text; /* the inline sources joined by newlines; or NULL */
};

/*
 * Collects the sources, and takes the two variables out of this process's
 * environment. 0; -EINVAL: the error has been printed; -ENOMEM.
 */
int rules_collect(struct rules *rules, const struct command_line *request);

/*
 * Reads the table, printing every error and warning; command is what would
 * run, or NULL. NULL: there were errors, or there is no rule.
 */
struct map_table *rules_load(const struct rules *rules, const char *command);

/*
 * Puts the text of a file that has ${NAME}, as the table has it, in the place of
 * the file: the program's own children may have another environment. 0;
 * -EINVAL: too long, which has been printed; -ENOMEM.
 */
int rules_settle(struct rules *rules, const struct map_table *table);

/* Sets the two variables for the program. 0, -ENOMEM. */
int rules_export(const struct rules *rules);

/*
 * Prints the table's host names with the addresses that stand for them, as
 * /etc/hosts has them: for programs whose own resolver is not answered. Patterns
 * can't be there, and are comments.
 */
void rules_print_hosts(const struct map_table *table);

/* Names those whose addresses the order of the rules decides, on stderr. */
void rules_check_names(const struct map_table *table);

/* Prints the table on stdout, a rule a line. 0, -ENOMEM. */
int rules_print(const struct map_table *table);

#endif
