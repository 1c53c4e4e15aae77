/* SPDX-License-Identifier: MIT */
/* The process's mapping table. */
#ifndef TCP2VSOCK_PRELOAD_TABLE_H
#define TCP2VSOCK_PRELOAD_TABLE_H

#include "config/table.h"

/*
 * The table of the environment, or NULL when there is none and the library is
 * inert. The first call loads it, and ends the process with status 125, all
 * errors printed, when it is wrong: a program meant for vsock never runs over
 * TCP because of a typing mistake. The constructor makes that first call.
 */
const struct map_table *table_get(void);

#endif
