/* SPDX-License-Identifier: MIT */
/*
 * How names of Unix sockets are spelled, in rules and in questions: an absolute
 * path, or "@" and an abstract name (unix(7)). Async-signal-safe; no memory but
 * the caller's.
 */
#ifndef TCP2VSOCK_CONFIG_FOLD_H
#define TCP2VSOCK_CONFIG_FOLD_H

#include "config/word.h"

#define UNIX_NAME_SIZE 256 /* a socket's has 108; a folder may come in front */

/*
 * The path without ".", ".." and doubled slashes, as text: no link is followed,
 * but that /var/run is /run. A relative one is taken from the folder `from`.
 * Its length; 0: too long, or relative and from is NULL.
 */
size_t unix_fold(const char *from, struct word path,
		 char folded[UNIX_NAME_SIZE]);

#endif
