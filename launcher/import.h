/* SPDX-License-Identifier: MIT */
/* --import: the table that does what another tool's command line does. */
#ifndef TCP2VSOCK_LAUNCHER_IMPORT_H
#define TCP2VSOCK_LAUNCHER_IMPORT_H

#include <stdio.h>

/*
 * Prints, on stdout, the table for a command line of socat, vsock-proxy or
 * ip2unix; with no word in it, for those that standard input has, one a line,
 * split as the shell does. Nothing is run, and nothing is printed unless all of
 * it could be translated. 0; -EINVAL: the error has been printed; -ENOMEM.
 */
int import_command(char **command);

/*
 * One tool each: argv[0] is its name. They write lines of a table to `to`, and
 * print what they can't translate, with the reason. 0, or -EINVAL.
 */
int import_socat(char **argv, FILE *to);
int import_vsock_proxy(char **argv, FILE *to);
int import_ip2unix(char **argv, FILE *to);

#endif
