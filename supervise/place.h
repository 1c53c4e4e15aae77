/* SPDX-License-Identifier: MIT */
/* Files of Unix sockets, where the program that is served would make them. */
#ifndef TCP2VSOCK_SUPERVISE_PLACE_H
#define TCP2VSOCK_SUPERVISE_PLACE_H

#include <stddef.h>
#include <sys/socket.h>

/* getcwd(3), bind(2) and connect(2) for visit_now's program. */
char *place_folder(char *folder, size_t size);
int place_bind(int fd, const struct sockaddr *sa, socklen_t len);
int place_connect(int fd, const struct sockaddr *sa, socklen_t len);

#endif
