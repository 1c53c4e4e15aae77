/* SPDX-License-Identifier: MIT */
/*
 * Receiving, where an argument or an error makes AF_VSOCK differ from TCP.
 * Everything else is one real call; read() is not here.
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_RECEIVE_H
#define TCP2VSOCK_REDIRECT_CALLS_RECEIVE_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * Do what recv(2), recvfrom(2), recvmsg(2) and recvmmsg(2) do. A count of
 * bytes or messages, or -errno. Async-signal-safe.
 */
ssize_t receive_bytes(int fd, void *buf, size_t size, int flags);
ssize_t receive_from(int fd, void *buf, size_t size, int flags,
		     struct sockaddr *sa, socklen_t *len);
ssize_t receive_message(int fd, struct msghdr *msg, int flags);
int receive_messages(int fd, struct mmsghdr *vec, unsigned n, int flags,
		     struct timespec *timeout);

#endif
