/* SPDX-License-Identifier: MIT */
/* Where the library's lines go: its log and its trace. */
#ifndef TCP2VSOCK_LAUNCHER_OUTPUT_H
#define TCP2VSOCK_LAUNCHER_OUTPUT_H

#include "launcher/options.h"

/*
 * Sets TCP2VSOCK_LOG and TCP2VSOCK_TRACE for the program: what the options ask
 * for, else what is there already. 0; -EINVAL: a file can't be written, which
 * has been printed; -ENOMEM and the like.
 */
int output_export(const struct command_line *request);

#endif
