/* SPDX-License-Identifier: MIT */
#ifndef TCP2VSOCK_SUPERVISE_LIBC_CALLS_H
#define TCP2VSOCK_SUPERVISE_LIBC_CALLS_H

#include "redirect/kernel/real.h"

/*
 * The calls that the engine makes, as libc has them: no hook stands in front of
 * them in this process, and a static command could not look them up. Those that
 * only hooks use are NULL.
 */
extern const struct real_calls libc_calls;

#endif
