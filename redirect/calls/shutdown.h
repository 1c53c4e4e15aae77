/* SPDX-License-Identifier: MIT */
/* shutdown(), redirected. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_SHUTDOWN_H
#define TCP2VSOCK_REDIRECT_CALLS_SHUTDOWN_H

/* Does what shutdown(2) does. 0 or -errno. */
int shutdown_socket(int fd, int how);

/*
 * accept() has got the connection `fd` from a listener that was shut down in
 * the meantime: closes it, lets the next sleeper wake, and returns -EINVAL.
 */
int shutdown_woken(int listener, int fd);

#endif
