/* SPDX-License-Identifier: MIT */
/* One call of connect() or bind(), and what the table says of its address. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_CALL_H
#define TCP2VSOCK_REDIRECT_CALLS_CALL_H

#include <stdbool.h>
#include <sys/socket.h>

#include "config/table.h"
#include "redirect/state/tag.h"

struct call {
	int fd;
	const struct sockaddr *sa;
	socklen_t len;
	struct name to;		  /* set where the address is an IP address */
	struct map_answer answer; /* ... MAP_NONE elsewhere */
};

/* The rest is for call_is_ruled() to set. Pure. */
static inline void call_begin(struct call *call, int fd,
			      const struct sockaddr *sa, socklen_t len)
{
	call->fd = fd;
	call->sa = sa;
	call->len = len;
}

/*
 * The address's family, wherever it lies; -1 where the kernel would not have
 * read it: a length that no address has, or a bad pointer.
 */
int call_family(const struct call *call);

/*
 * Whether a rule redirects or refuses the address. False, and the call is the
 * kernel's: no rule, `direct`, another family, a length or pointer that the
 * kernel will refuse. No system call for memory that usermem.h knows.
 */
bool call_is_ruled(struct call *call, enum map_direction direction);

/* What call_is_ruled() answered: the answer is still in the call. Pure. */
static inline bool call_has_rule(const struct call *call)
{
	return call->answer.verdict != MAP_NONE &&
	       call->answer.verdict != MAP_DIRECT;
}

#endif
