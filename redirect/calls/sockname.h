/* SPDX-License-Identifier: MIT */
/* getsockname() and getpeername(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_SOCKNAME_H
#define TCP2VSOCK_REDIRECT_CALLS_SOCKNAME_H

#include <sys/socket.h>

/*
 * Do what getsockname(2) and getpeername(2) do. 0 or -errno. Async-signal-safe,
 * no lock.
 */
int sockname_own(int fd, struct sockaddr *sa, socklen_t *len);
int sockname_peer(int fd, struct sockaddr *sa, socklen_t *len);

/*
 * Copies a name of the socket fd as the kernel does: at most *len bytes, and
 * *len becomes its full length. 0 or -EFAULT.
 */
int sockname_copy_out(int fd, const struct sockaddr_storage *name,
		      socklen_t size, struct sockaddr *sa, socklen_t *len);

#endif
