/* SPDX-License-Identifier: MIT */
/*
 * <linux/vm_sockets.h>, which everything here includes by way of this file: as
 * most distributions ship it, it needs <sys/socket.h> before it and doesn't say
 * so (Linux 6.16 and the stable releases after it include that themselves).
 */
#ifndef VSOCK_VM_SOCKETS_H
#define VSOCK_VM_SOCKETS_H

#include <sys/socket.h>
/* In this order. */
#include <linux/vm_sockets.h>

#ifndef VMADDR_CID_LOCAL
#define VMADDR_CID_LOCAL 1 /* 5.6: this machine itself */
#endif

#endif
