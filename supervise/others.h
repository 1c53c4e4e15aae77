/* SPDX-License-Identifier: MIT */
/*
 * The other descriptors of the program that make a call, where the engine asks
 * for them (redirect/kernel/descriptors.h): its bound sockets, of which some
 * may share a port. Duplicates of them are held until the visit ends.
 */
#ifndef TCP2VSOCK_SUPERVISE_OTHERS_H
#define TCP2VSOCK_SUPERVISE_OTHERS_H

#include "supervise/visit.h"

/* Takes the place of /proc/self/fd. Once, at first. */
void others_begin(void);

void others_close(struct visit *visit);

#endif
