/* SPDX-License-Identifier: MIT */
/* bind() and listen(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_BIND_H
#define TCP2VSOCK_REDIRECT_CALLS_BIND_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * Do what bind(2) and listen(2) do. 0 or -errno. Async-signal-safe; the number
 * is held (hold.h) while another socket is put there.
 */
int bind_socket(int fd, const struct sockaddr *sa, socklen_t len);
int listen_socket(int fd, int backlog);

/*
 * The file of fd, a Unix socket that is bound and may listen, has got a rule's
 * name: what bind() to that would have done. 0 or -errno; async-signal-safe.
 */
int bind_moved(int fd, const struct sockaddr *sa, socklen_t len);

/*
 * The wildcard of no family is IPv4's to an AF_INET socket (__inet_bind() in
 * net/ipv4/af_inet.c); the other families refuse both. True: *any is IPv4's.
 */
bool bind_is_any(const struct sockaddr *sa, socklen_t len,
		 struct sockaddr_storage *any);

#endif
