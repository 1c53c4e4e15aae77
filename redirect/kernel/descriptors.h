/* SPDX-License-Identifier: MIT */
/* Which descriptors this process has, as /proc/self/fd lists them. */
#ifndef TCP2VSOCK_REDIRECT_KERNEL_DESCRIPTORS_H
#define TCP2VSOCK_REDIRECT_KERNEL_DESCRIPTORS_H

#include <stdbool.h>

/*
 * Calls visit() for each. Needs a descriptor of its own. 0, or -errno of
 * open(2): nothing is visited. Allocates nothing; async-signal-safe.
 */
int descriptors_each(void (*visit)(int fd, void *arg), void *arg);

/*
 * The same of another folder of /proc whose names are numbers. What has a name
 * that is none is 0.
 */
int descriptors_each_in(const char *folder, void (*visit)(int fd, void *arg),
			void *arg);

/*
 * In place of /proc/self/fd, another list: of descriptors that are held for the
 * process that an engine call is made for, where that is not this one.
 */
typedef int descriptors_list(void (*visit)(int fd, void *arg), void *arg);
void descriptors_from(descriptors_list *list);

/* Whether that is not so. */
bool descriptors_are_ours(void);

/* "FOLDER/NUMBER" into path, which is large enough. */
void descriptors_path(char *path, const char *folder, int number);

#endif
