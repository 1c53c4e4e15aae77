/* SPDX-License-Identifier: MIT */
/*
 * The command line, as one structure.
 *
 * Map of launcher/:
 *	absolute.c       paths that outlast a change of folder
 *	explain.c        --explain
 *	library.c        the library: whether it is ours, how it is loaded
 *	library_place.c  ... and where it is
 *	main.c           the order of the steps
 *	options.c        the command line
 *	output.c         where to log and to trace
 *	rules.c          the rules, collected and handed on
 */
#ifndef TCP2VSOCK_LAUNCHER_OPTIONS_H
#define TCP2VSOCK_LAUNCHER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum engine { ENGINE_AUTO, ENGINE_PRELOAD, ENGINE_SUPERVISE };

struct command_line {
	const char **rules; /* of -m, in order; room for argc of them */
	size_t n_rules;
	const char *file;    /* of -f, or NULL */
	const char *explain; /* of --explain, or NULL */
	bool check;
	bool doctor;
	bool json; /* with doctor only */
	bool print;
	bool hosts;
	bool force;
	bool import;
	bool strict;
	bool verbose;
	const char *trace; /* of --trace: "-" or a file; NULL: not given */
	enum engine engine;
	const char *argv0; /* in place of the command's own name; or NULL */
	char **argv;	   /* the whole of it */
	char **command; /* NULL-ended; its first is NULL when there is none */
};

/*
 * Reads the command line. 0: *request is filled, and its strings are argv's.
 * 1: an option (--help, --version) has been answered on stdout and nothing is
 * left to do. -EINVAL: the error has been printed. -ENOMEM.
 */
int options_read(int argc, char **argv, struct command_line *request);

#endif
