/* SPDX-License-Identifier: MIT */
/*
 * Registrations in the program's epoll sets, which belong to a pair of number
 * and open file (epoll(7)), and so are lost when another socket is put under
 * the number. They are taken out before and put in again after.
 */
#ifndef TCP2VSOCK_SUPERVISE_SETS_H
#define TCP2VSOCK_SUPERVISE_SETS_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#define SETS_MAX 64 /* registrations that one swap takes along */

struct sets_saved {
	unsigned n;
	struct {
		int set;    /* our duplicate, until sets_restore() */
		int fd;	    /* what is watched, as we have it */
		int number; /* of the program, that is watched */
		struct epoll_event event;
	} in[SETS_MAX];
};

/* A set has this number, in whichever process of the tree. */
void sets_note(int number);

/* ... or a copy of one has a number that nobody knows. */
void sets_distrust(void);

/* Whether sets_note() knows the number. */
int sets_is_known(int number);

/*
 * Takes the program's number, which stands for our `fd` with this inode, out of
 * every set that it is in, and says which.
 */
void sets_take(pid_t tid, int fd, ino_t inode, int number,
	       struct sets_saved *saved);

/* Puts all in again, for what is under them by now; closes the duplicates. */
void sets_restore(struct sets_saved *saved);

#endif
