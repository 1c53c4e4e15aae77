/* SPDX-License-Identifier: MIT */
/* getsockopt() and setsockopt(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_OPTIONS_H
#define TCP2VSOCK_REDIRECT_CALLS_OPTIONS_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Do what getsockopt(2) and setsockopt(2) do. 0 or -errno. Async-signal-safe:
 * what they keep is in hints.h and remembered.h, and no lock is held.
 */
int options_get(int fd, int level, int name, void *value, socklen_t *len);
int options_set(int fd, int level, int name, const void *value, socklen_t len);

/* setsockopt() succeeded, or is about to: what a swap will have to take along. */
void options_note(int fd, int level, int name, const void *value,
		  socklen_t len);

/* Whether options_note() looks at the value. Pure. */
bool options_is_switch(int level, int name);

#endif
