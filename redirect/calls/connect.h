/* SPDX-License-Identifier: MIT */
/* connect(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_CONNECT_H
#define TCP2VSOCK_REDIRECT_CALLS_CONNECT_H

#include <stdbool.h>
#include <sys/socket.h>

/* Does what connect(2) does. 0, with errno as it was, or -errno. */
int connect_socket(int fd, const struct sockaddr *sa, socklen_t len);

/* Whether it is or was connected, also once shutdown() has had the kernel
 * forget. */
bool connect_was_made(int fd, int tag);

#endif
