/* SPDX-License-Identifier: MIT */
/*
 * Whether the hooks are reached: another preloaded library may stand in front
 * and take a function from libc itself.
 */
#ifndef TCP2VSOCK_PRELOAD_REACHED_H
#define TCP2VSOCK_PRELOAD_REACHED_H

#include <stdbool.h>

/*
 * In the constructor, where there is a table. Ends the process with status 125
 * and a line that names the library, where one keeps connect() from us, or
 * getaddrinfo() and the table has names. Not asked where nobody is in front.
 */
void reached_check(void);

/* For the hooks, before anything else. True: it was only a question. */
extern bool reached_asking;
bool reached_answer(void);

static inline bool reached_is_question(void)
{
	return __builtin_expect(reached_asking, false) && reached_answer();
}

#endif
