/* SPDX-License-Identifier: MIT */
/* The time that waiting is measured by. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_CLOCK_H
#define TCP2VSOCK_REDIRECT_KERNEL_CLOCK_H

#include <time.h>

/* In milliseconds, of a clock that nobody sets. Async-signal-safe. */
static inline long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
