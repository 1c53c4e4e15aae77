/* SPDX-License-Identifier: MIT */
/* connect(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_CONNECT_H
#define TCP2VSOCK_REDIRECT_CALLS_CONNECT_H

#include <stdbool.h>
#include <sys/socket.h>

/* Does what connect(2) does. 0, with errno as it was, or -errno. */
int connect_socket(int fd, const struct sockaddr *sa, socklen_t len);

/*
 * Whether a redirected socket with this tag may be connecting: its connect()
 * has not told the program its end, or a thread waits in it. Pure.
 */
bool connect_is_pending(int fd, int tag);

/* Whether it is or was connected, also once shutdown() has had the kernel
 * forget. */
bool connect_was_made(int fd, int tag);

#endif
