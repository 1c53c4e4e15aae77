/* SPDX-License-Identifier: MIT */
/* The seccomp filter: which system calls of a program are brought to us. */
#ifndef TCP2VSOCK_SUPERVISE_FILTER_H
#define TCP2VSOCK_SUPERVISE_FILTER_H

#include <stdbool.h>

/*
 * Puts the calling thread, and all that it will start, under the filter.
 * Without CAP_SYS_ADMIN that takes PR_SET_NO_NEW_PRIVS, which is set then.
 * Returns the descriptor from which notifications are read; or -ENOSYS where
 * the kernel or the machine has no such thing, -EBUSY under another supervisor,
 * or another -errno of seccomp(2). *killable: a call that has been taken over
 * is not given up for a signal (Linux 5.19).
 */
int filter_install(bool *killable);

#endif
