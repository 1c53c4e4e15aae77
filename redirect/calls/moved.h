/* SPDX-License-Identifier: MIT */
/*
 * Files of Unix sockets that get another name. Servers that are not to be seen
 * before they are ready bind to a temporary name, and rename(2) or link(2) the
 * file: what its new name leads to is found by the file (unix_find_bsd() in
 * net/unix/af_unix.c), and so does what a rule says of that name.
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_MOVED_H
#define TCP2VSOCK_REDIRECT_CALLS_MOVED_H

#include <stdbool.h>
#include <sys/socket.h>

#include "config/fold.h"

struct moved {
	struct sockaddr_storage to;
	socklen_t len;
	char from[UNIX_NAME_SIZE];
};

/*
 * Whether a listen rule is for the name `to`; then *moved is set. The folders
 * are those of renameat(2). One system call for a relative path. All of these
 * are async-signal-safe.
 */
bool moved_begin(struct moved *moved, int from_folder, const char *from,
		 int to_folder, const char *to);

/* Whether fd is a Unix socket bound to the name `from`, and no redirected one. */
bool moved_is(const struct moved *moved, int fd);

/* Redirects fd. 0, or -errno of bind(2). */
int moved_socket(const struct moved *moved, int fd);

/*
 * All of that, where a file of this process has been moved, for the socket that
 * it belongs to if there is one.
 */
int moved_file(int from_folder, const char *from, int to_folder,
	       const char *to);

#endif
