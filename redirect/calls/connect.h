/* SPDX-License-Identifier: MIT */
/* connect(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_CONNECT_H
#define TCP2VSOCK_REDIRECT_CALLS_CONNECT_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Does what connect(2) does. 0, with errno as it was, or -errno. A cancellation
 * point; async-signal-safe. The number is held (hold.h) while another socket is
 * put there.
 */
int connect_socket(int fd, const struct sockaddr *sa, socklen_t len);

/*
 * Whether it is or was connected: also when shutdown() has made the kernel
 * forget it.
 */
bool connect_was_made(int fd, int tag);

#endif
