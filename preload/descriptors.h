/* SPDX-License-Identifier: MIT */
/* Which descriptors this process has, as /proc/self/fd lists them. */
#ifndef TCP2VSOCK_PRELOAD_DESCRIPTORS_H
#define TCP2VSOCK_PRELOAD_DESCRIPTORS_H

/* Calls visit() for each. Allocates nothing; async-signal-safe. */
void descriptors_each(void (*visit)(int fd, void *arg), void *arg);

/* "FOLDER/NUMBER" into path, which is large enough. */
void descriptors_path(char *path, const char *folder, int number);

#endif
