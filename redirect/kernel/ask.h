/* SPDX-License-Identifier: MIT */
/* Small questions to the kernel about a socket. All are async-signal-safe. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_ASK_H
#define TCP2VSOCK_REDIRECT_KERNEL_ASK_H

#include <stdbool.h>

/* An int option, or -errno. */
int ask_option(int fd, int level, int name);

/*
 * SO_ERROR, which is taken by asking; a positive errno of AF_VSOCK or 0. Where
 * it can't be asked: EBADF or ENOBUFS.
 */
int ask_error(int fd);

bool ask_listening(int fd);

/* The kernel's own answer, which is wrong of a socket with TAG_REFUSED. */
bool ask_connected(int fd);

/* Whether an attempt to connect has not ended yet. */
bool ask_connecting(int fd);

bool ask_nonblocking(int fd);

/*
 * SO_SNDTIMEO or SO_RCVTIMEO in milliseconds for poll(2): -1 where it is not set,
 * or is three weeks and more.
 */
int ask_timeout(int fd, int option);

#endif
