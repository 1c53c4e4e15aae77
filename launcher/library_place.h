/* SPDX-License-Identifier: MIT */
/* Where the library is: beside the command, wherever that has been put. */
#ifndef TCP2VSOCK_LAUNCHER_LIBRARY_PLACE_H
#define TCP2VSOCK_LAUNCHER_LIBRARY_PLACE_H

#include <limits.h>
#include <stdbool.h>

#define LIBRARY_NAME "libtcp2vsock.so"

/*
 * A bundle has libraries for all programs beside bin/, one LD_PRELOAD for
 * which is ROOT/$LIB/libtcp2vsock.so. The dynamic linker of glibc puts the name
 * of its own folder there (lib/x86_64-linux-gnu, lib64, lib: see ld.so(8)), and
 * that of musl takes it as it stands: its library is in a folder of that name.
 */
#define LIBRARY_TOKEN "/$LIB/"

/*
 * The first that is there: what TCP2VSOCK_LIBRARY names; what lies relative to
 * this command as the installed library does to the installed command (for a
 * bundle's command that is in $LIB); the installed one. Absolute. false: none
 * is there, and `path` is where it was looked for last; or that is too long,
 * and then it is empty.
 */
bool library_place(char path[PATH_MAX]);

/*
 * In a bundle at `path`, for programs of glibc with this dynamic linker: where
 * that linker will look. false: it can't be told, or `path` is no bundle.
 */
bool library_place_for(const char *path, const char *interp,
		       char place[PATH_MAX]);

/*
 * In a bundle at `path`, the first library in a folder of lib/ that fits().
 * false: there is none, or `path` is no bundle.
 */
bool library_place_any(const char *path,
		       bool (*fits)(const char *place, void *arg), void *arg,
		       char place[PATH_MAX]);

#endif
