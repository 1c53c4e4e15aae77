/* SPDX-License-Identifier: MIT */
/*
 * Sending, where an argument or an error makes AF_VSOCK differ from TCP.
 * Everything else is one real call; write() is not here.
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_SEND_H
#define TCP2VSOCK_REDIRECT_CALLS_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/*
 * Do what send(2), sendto(2), sendmsg(2) and sendmmsg(2) do. A count of bytes
 * or messages, or -errno. Async-signal-safe.
 */
ssize_t send_bytes(int fd, const void *buf, size_t size, int flags);
ssize_t send_to(int fd, const void *buf, size_t size, int flags,
		const struct sockaddr *sa, socklen_t len);
ssize_t send_message(int fd, const struct msghdr *msg, int flags);
int send_messages(int fd, struct mmsghdr *vec, unsigned n, int flags);

/*
 * What TCP says to MSG_FASTOPEN on a socket of ours, without an address (NULL)
 * or with one of no rule: -errno. 0: no socket of ours, or the kernel's to say.
 */
int send_no_fast_open(int fd, const struct sockaddr *sa, socklen_t len);

/*
 * Whether it is for a Unix socket that leads away, and takes along what can't
 * go there; this is told once. No system call where nothing is taken along.
 */
bool send_is_refused(int fd, const struct msghdr *msg);

#endif
