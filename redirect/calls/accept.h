/* SPDX-License-Identifier: MIT */
/* accept() and accept4(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_ACCEPT_H
#define TCP2VSOCK_REDIRECT_CALLS_ACCEPT_H

#include <sys/socket.h>

/*
 * Do what accept(2) and accept4(2) do, each with the system call of its name. A
 * descriptor or -errno. sa and len may be NULL where TCP allows it.
 * Cancellation points, as those are; async-signal-safe, and no lock is held.
 */
int accept_socket(int fd, struct sockaddr *sa, socklen_t *len);
int accept4_socket(int fd, struct sockaddr *sa, socklen_t *len, int flags);

#endif
