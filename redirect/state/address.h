/* SPDX-License-Identifier: MIT */
/*
 * vsock addresses as IP addresses, the way the program sees them. All is
 * async-signal-safe: the table is only read.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_ADDRESS_H
#define TCP2VSOCK_REDIRECT_STATE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "redirect/state/tag.h"

/* For address_read() alone: the second of both. */
bool address_read_unix(struct endpoint *name, const struct sockaddr *sa,
		       socklen_t len);

/*
 * The address that a program has passed, as the table knows it: an IP address,
 * or a Unix socket's name that a rule has, looked up with getcwd(2) where it is
 * relative. False: another, and nothing is set.
 */
static inline bool address_read(struct endpoint *name,
				const struct sockaddr *sa, socklen_t len)
{
	return map_addr_set(&name->addr, &name->port, sa, len) ||
	       address_read_unix(name, sa, len);
}

/*
 * A 32-bit vsock port as a 16-bit one: its low bits, never 0. One that has more
 * bits was the kernel's choice, and is never shown as a privileged port (below
 * 1024): some servers trust those.
 */
uint16_t address_port(uint32_t port);

/*
 * The address under which a CID appears to a socket with these tag flags: a
 * peer rule's; loopback for CID 1, and never for another; else that of a
 * connect rule which leads there; else one made from the CID. Who dials a Unix
 * socket has no name there.
 */
void address_cid(uint32_t cid, int tag, struct map_addr *addr);

/*
 * The name as a socket with these tag flags gets it: sockaddr_in6 for
 * AF_INET6 ones, v4-mapped where the name is IPv4; sockaddr_un for AF_UNIX, as
 * the rule has the name. Returns the length.
 */
socklen_t address_sockaddr(const struct endpoint *name, int tag,
			   struct sockaddr_storage *sa);

/* Whether it is 0.0.0.0 or ::. */
bool address_is_any(const struct map_addr *addr);

#endif
