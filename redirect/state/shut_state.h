/* SPDX-License-Identifier: MIT */
/*
 * What shutdown() leaves for receiving calls to look out for. Until it was
 * called, looking costs one load. Async-signal-safe.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_SHUT_STATE_H
#define TCP2VSOCK_REDIRECT_STATE_SHUT_STATE_H

#include <stdbool.h>

/*
 * shutdown(SHUT_RD), kept local: from now on receiving calls say 0 where they
 * would wait. read(2) is not looked at, and waits.
 */
void shut_state_read(int fd);

/* Whether a receiving call with these MSG_ flags is to act so. */
bool shut_state_is_read(int fd, int flags);

/* A listener was shut down: receiving calls have to look out for such. */
void shut_state_listener(void);

/* What is under its number is a connection at its end: shutdown.c. */
bool shut_state_is_listener(int fd);

#endif
