/* SPDX-License-Identifier: MIT */
/*
 * Sending and receiving, where an argument or an error makes AF_VSOCK differ
 * from TCP. Everything else is one real call; write() and read() are not here.
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_DATA_H
#define TCP2VSOCK_REDIRECT_CALLS_DATA_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Do what the calls of these names do. A count of bytes, or -errno. */
ssize_t data_send(int fd, const void *buf, size_t size, int flags);
ssize_t data_sendto(int fd, const void *buf, size_t size, int flags,
		    const struct sockaddr *sa, socklen_t len);
ssize_t data_sendmsg(int fd, const struct msghdr *msg, int flags);
int data_sendmmsg(int fd, struct mmsghdr *vec, unsigned n, int flags);
ssize_t data_recv(int fd, void *buf, size_t size, int flags);
ssize_t data_recvfrom(int fd, void *buf, size_t size, int flags,
		      struct sockaddr *sa, socklen_t *len);
ssize_t data_recvmsg(int fd, struct msghdr *msg, int flags);
int data_recvmmsg(int fd, struct mmsghdr *vec, unsigned n, int flags,
		  struct timespec *timeout);

/*
 * shutdown(SHUT_RD), kept local: from now on receiving calls say 0 where they
 * would wait. read(2) is not looked at, and waits.
 */
void data_shut_read(int fd);

/* A listener was shut down: receiving calls have to look out for such. */
void data_listener_shut(void);

/* ioctl() requests that AF_VSOCK lacks. 0 or -errno. */
int data_ioctl(int fd, unsigned long request, void *arg);

#endif
