/* SPDX-License-Identifier: MIT */
/* The process's mapping table. */
#ifndef TCP2VSOCK_REDIRECT_STATE_TABLE_H
#define TCP2VSOCK_REDIRECT_STATE_TABLE_H

#include <stdbool.h>

#include "config/table.h"

/* For table_get() alone: whether it is loaded, it, and loading it. */
extern bool table_is_read;
extern const struct map_table *table_read;
const struct map_table *table_wait(void);

/*
 * The table of the environment, or NULL when there is none and the library is
 * inert. The first call loads it, and ends the process with status 125, all
 * errors printed, when it is wrong: a program meant for vsock never runs over
 * TCP because of a typing mistake. The constructor makes that first call.
 */
static inline const struct map_table *table_get(void)
{
	if (__builtin_expect(__atomic_load_n(&table_is_read, __ATOMIC_ACQUIRE),
			     true))
		return table_read;
	return table_wait();
}

/*
 * Whether a target is a Unix socket. Where none is, an AF_UNIX socket is the
 * program's own, and not one system call is spent on it. Pure.
 */
bool table_has_hybrid(void);

/* The same of rules for Unix sockets. */
bool table_has_unix(void);

#endif
