/* SPDX-License-Identifier: MIT */
/* The preloaded library: where it is, whether it is ours, how it is loaded. */
#ifndef TCP2VSOCK_LAUNCHER_LIBRARY_H
#define TCP2VSOCK_LAUNCHER_LIBRARY_H

#include <limits.h>
#include <stddef.h>

#include "launcher/program/elffile.h"

struct library {
	char path[PATH_MAX]; /* absolute */
	char version[32];    /* "": not known */
	char libc[16];	     /* "glibc", "musl" */
	struct elf_facts facts;
};

/* What keeps it from being preloaded, in words for people. */
struct library_fault {
	char what[2 * PATH_MAX + 256]; /* "": nothing */
	const char *remedy;
};

/*
 * Finds the library (library_place()) and makes sure that the dynamic linker
 * will load it and that its version is ours. 0; -EINVAL, and *fault says why.
 */
int library_look(struct library *library, struct library_fault *fault);

/* The same, and prints the fault. */
int library_find(struct library *library);

/*
 * Whether a program finds a library that it can load: bits. In a folder of
 * libraries for all programs (library_place.h) it is not `library` itself that
 * a program of glibc's loads.
 */
enum library_misfit {
	LIBRARY_OTHER_MACHINE = 1 << 0,
	LIBRARY_OTHER_LIBC = 1 << 1,
};

/*
 * What LD_PRELOAD has to say for a dynamic program of these facts: in
 * `preload`, if it returns no bits.
 */
unsigned library_for(const struct library *library,
		     const struct elf_facts *program, char preload[PATH_MAX]);

/*
 * Looks for a tcp2vsock in a value of LD_PRELOAD. 1: this very path. 0: none.
 * -EINVAL: another one, *length bytes at *entry.
 */
int library_look_in(const char *path, const char *list, const char **entry,
		    size_t *length);

/*
 * Puts the path at the end of LD_PRELOAD, behind what is there: a sanitizer's
 * runtime must stay the first. Does nothing when it is there already. 0;
 * -EINVAL: another tcp2vsock is in there, and the error has been printed;
 * -ENOMEM.
 */
int library_preload(const char *path);

/*
 * Takes every tcp2vsock out of LD_PRELOAD: a supervised program is served once.
 * 1: there was one, and this process has it loaded; 0: none; -ENOMEM.
 */
int library_unload(void);

#endif
