/* SPDX-License-Identifier: MIT */
/* Whether a program would run with more rights than its caller's. */
#ifndef TCP2VSOCK_LAUNCHER_PROGRAM_PRIVILEGE_H
#define TCP2VSOCK_LAUNCHER_PROGRAM_PRIVILEGE_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Whether execve() of the ELF file at path, whose stat(2) is st, would set
 * AT_SECURE, by the rules of the kernel's cap_bprm_creds_from_file() in
 * security/commoncap.c: the dynamic linker then ignores LD_PRELOAD paths, and
 * secure_getenv() the mapping table. A security module's own reasons can't be
 * seen from here.
 */
bool privilege_is_raised(const char *path, const struct stat *st);

#endif
