/* SPDX-License-Identifier: MIT */
/*
 * The log that TCP2VSOCK_LOG asks for: one line, one write(2).
 * Async-signal-safe: no stdio, no allocation, no lock. Leaves errno alone.
 */
#ifndef TCP2VSOCK_PRELOAD_LOG_H
#define TCP2VSOCK_PRELOAD_LOG_H

#include <stdbool.h>

#include "config/table.h"
#include "preload/tag.h"

/* Whether anybody wants to read it; costs nothing when not. */
bool log_wanted(void);

/* Reads TCP2VSOCK_LOG. In the constructor. */
void log_init(void);

/* "tcp2vsock[PID]: WHAT ADDRESS -> TARGET RESULT" */
void log_event(const char *what, const struct name *name,
	       const struct map_answer *answer, const char *result);

/* The same for accept(), whose peer has a vsock address and no rule. */
void log_accept(const struct name *own, uint32_t cid, uint32_t port);

/* "tcp2vsock[PID]: TEXT" on stderr, wanted or not, once for each place. */
void log_complain(bool *said, const char *text);

#endif
