/* SPDX-License-Identifier: MIT */
/* Closes what came from the caller: see keep_only.h. */
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervise/keep_only.h"

#ifndef SYS_close_range
#define SYS_close_range 436 /* since Linux 5.9, as all of this */
#endif

/* The lowest of them that is not below `from`; UINT_MAX: none. */
static unsigned next_kept(const int *numbers, size_t n, unsigned from)
{
	unsigned next = UINT_MAX;

	for (size_t i = 0; i < n; i++)
		if (numbers[i] >= 0 && (unsigned)numbers[i] >= from &&
		    (unsigned)numbers[i] < next)
			next = (unsigned)numbers[i];
	return next;
}

void keep_only(const int *numbers, size_t n)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned from = STDERR_FILENO + 1;

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	for (;;) {
		unsigned kept = next_kept(numbers, n, from);

		if (kept > from)
			syscall(SYS_close_range, from, kept - 1, 0);
		if (kept == UINT_MAX)
			return;
		from = kept + 1;
	}
}
