/* SPDX-License-Identifier: MIT */
/*
 * What shutdown() leaves for receiving calls to look out for. Until it was
 * called, looking costs one load. Async-signal-safe.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_SHUT_STATE_H
#define TCP2VSOCK_REDIRECT_STATE_SHUT_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* shutdown(SHUT_WR) was done to the socket of this cookie (remembered.h). */
void shut_state_write(int fd, uint64_t cookie);

/* Whether shutdown(SHUT_WR) was; one system call where it may have been. */
bool shut_state_is_write(int fd);

/*
 * shutdown(SHUT_RD), kept local: from now on receiving calls say 0 where they
 * would wait. read(2) is not looked at, and waits.
 */
void shut_state_read(int fd, uint64_t cookie);

/*
 * Whether a receiving call is to act so. One system call where it may have to.
 */
bool shut_state_is_read(int fd);

/* A listener was shut down: receiving calls have to look out for such. */
void shut_state_listener(void);

/* connect(AF_UNSPEC) is about to end a connection, under a recv() perhaps. */
void shut_state_disconnected(void);

/*
 * What a recv() of 0 bytes means: 0, the end; -ENOTCONN where a listener that
 * was shut down is under the number (shutdown.c); -EPIPE where the connection
 * was dissolved meanwhile (sk_wait_event() in include/net/sock.h). One system
 * call or two where one of these was done in this process.
 */
int shut_state_end(int fd);

#endif
