/* SPDX-License-Identifier: MIT */
/* Paths that stay right when the program changes its folder. */
#ifndef TCP2VSOCK_LAUNCHER_ABSOLUTE_H
#define TCP2VSOCK_LAUNCHER_ABSOLUTE_H

#include <limits.h>

/*
 * Puts name behind the working folder, unless it is absolute already. Links
 * are not followed: one that is moved to a new file is to be followed then.
 * 0, or -EINVAL: the error has been printed.
 */
int absolute_path(char path[PATH_MAX], const char *name);

#endif
