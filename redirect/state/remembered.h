/* SPDX-License-Identifier: MIT */
/*
 * What this process remembers of its redirected sockets beside what the kernel
 * keeps (tag.h): hints, which may be lost at any time, to exec or to a newer
 * entry in the same place.
 *
 * Everything here is async-signal-safe: fixed memory, and an entry that another
 * thread is busy with counts as lost.
 */
#ifndef TCP2VSOCK_REDIRECT_STATE_REMEMBERED_H
#define TCP2VSOCK_REDIRECT_STATE_REMEMBERED_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct endpoint;

enum remembered_name {
	MEMORY_OWN,  /* what bind() named before connect() redirected */
	MEMORY_PEER, /* the peer, for when the kernel has forgotten it */
};

/* The socket's identity, equal for all its descriptors; 0 when unknown. */
uint64_t remembered_cookie(int fd);

/*
 * An option that the program set and AF_VSOCK does not know. Values of more
 * than 16 bytes are not kept.
 */
void remembered_put_option(uint64_t cookie, int level, int option,
			   const void *value, socklen_t len);

/* Calls visit() for each remembered option of a socket. */
void remembered_each_option(uint64_t cookie,
			    void (*visit)(int level, int option,
					  const void *value, socklen_t len,
					  void *arg),
			    void *arg);

void remembered_copy_options(uint64_t from, uint64_t to);

void remembered_put_name(uint64_t cookie, enum remembered_name which,
			 const struct endpoint *name);
bool remembered_get_name(uint64_t cookie, enum remembered_name which,
			 struct endpoint *name);

/* shutdown()'s directions that are done: of SHUT_RD + 1 and SHUT_WR + 1. */
void remembered_put_shut(uint64_t cookie, unsigned directions);
unsigned remembered_get_shut(uint64_t cookie);

/*
 * The number of an IPv6 address that programs used: a hash, but no other
 * address's in this process, as long as both are remembered.
 */
uint32_t remembered_put_v6(const struct in6_addr *addr);

/* The address of a number; in another process only if the table has it. */
bool remembered_find_v6(uint32_t number, struct in6_addr *addr);

#endif
