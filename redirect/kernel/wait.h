/* SPDX-License-Identifier: MIT */
/* Waiting in poll(2) for a call that SA_RESTART would have restarted. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_WAIT_H
#define TCP2VSOCK_REDIRECT_KERNEL_WAIT_H

#include <poll.h>

/*
 * poll(2) gives EINTR for every handler, connect(2) only for those without
 * SA_RESTART (signal(7)). This is poll() of one descriptor (-1 for none) that
 * tells them apart. Returns what poll() does; -EINTR where a handler without
 * SA_RESTART has run; -ERESTART where the caller is to wait again, with what is
 * left of its time. A cancellation point; async-signal-safe.
 */
int wait_poll(struct pollfd *pollfd, int timeout_ms);

/* The same, and what is left of the time is waited for here: no -ERESTART. */
int wait_whole(struct pollfd *pollfd, int timeout_ms);

/* A handler was changed: they are looked at again. Async-signal-safe. */
void wait_handlers_changed(void);

#endif
