/* SPDX-License-Identifier: MIT */
/*
 * Whether the program has put itself under seccomp(2). A filter may kill for a
 * call that it does not name, and what it names is written for plain libc: so
 * where a hook stands before one call that any sandbox allows (shutdown(2),
 * sending, receiving), it makes that call and no other. Async-signal-safe: a
 * store and a load.
 */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_SANDBOX_H
#define TCP2VSOCK_REDIRECT_KERNEL_SANDBOX_H

#include <stdbool.h>

/* prctl(2) or seccomp(2) was seen to install a filter, here or before fork().
 */
void sandbox_entered(void);
bool sandbox_is_on(void);

#endif
