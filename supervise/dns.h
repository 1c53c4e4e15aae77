/* SPDX-License-Identifier: MIT */
/*
 * Messages of the domain name system (RFC 1035), as far as a question for a
 * name of the table needs them. Pure; read and written with libresolv.
 */
#ifndef TCP2VSOCK_SUPERVISE_DNS_H
#define TCP2VSOCK_SUPERVISE_DNS_H

#include <arpa/nameser.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/table.h"

#define DNS_MESSAGE_MAX 65535

struct dns_question {
	char name[NS_MAXDNAME];
	int family; /* AF_INET or AF_INET6; 0: of another type */
	size_t end; /* of the question in the message */
};

/* Whether the message is one question of the Internet's, and which. */
bool dns_read(const unsigned char *message, size_t size,
	      struct dns_question *question);

/*
 * Makes its answer of it, in place: the address, or that there is none of that
 * kind where addr is NULL. There must be room for 32 bytes behind
 * question->end. Returns its size.
 */
size_t dns_answer(unsigned char *message, const struct dns_question *question,
		  const struct map_addr *addr);

/* The same where nobody could be asked: SERVFAIL. */
size_t dns_fail(unsigned char *message, const struct dns_question *question);

#endif
