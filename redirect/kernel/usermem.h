/* SPDX-License-Identifier: MIT */
/* Whether memory that the program passed can be read or written. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_USERMEM_H
#define TCP2VSOCK_REDIRECT_KERNEL_USERMEM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The kernel answers a bad pointer with EFAULT; a hook that looks at the memory
 * itself would crash. Costs no system call for the stack, the heap and the
 * program itself, one or two elsewhere, each time: what was mapped once
 * may be so no more. Async-signal-safe.
 */
void usermem_init(void); /* in the constructor: learns where these are */
bool usermem_readable(const void *memory, size_t size);

/*
 * Gives the program an answer, of two pages at most, about its socket fd: 0, or
 * -EFAULT where it can't be written. Costs no system call for the stack, the
 * heap and the program's variables, one or two elsewhere. Async-signal-safe.
 */
int usermem_put(int fd, void *to, const void *from, size_t size);

#endif
