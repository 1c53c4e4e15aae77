/* SPDX-License-Identifier: MIT */
/*
 * Names of the table. getaddrinfo() and getnameinfo() are given the address
 * that stands for a name as a number, so that flags, services, sorting and
 * memory are libc's own; then the name is put in. "localhost" is the
 * resolver's, and is answered in the same way only where that does not know it.
 */
#ifndef TCP2VSOCK_PRELOAD_NAMES_TABLE_NAME_H
#define TCP2VSOCK_PRELOAD_NAMES_TABLE_NAME_H

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>

#include "config/table.h"

/* An address of a name, and its text. */
struct table_number {
	struct map_addr addr;
	char text[INET6_ADDRSTRLEN];
};

/*
 * The table's address for a name. AF_UNSPEC asks for IPv4, and gets no second
 * address: programs that try one after the other, or balance over all of them,
 * as nginx does, would take one target for two. False: not the table's.
 */
bool table_name_number(const char *name, int family,
		       struct table_number *number);

/* Whether the name is localhost, and a rule's; then its address, too. */
bool table_name_localhost(const char *name, int family,
			  struct table_number *number);

/*
 * How the name is spelled in an answer: as in the table, or for a "*." pattern
 * as it was asked for, without the final dot.
 */
void table_name_canonical(const char *asked, const struct table_number *number,
			  char canon[NI_MAXHOST]);

/*
 * Whether the address stands for a name, and which: NULL for that of a "*."
 * pattern, which has none, and of which no resolver must hear.
 */
bool table_name_of(const struct map_addr *addr, const char **name);

#endif
