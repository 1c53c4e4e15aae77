/* SPDX-License-Identifier: MIT */
/*
 * Hybrid vsock: the Unix sockets that a virtual machine monitor (Firecracker,
 * Cloud Hypervisor) keeps on the host in place of AF_VSOCK.
 *
 * On PATH the monitor listens: "CONNECT port\n" leads to the guest's port, and
 * "OK number\n" says that it is there. To PATH_PORT it connects when the guest
 * dials the host's port, and from the first byte on that is the connection.
 *
 * A socket of this kind has TAG_HYBRID, and the kernel calls it AF_UNIX.
 *
 * Map of redirect/hybrid/:
 *	hybrid.c        connecting through a monitor
 *	hybrid_bind.c   listening for a guest
 *	hybrid_names.c  the names of such sockets
 */
#ifndef TCP2VSOCK_REDIRECT_HYBRID_HYBRID_H
#define TCP2VSOCK_REDIRECT_HYBRID_HYBRID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "config/table.h"
#include "redirect/state/tag.h"

/*
 * Connects the fresh, non-blocking AF_UNIX socket fd through the monitor.
 * send_ms: SO_SNDTIMEO, or -1. Returns 0; for `nonblocking` -EINPROGRESS
 * instead, with the connection made; else -errno as TCP has it.
 */
int hybrid_connect(int fd, const struct map_answer *answer, bool nonblocking,
		   int send_ms);

/* Binds fd to PATH_PORT. 0 or -errno as TCP has it. */
int hybrid_bind(int fd, const char *path, uint32_t port);

/* Binds fd where nobody will dial it. 0 or -errno. */
int hybrid_bind_quiet(int fd);

/* PATH and port of a listener or of an accepted socket. */
struct hybrid_target {
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];
	uint32_t port;
};

/*
 * What the kernel calls PATH_PORT, taken apart; empty and 0 where fd has no
 * name of that form. One getsockname(2); async-signal-safe.
 */
void hybrid_target(int fd, struct hybrid_target *target);

/* The local name of a client, the peer of an accepted socket: made up. */
void hybrid_own_name(int fd, int tag, struct endpoint *name);
void hybrid_peer_name(int fd, int tag, struct endpoint *name);

#endif
