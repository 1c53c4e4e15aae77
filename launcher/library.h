/* SPDX-License-Identifier: MIT */
/* The preloaded library: where it is, whether it is ours, how it is loaded. */
#ifndef TCP2VSOCK_LAUNCHER_LIBRARY_H
#define TCP2VSOCK_LAUNCHER_LIBRARY_H

#include <limits.h>
#include <stddef.h>

#include "launcher/elffile.h"

struct library {
	char path[PATH_MAX]; /* absolute */
	char version[32];    /* "": not known */
	struct elf_facts facts;
};

/* What keeps it from being preloaded, in words for people. */
struct library_fault {
	char what[PATH_MAX + 256]; /* "": nothing */
	const char *remedy;
};

/*
 * Finds the library (TCP2VSOCK_LIBRARY, else the installed one) and makes sure
 * that the dynamic linker will load it and that its version is ours. It is
 * loaded into this process for that, so the mapping table's variables must
 * not be set: without them it does nothing. 0; -EINVAL, and *fault says why.
 */
int library_look(struct library *library, struct library_fault *fault);

/* The same, and prints the fault. */
int library_find(struct library *library);

/*
 * Looks for a tcp2vsock in a value of LD_PRELOAD. 1: this very library. 0:
 * none. -EINVAL: another one, *length bytes at *entry.
 */
int library_look_in(const struct library *library, const char *list,
		    const char **entry, size_t *length);

/*
 * Puts the library at the end of LD_PRELOAD, behind what is there: a
 * sanitizer's runtime must stay the first. Does nothing when it is there
 * already. 0; -EINVAL: another tcp2vsock is in there, and the error has been
 * printed; -ENOMEM.
 */
int library_preload(const struct library *library);

#endif
