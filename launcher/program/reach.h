/* SPDX-License-Identifier: MIT */
/* Whether a program that becomes another user still finds the library. */
#ifndef TCP2VSOCK_LAUNCHER_PROGRAM_REACH_H
#define TCP2VSOCK_LAUNCHER_PROGRAM_REACH_H

#include <limits.h>

/*
 * Whether users other than the owner can read the file at this absolute path,
 * by its permission bits: an access list can be wider. NULL: they can. Else
 * what the file or folder in `at` lacks, "o+r" or "o+x".
 */
const char *reach_obstacle(const char *path, char at[PATH_MAX]);

/* In `at`, the first folder that this user may not search; else the file. */
void reach_blocked(const char *path, char at[PATH_MAX]);

/*
 * Warns in one line, if this process is root's, when others may not read the
 * file at this absolute path, or not search a folder on the way to it: a daemon
 * that starts programs under another user would then have them on TCP, with no
 * more than a warning of the dynamic linker's. Few programs do that, and many
 * trees are in a private folder: for those who ask what will happen.
 */
void reach_warn(const char *path);

#endif
