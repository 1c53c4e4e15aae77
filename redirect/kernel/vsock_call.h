/* SPDX-License-Identifier: MIT */
/*
 * The calls that take a vsock address. All of them are async-signal-safe, one
 * system call each, and return 0 or -errno as AF_VSOCK has it.
 */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_VSOCK_CALL_H
#define TCP2VSOCK_REDIRECT_KERNEL_VSOCK_CALL_H

#include <stdint.h>
#include <sys/socket.h>

#include "vsock/vm_sockets.h"

int vsock_call_bind(int fd, uint32_t cid, uint32_t port);
int vsock_call_connect(int fd, uint32_t cid, uint32_t port);

/* getsockname() and getpeername() of a vsock socket. */
int vsock_call_own(int fd, struct sockaddr_vm *vm);
int vsock_call_peer(int fd, struct sockaddr_vm *vm);

/*
 * Our CID, asked of /dev/vsock once; VMADDR_CID_ANY where there is only the
 * loopback transport, or none.
 */
uint32_t vsock_call_local_cid(void);

#endif
