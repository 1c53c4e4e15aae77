/* SPDX-License-Identifier: MIT */
/* ioctl(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_IOCTL_H
#define TCP2VSOCK_REDIRECT_CALLS_IOCTL_H

/* Does what ioctl(2) does. 0 or more, or -errno. Async-signal-safe. */
int ioctl_socket(int fd, unsigned long request, void *arg);

#endif
