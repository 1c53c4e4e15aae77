/* SPDX-License-Identifier: MIT */
/*
 * Registrations in epoll sets belong to a pair of number and open file
 * (epoll(7)), so they do not follow when another socket is put under the
 * number: they have to be taken out before and put in again after. The sets
 * that were seen are kept in fixed memory; async-signal-safe, no lock.
 */
#ifndef TCP2VSOCK_REDIRECT_SWAP_EPOLL_H
#define TCP2VSOCK_REDIRECT_SWAP_EPOLL_H

#include "redirect/state/hints.h"

#define EPOLL_SETS_MAX 64 /* sets that one descriptor is followed into */

struct epoll_saved {
	unsigned n;
	struct hint_epoll in[EPOLL_SETS_MAX];
};

/* epoll_ctl() was seen to succeed. */
void epoll_note(int epfd, int op, int fd, const struct epoll_event *event);

/* dup() and its relatives were seen: the set may be known by the copy alone. */
void epoll_copied(int fd, int copy);

/* One that was there before, if fd is a set. */
void epoll_inherited(int fd);

/* io_uring_setup() was seen: registrations may be made behind our back. */
void epoll_distrust(void);

/*
 * The events that the kernel is to report where these are asked for: ready.h
 * says why it may be one more, and what becomes of that. Pure.
 */
uint32_t epoll_asked(int fd, uint32_t events);

/* Takes fd out of every set that it is in, of EPOLL_SETS_MAX, and says which. */
void epoll_take(int fd, struct epoll_saved *saved);

/*
 * One line of /proc/PID/fdinfo/SET (ep_show_fdinfo() of fs/eventpoll.c):
 * "tfd: 5 events: 19 data: 5 pos:0 ino:7ab ...". Whether it is of this number;
 * then what is registered for it. Pure.
 */
bool epoll_parse(const char *line, int fd, struct epoll_event *event);

/* Puts it in again, with the same events and data. */
void epoll_give(int fd, const struct epoll_saved *saved);

#endif
