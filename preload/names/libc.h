/* SPDX-License-Identifier: MIT */
/* Where C libraries differ in what the hooks stand for: glibc and musl. */
#ifndef TCP2VSOCK_PRELOAD_NAMES_LIBC_H
#define TCP2VSOCK_PRELOAD_NAMES_LIBC_H

#include <netdb.h>
#include <stdlib.h>

#ifdef __GLIBC__
typedef unsigned long ioctl_request;
typedef int mmsg_flags;
/* What a fortified function calls instead of overrunning a buffer. */
_Noreturn void __chk_fail(void);
#else
/* sys/ioctl.h and sys/socket.h of musl */
typedef int ioctl_request;
typedef unsigned mmsg_flags;
#define __chk_fail abort
#endif

/* musl knows no internationalized names. */
#ifndef AI_IDN
#define AI_IDN 0
#endif
#ifndef AI_CANONIDN
#define AI_CANONIDN 0
#endif
#ifndef NI_IDN
#define NI_IDN 0
#endif

/* netdb.h of BSD: the cause is in errno. */
#ifndef NETDB_INTERNAL
#define NETDB_INTERNAL (-1)
#endif
#ifndef NETDB_SUCCESS
#define NETDB_SUCCESS 0
#endif

#endif
