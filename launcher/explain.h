/* SPDX-License-Identifier: MIT */
/* Says what the table makes of one call. */
#ifndef TCP2VSOCK_LAUNCHER_EXPLAIN_H
#define TCP2VSOCK_LAUNCHER_EXPLAIN_H

#include "config/table.h"

/*
 * Prints on stdout what becomes of call: "[connect|listen] HOST:PORT", HOST an
 * IPv4 address, an IPv6 address in brackets, or a name. connect is the default.
 * Then each rule up to the one that decides, and why it doesn't match; of a
 * long table those that name the host only. 0; -ENOMEM; -EINVAL: call is not of
 * that form, and the error has been printed.
 */
int explain(const struct map_table *table, const char *call);

#endif
