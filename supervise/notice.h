/* SPDX-License-Identifier: MIT */
/* Notifications of the kernel (seccomp_unotify(2)): a call that waits for us.
 */
#ifndef TCP2VSOCK_SUPERVISE_NOTICE_H
#define TCP2VSOCK_SUPERVISE_NOTICE_H

#include <stdbool.h>

#include "supervise/seccomp.h"

/* In one buffer, since a kernel's may be longer than this header knows. */
union notice {
	struct seccomp_notif is;
	char room[512];
};

/* The descriptor that filter_install() gave, as it is here. Once, at first. */
void notice_begin(int listener);

/* Waits for the next. 0, or -errno: the call has gone, or a signal came. */
int notice_receive(union notice *notice);

/* Whether the thread still waits for the answer. */
bool notice_is_valid(const union notice *notice);

/*
 * Answers: a value or -errno; or that the kernel is to make the call itself.
 * False: the thread has left, killed or, in an old kernel, by a signal.
 */
bool notice_answer(const union notice *notice, long result);
bool notice_go_on(const union notice *notice);

/* Puts our descriptor under a number of the program. 0 or -errno. */
int notice_put(const union notice *notice, int number, int fd,
	       bool close_on_exec);

/* The same under the lowest free number, which is returned; or -errno. */
int notice_give(const union notice *notice, int fd, bool close_on_exec);

#endif
