/* SPDX-License-Identifier: MIT */
/*
 * Probes for bpftrace(8), perf(1) and gdb(1): one nop each, and a note in the
 * library that says where it is and in which registers the values are. Provider
 * tcp2vsock; where the build had no <sys/sdt.h> there are none.
 *
 *  - connect: IP port, CID, vsock port, errno that the program gets or 0
 *  - bind: the same
 *  - accept: IP port of the listener, CID and vsock port of the peer; not for a
 *    monitor, which has neither
 *  - redirect: descriptor, IP family: a vsock socket is under the number
 *  - error: the kernel's errno, the errno that the program gets for it
 */
#ifndef TCP2VSOCK_REDIRECT_REPORT_PROBES_H
#define TCP2VSOCK_REDIRECT_REPORT_PROBES_H

#include "config.h"

#ifdef HAVE_SYS_SDT_H
#include <sys/sdt.h>
#define PROBE2(name, a, b)	 DTRACE_PROBE2(tcp2vsock, name, a, b)
#define PROBE3(name, a, b, c)	 DTRACE_PROBE3(tcp2vsock, name, a, b, c)
#define PROBE4(name, a, b, c, d) DTRACE_PROBE4(tcp2vsock, name, a, b, c, d)
#else
#define PROBE2(name, a, b)	 ((void)(a), (void)(b))
#define PROBE3(name, a, b, c)	 ((void)(a), (void)(b), (void)(c))
#define PROBE4(name, a, b, c, d) ((void)(a), (void)(b), (void)(c), (void)(d))
#endif

#endif
