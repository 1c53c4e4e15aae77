/* SPDX-License-Identifier: MIT */
/*
 * What becomes of calls that a rule decides, for people (TCP2VSOCK_LOG) and
 * for probes (probes.h). Async-signal-safe. Leaves errno alone.
 */
#ifndef TCP2VSOCK_REDIRECT_REPORT_LOG_H
#define TCP2VSOCK_REDIRECT_REPORT_LOG_H

#include <stdbool.h>

#include "config/table.h"
#include "redirect/state/tag.h"

/* Reads TCP2VSOCK_LOG. In the constructor. */
void log_init(void);

/*
 * "tcp2vsock[PID]: connect ADDRESS -> TARGET RESULT", and the same of bind();
 * r is what the program gets: 0 or -errno. Nearly free if nobody wants it.
 */
void log_connect(const struct endpoint *to, const struct map_answer *answer,
		 int r);
void log_bind(const struct endpoint *to, const struct map_answer *answer,
	      int r);

/* The same for accept(), whose peer has a vsock address and no rule. */
void log_accept(const struct endpoint *own, uint32_t cid, uint32_t port);

/* ... or is a monitor; fd is the accepted socket, which is asked whose. */
void log_accept_hybrid(const struct endpoint *own, int fd);

/* "tcp2vsock[PID]: TEXT" on stderr, wanted or not, once for each place. */
void log_complain(bool *said, const char *text);

#endif
