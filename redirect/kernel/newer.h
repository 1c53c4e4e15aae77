/* SPDX-License-Identifier: MIT */
/*
 * System calls that older kernel headers don't know; the kernel that runs may.
 * From 424 on a number is the same on every machine that Debian knows.
 */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_NEWER_H
#define TCP2VSOCK_REDIRECT_KERNEL_NEWER_H

#include <sys/syscall.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* 5.1 */
#endif
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425 /* 5.1 */
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* 5.3 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436 /* 5.9 */
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438 /* 5.6 */
#endif

#endif
