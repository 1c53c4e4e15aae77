/* SPDX-License-Identifier: MIT */
/* Telling a full accept queue from nobody listening. */
#ifndef TCP2VSOCK_PRELOAD_QUEUE_H
#define TCP2VSOCK_PRELOAD_QUEUE_H

#include <stdint.h>

enum queue_answer {
	QUEUE_NOBODY,	/* no such listener */
	QUEUE_LISTENER, /* there is one, so its queue is full */
	QUEUE_UNKNOWN,	/* another machine's, or vsock_diag is not loaded */
};

/*
 * AF_VSOCK answers both with the same reset. On our own machine the kernel's
 * list of sockets tells (sock_diag(7), net/vmw_vsock/diag.c).
 */
enum queue_answer queue_ask(uint32_t cid, uint32_t port);

#endif
