/* SPDX-License-Identifier: MIT */
/* What glibc has and musl has not, see libc.c. */
#ifndef PARITY_LIBC_H
#define PARITY_LIBC_H

#ifndef __GLIBC__
#include <sys/socket.h>
#include <sys/types.h>

int close_range(unsigned first, unsigned last, int flags);
void closefrom(int first);
const char *sigabbrev_np(int number);
void (*sysv_signal(int number, void (*handler)(int)))(int);
const char *strerrorname_np(int error);
int __connect(int fd, const struct sockaddr *sa, socklen_t len);
ssize_t __send(int fd, const void *buf, size_t size, int flags);
int __dup2(int fd, int to);
int __fcntl(int fd, int cmd, long arg);
int __close(int fd);
#endif

#endif
