/* SPDX-License-Identifier: MIT */
/* How the supervisor gets at the filter's notifications, where it can. */
#ifndef TCP2VSOCK_SUPERVISE_LISTENER_H
#define TCP2VSOCK_SUPERVISE_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

/* From the program, before it is one, to the supervisor. */
struct listener_news {
	int listener; /* its number in the program, or -errno */
	bool killable;
};

/*
 * Ours, close-on-exec; or -errno: none, or this process may not look at the
 * program.
 */
int listener_take(pid_t program, const struct listener_news *news);

/* Why there is none, in words, for a positive errno of listener_take()'s. */
const char *listener_reason(int error);

/*
 * Tries with a process that does nothing else whether a program can be
 * supervised here: 0 or -errno, and *killable as filter_install() has it.
 */
int listener_try(bool *killable);

#endif
