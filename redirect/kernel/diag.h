/* SPDX-License-Identifier: MIT */
/* Telling a full accept queue from nobody listening. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_DIAG_H
#define TCP2VSOCK_REDIRECT_KERNEL_DIAG_H

#include <stdint.h>

enum diag_answer {
	DIAG_NOBODY,   /* no such listener */
	DIAG_LISTENER, /* there is one, so its queue is full */
	DIAG_UNKNOWN,  /* another machine's, or vsock_diag is not loaded */
};

/*
 * AF_VSOCK answers both with the same reset. On our own machine the kernel's
 * list of sockets tells (sock_diag(7), net/vmw_vsock/diag.c). Takes a socket of
 * its own for the time; async-signal-safe, no lock.
 */
enum diag_answer diag_ask(uint32_t cid, uint32_t port);

/* The inode of this machine's listener at the port; 0: none that is known. */
uint32_t diag_inode(uint32_t cid, uint32_t port);

#endif
