/* SPDX-License-Identifier: MIT */
/* What an ELF file says of itself. Nothing in the file is trusted. */
#ifndef TCP2VSOCK_LAUNCHER_PROGRAM_ELFFILE_H
#define TCP2VSOCK_LAUNCHER_PROGRAM_ELFFILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct elf_facts {
	unsigned char class;   /* ELFCLASS32 or ELFCLASS64 */
	unsigned char data;    /* byte order */
	uint16_t machine;      /* EM_..., in this machine's byte order */
	bool known_layout;     /* 32 or 64 bits, in this machine's byte order */
	bool whole;	       /* every segment lies inside the file */
	bool go;	       /* made by the Go linker */
	bool pascal;	       /* made by Free Pascal */
	char interp[PATH_MAX]; /* the dynamic linker's path; "": none */
	char note[64];	       /* our library's, see preload/main.c; "": none */
};

/*
 * Reads the facts with pread(2), never more than some 64 KiB at a time; what
 * follows known_layout is only looked at where that is true, and else false.
 * -ENOEXEC: not an ELF file, or one that contradicts itself; or pread()'s
 * errors.
 */
int elf_read(int fd, struct elf_facts *facts);

#endif
