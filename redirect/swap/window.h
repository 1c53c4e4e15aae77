/* SPDX-License-Identifier: MIT */
/*
 * The window: how much a peer may send that has not been read yet. TCP has
 * SO_RCVBUF and SO_SNDBUF; AF_VSOCK stores these two, and goes by
 * SO_VM_SOCKETS_BUFFER_SIZE. All here is async-signal-safe: a few system calls.
 */
#ifndef TCP2VSOCK_REDIRECT_SWAP_WINDOW_H
#define TCP2VSOCK_REDIRECT_SWAP_WINDOW_H

#include <sys/socket.h>

#include "config/table.h"

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72 /* linux/socket.h, 5.14: which of the two were set */
#endif

/* SO_SNDBUF and SO_RCVBUF in bytes, where the program set them; else 0. */
struct window_asked {
	int send, receive;
};

/* One system call, and one more for each that was set. */
void window_asked(int fd, struct window_asked *asked);

/*
 * Of a new vsock socket: the rule's buffer=, else the larger of what was asked
 * for, else 2 MiB. Children of a listener get it from the kernel.
 */
void window_set(int fd, const struct map_answer *answer,
		const struct window_asked *asked);

/* Of a Unix socket, where it is the sender's buffer: the rule's, if any. */
void window_set_hybrid(int fd, const struct map_answer *answer);

/* Both vsock sockets. */
void window_copy(int from, int to);

/*
 * SO_RCVBUF or SO_SNDBUF of a redirected socket has been set. A listener's
 * window follows; that of a connection only grows.
 */
void window_follow(int fd, int tag);

#endif
