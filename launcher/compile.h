/* SPDX-License-Identifier: MIT */
/* --compile: writes a table as a file. */
#ifndef TCP2VSOCK_LAUNCHER_COMPILE_H
#define TCP2VSOCK_LAUNCHER_COMPILE_H

#include "config/table.h"

/* 0, or -errno: the error has been printed, and the file is as it was. */
int compile(const struct map_table *table, const char *name);

#endif
