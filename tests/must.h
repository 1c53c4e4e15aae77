/* SPDX-License-Identifier: MIT */
/* For programs that only measure: what fails ends them, and says which. */
#ifndef TCP2VSOCK_TESTS_MUST_H
#define TCP2VSOCK_TESTS_MUST_H

#include <stdio.h>
#include <stdlib.h>

static inline int must(int r, const char *what)
{
	if (r >= 0)
		return r;
	perror(what);
	exit(99);
}

#define MUST(call) must(call, #call)

#endif
