/* SPDX-License-Identifier: MIT */
/*
 * Hybrid vsock: the Unix sockets that a virtual machine monitor keeps on the
 * host in place of AF_VSOCK.
 *
 * hvsock (Firecracker, Cloud Hypervisor): on PATH the monitor listens, and
 * "CONNECT port\n" leads to the guest's port; "OK number\n" says that it is
 * there. To PATH_PORT it connects when the guest dials the host's port, and from
 * the first byte on that is the connection.
 *
 * unix (libkrun, vfkit): a socket for each port, either way, and each of them
 * is the connection from its first byte on.
 *
 * A socket of this kind has TAG_HYBRID, and the kernel calls it AF_UNIX. All
 * here is async-signal-safe, and no lock is held.
 *
 * Map of redirect/hybrid/:
 *	hybrid.c        connecting through a monitor
 *	hybrid_bind.c   listening for a guest
 *	hybrid_names.c  the names of such sockets
 */
#ifndef TCP2VSOCK_REDIRECT_HYBRID_HYBRID_H
#define TCP2VSOCK_REDIRECT_HYBRID_HYBRID_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "config/table.h"
#include "redirect/state/tag.h"

/*
 * The address of the Unix socket that an answer leads to. Its length, or 0
 * where the path is too long. Pure.
 */
socklen_t hybrid_address(const struct map_answer *answer,
			 enum map_direction direction, struct sockaddr_un *un);

/*
 * Connects the fresh, non-blocking AF_UNIX socket fd to where the answer leads.
 * send_ms: SO_SNDTIMEO, or -1. Returns 0; for `nonblocking` -EINPROGRESS
 * instead, with the connection made; else -errno as TCP has it.
 */
int hybrid_connect(int fd, const struct map_answer *answer, bool nonblocking,
		   int send_ms);

/* Binds fd where a listener of the answer is. 0 or -errno as TCP has it. */
int hybrid_bind(int fd, const struct map_answer *answer);

/* Binds fd where nobody will dial it. 0 or -errno. */
int hybrid_bind_quiet(int fd);

/*
 * Whether the accepted socket fd came to the answer's listener. One
 * getsockname(2); async-signal-safe.
 */
bool hybrid_came_to(int fd, const struct map_answer *answer);

/* A client's peer's name becomes its own, which is made up. */
void hybrid_own_name(int fd, int tag, struct endpoint *name);

/* An accepted socket's own name becomes its peer's, which is made up. */
void hybrid_peer_name(int fd, int tag, struct endpoint *name);

#endif
