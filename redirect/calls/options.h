/* SPDX-License-Identifier: MIT */
/* getsockopt() and setsockopt(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_OPTIONS_H
#define TCP2VSOCK_REDIRECT_CALLS_OPTIONS_H

#include <sys/socket.h>

/* Do what getsockopt(2) and setsockopt(2) do. 0 or -errno. */
int options_get(int fd, int level, int name, void *value, socklen_t *len);
int options_set(int fd, int level, int name, const void *value, socklen_t len);

#endif
