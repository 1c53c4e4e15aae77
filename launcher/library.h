/* SPDX-License-Identifier: MIT */
/* The preloaded library: where it is, whether it is ours, how it is loaded. */
#ifndef TCP2VSOCK_LAUNCHER_LIBRARY_H
#define TCP2VSOCK_LAUNCHER_LIBRARY_H

#include <limits.h>

#include "launcher/elffile.h"

struct library {
	char path[PATH_MAX]; /* absolute */
	struct elf_facts facts;
};

/*
 * Finds the library (TCP2VSOCK_LIBRARY, else the installed one) and makes sure
 * that the dynamic linker will load it and that its version is ours. It is
 * loaded into this process for that, so the mapping table's variables must
 * not be set: without them it does nothing. 0, or -EINVAL: the error has been
 * printed.
 */
int library_find(struct library *library);

/*
 * Puts the library at the end of LD_PRELOAD, behind what is there: a
 * sanitizer's runtime must stay the first. Does nothing when it is there
 * already. 0; -EINVAL: another tcp2vsock is in there, and the error has been
 * printed; -ENOMEM.
 */
int library_preload(const struct library *library);

#endif
