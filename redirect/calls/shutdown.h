/* SPDX-License-Identifier: MIT */
/* shutdown(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_SHUTDOWN_H
#define TCP2VSOCK_REDIRECT_CALLS_SHUTDOWN_H

#include <stdbool.h>

#include "redirect/state/tag.h"
#include "vsock/vm_sockets.h"

/*
 * Does what shutdown(2) does. 0 or -errno. Async-signal-safe; the number is
 * held (hold.h) while another socket is put there.
 */
int shutdown_socket(int fd, int how);

/*
 * accept() has got the connection `fd` from a listener of this name that was
 * shut down in the meantime: closes it, lets the next sleeper wake, and returns
 * -EINVAL. Async-signal-safe.
 */
int shutdown_woken(const struct endpoint *listener, int fd);

/*
 * Whether a peer is the one that wakes the sleepers of a listener which is shut
 * down. Any local program can look like it, so it is to be believed only of a
 * listener that is gone. One open(2) and ioctl(2) where it may be.
 */
bool shutdown_is_waker(const struct sockaddr_vm *peer);

#endif
