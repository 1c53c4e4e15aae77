/* SPDX-License-Identifier: MIT */
/* Another socket under the program's number, when the engine makes one. */
#ifndef TCP2VSOCK_SUPERVISE_PUT_H
#define TCP2VSOCK_SUPERVISE_PUT_H

/*
 * Gives the engine calls of its own that act for the program: a dup3() (redirect/kernel/real.h), which
 * is its one way of putting a socket under a number, and those of place.h. Once,
 * at first.
 */
void put_begin(void);

#endif
