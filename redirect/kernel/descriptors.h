/* SPDX-License-Identifier: MIT */
/* Which descriptors this process has, as /proc/self/fd lists them. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_DESCRIPTORS_H
#define TCP2VSOCK_REDIRECT_KERNEL_DESCRIPTORS_H

/*
 * Calls visit() for each. Needs a descriptor of its own. 0, or -errno of
 * open(2): nothing is visited. Allocates nothing; async-signal-safe.
 */
int descriptors_each(void (*visit)(int fd, void *arg), void *arg);

/* "FOLDER/NUMBER" into path, which is large enough. */
void descriptors_path(char *path, const char *folder, int number);

#endif
