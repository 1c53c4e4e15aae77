/* SPDX-License-Identifier: MIT */
/*
 * One call of connect() or bind(), and what the table says of its address.
 *
 * Map of redirect/calls/:
 *	accept.c    accept()
 *	attempt.c   one connect() to a rule's target, with its tries
 *	bind.c      bind() and listen()
 *	connect.c   connect(): for which address, on what kind of socket
 *	data.c      what sending, receiving and ioctl() share
 *	ioctl.c     ioctl()
 *	listener.c  a bound socket, and several for one port
 *	moved.c     rename() and link() of a Unix socket's file
 *	options.c   getsockopt() and setsockopt()
 *	ports.c     ports to try where the program wants any
 *	ready.c     results of poll() and epoll that have an error
 *	receive.c   recv() and its relatives
 *	request.c   an address of the program, looked up
 *	send.c      send() and its relatives
 *	shutdown.c  shutdown()
 *	sockname.c  getsockname() and getpeername()
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_REQUEST_H
#define TCP2VSOCK_REDIRECT_CALLS_REQUEST_H

#include <stdbool.h>
#include <sys/socket.h>

#include "config/table.h"
#include "redirect/state/hold.h"
#include "redirect/state/tag.h"

struct request {
	int fd;
	const struct sockaddr *sa;
	socklen_t len;
	struct endpoint to;	  /* set where the table knows such addresses */
	struct map_answer answer; /* ... MAP_NONE elsewhere */
	struct hold hold;	  /* of fd: begun where it may be replaced */
	bool has_file;		  /* bind(): of another name, moved by now */
};

/* The rest is for request_is_ruled() to set. Pure. */
static inline void request_begin(struct request *request, int fd,
				 const struct sockaddr *sa, socklen_t len)
{
	request->fd = fd;
	request->sa = sa;
	request->len = len;
	request->has_file = false;
}

/*
 * The address's family, wherever it lies; -1 where the kernel would not have
 * read it: a length that no address has, or a bad pointer.
 */
int request_family(const struct request *request);

/*
 * Whether a rule redirects or refuses the address. False, and the call is the
 * kernel's: no rule, `direct`, another family, a length or pointer that the
 * kernel will refuse. No system call for memory that usermem.h knows, and no
 * lock; async-signal-safe.
 */
bool request_is_ruled(struct request *request, enum map_direction direction);

/* What request_is_ruled() answered: the answer is still in the call. Pure. */
static inline bool request_has_rule(const struct request *request)
{
	return request->answer.verdict != MAP_NONE &&
	       request->answer.verdict != MAP_DIRECT;
}

#endif
