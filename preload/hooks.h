/* SPDX-License-Identifier: MIT */
/* The edge: -errno inside, -1 and errno outside. For hooks_*.c only. */
#ifndef TCP2VSOCK_PRELOAD_HOOKS_H
#define TCP2VSOCK_PRELOAD_HOOKS_H

#include <errno.h>

#define EXPORT __attribute__((visibility("default")))

/* Of logic that leaves errno alone where it succeeds. */
static inline long hook_result(long r)
{
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* errno belongs to the caller: success leaves it as it was on entry. */
static inline long hook_return(long r, int saved_errno)
{
	if (r >= 0)
		errno = saved_errno;
	return hook_result(r);
}

#endif
