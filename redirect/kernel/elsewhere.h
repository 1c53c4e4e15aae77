/* SPDX-License-Identifier: MIT */
/* Sockets of other processes. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_ELSEWHERE_H
#define TCP2VSOCK_REDIRECT_KERNEL_ELSEWHERE_H

#include <stdint.h>

/*
 * A descriptor of our own (own.h) for the socket with this inode that another
 * process has; or -1: nobody whom we may look at (ptrace(2)), or a kernel
 * before 5.6. Looks through all of /proc; async-signal-safe.
 */
int elsewhere_take(uint32_t inode);

#endif
