/* SPDX-License-Identifier: MIT */
/* connect(), redirected. */
#ifndef TCP2VSOCK_PRELOAD_CONNECT_H
#define TCP2VSOCK_PRELOAD_CONNECT_H

#include <sys/socket.h>

/* Does what connect(2) does. 0 or -errno. */
int connect_socket(int fd, const struct sockaddr *sa, socklen_t len);

#endif
