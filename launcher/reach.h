/* SPDX-License-Identifier: MIT */
/* Whether a program that becomes another user still finds the library. */
#ifndef TCP2VSOCK_LAUNCHER_REACH_H
#define TCP2VSOCK_LAUNCHER_REACH_H

/*
 * Warns, if this process is root's, when others may not read the file at this
 * absolute path, or not search a folder on the way to it: a daemon that starts
 * programs under another user would then have them on TCP, with no more than a
 * warning of the dynamic linker's. Permission bits alone are looked at: an
 * access list can be wider. Prints at most one warning.
 */
void reach_warn(const char *path);

#endif
