/* SPDX-License-Identifier: MIT */
/*
 * Between struct vsock_addr and the kernel's struct sockaddr_vm.
 *
 * Map of vsock/:
 *	address.c  addresses and their text, both ways
 *	dial.c     the client's side
 *	listen.c   the server's side: listen and accept
 *	local.c    this machine's CID, and the two ends of a socket
 */
#ifndef VSOCK_SOCKADDR_H
#define VSOCK_SOCKADDR_H

#include "vsock/vsock.h"

#include <sys/socket.h>

#include "vsock/vm_sockets.h"

_Static_assert(VSOCK_CID_HYPERVISOR == VMADDR_CID_HYPERVISOR, "CID 0");
_Static_assert(VSOCK_CID_HOST == VMADDR_CID_HOST, "CID 2");
_Static_assert(VSOCK_CID_ANY == VMADDR_CID_ANY, "CID any");
_Static_assert(VSOCK_PORT_ANY == VMADDR_PORT_ANY, "port any");

static inline struct sockaddr_vm to_sockaddr(uint32_t cid, uint32_t port)
{
	return (struct sockaddr_vm){
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = port,
	};
}

static inline struct vsock_addr from_sockaddr(const struct sockaddr_vm *sa)
{
	return (struct vsock_addr){.cid = sa->svm_cid, .port = sa->svm_port};
}

#endif
