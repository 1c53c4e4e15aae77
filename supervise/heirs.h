/* SPDX-License-Identifier: MIT */
/*
 * Of several listeners for one port the first is real, and the others quiet
 * (redirect/calls/listener.h). A preloaded library sees when the real one is
 * closed; here nobody tells us. But the kernel says who has an address to whoever
 * tries to bind it: so each quiet listener has an heir in this process, which
 * takes the port as soon as it can be had, and goes when the quiet one's own
 * address can. Who then dials the port is the heir's; the quiet listener is dialled
 * by us, so that the program wakes and calls accept(), and gets the connection.
 *
 * Any thread; none of these sleeps.
 */
#ifndef TCP2VSOCK_SUPERVISE_HEIRS_H
#define TCP2VSOCK_SUPERVISE_HEIRS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* A program's socket that has just listened: of one that is no quiet listener,
 * or has its heir, nothing is done. */
void heirs_add(int fd);

/* What is to be inherited is, and who has nobody to stand for goes. Else that is
 * seen ten times a second, where there are any. */
void heirs_look(void);

/* Whether there is one for the listener of this cookie. */
bool heirs_has(uint64_t listener);

/*
 * accept4_socket() of the heir of a listener, `quiet`; -EAGAIN: nobody has come,
 * and poll(2) of `quiet` tells when to ask again. -ENOENT: it has none.
 */
int heirs_accept(uint64_t listener, int quiet, struct sockaddr *sa,
		 socklen_t *len, int flags);

#endif
