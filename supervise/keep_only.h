/* SPDX-License-Identifier: MIT */
/* Descriptors of the program's caller, which are not ours to keep open. */
#ifndef TCP2VSOCK_SUPERVISE_KEEP_ONLY_H
#define TCP2VSOCK_SUPERVISE_KEEP_ONLY_H

#include <stddef.h>

/*
 * Closes all but standard error and these n: whoever reads from a pipe that the
 * program has closed waits for its end. Standard input and output are /dev/null
 * then.
 */
void keep_only(const int *numbers, size_t n);

#endif
