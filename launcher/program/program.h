/* SPDX-License-Identifier: MIT */
/*
 * Finds the program that a command names and says what hinders us in it.
 *
 * Map of launcher/program/:
 *	elffile.c    what an ELF file says of itself
 *	privilege.c  whether the kernel raises its privileges
 *	program.c    what would run, and what hinders us in it
 *	reach.c      whether other users reach the library
 */
#ifndef TCP2VSOCK_LAUNCHER_PROGRAM_PROGRAM_H
#define TCP2VSOCK_LAUNCHER_PROGRAM_PROGRAM_H

#include <limits.h>

#include "launcher/library.h"

/* Why a preloaded library can't do its work in a program: bits. */
enum program_flaw {
	PROGRAM_STATIC = 1 << 0,
	PROGRAM_GO = 1 << 1,
	PROGRAM_PRIVILEGED = 1 << 2,
	PROGRAM_FOREIGN = 1 << 3,
	PROGRAM_OTHER_LIBC = 1 << 4,
	PROGRAM_UNREADABLE = 1 << 5,
	PROGRAM_PASCAL = 1 << 6,
};

struct program {
	char path[PATH_MAX];	/* the last file looked at: for a script, its
				   interpreter; after an error, its cause */
	char preload[PATH_MAX]; /* the library for that, for LD_PRELOAD */
	unsigned flaws;
};

/*
 * Looks for command as execvp(3) does and follows "#!" lines, through
 * env(1) too, as execve(2) does. 0: found, and program->flaws tells the rest.
 * Else the error that execvp() would end with: -ENOENT, -EACCES, -ENOEXEC,
 * -ELOOP, -ENAMETOOLONG, ...
 *
 * library: the one that is to be preloaded, or its bundle.
 */
int program_find(const char *command, const struct library *library,
		 struct program *program);

#endif
