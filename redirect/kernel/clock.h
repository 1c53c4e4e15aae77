/* SPDX-License-Identifier: MIT */
/* The time that waiting is measured by. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_CLOCK_H
#define TCP2VSOCK_REDIRECT_KERNEL_CLOCK_H

#include <sys/syscall.h>
#include <time.h>

#include "redirect/kernel/real.h"

/*
 * In milliseconds, of a clock that nobody sets, nor makes believe that it
 * stands still (faketime(1) has a clock_gettime() of its own). One system call.
 * Async-signal-safe.
 */
static inline long now_ms(void)
{
	struct {
		long sec, nsec;
	} now = {0, 0};

	real()->syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return now.sec * 1000 + now.nsec / 1000000;
}

#endif
