/* SPDX-License-Identifier: MIT */
/* What poll(2) and epoll_wait(2) say of a connection that has failed. */
#ifndef TCP2VSOCK_REDIRECT_CALLS_READY_H
#define TCP2VSOCK_REDIRECT_CALLS_READY_H

#include <stdint.h>
#include <sys/epoll.h>

/*
 * For a result that has POLLERR, and for no other: the events that TCP would
 * have reported beside it, of those that were asked for; 0 where fd is no
 * redirected connection. The bits of poll(2) and of epoll(7) are the same. One
 * getsockopt(2) where fd may be one; async-signal-safe, errno is left alone.
 */
uint32_t ready_failed(int fd, uint32_t asked);

/*
 * The descriptor that is in the set with this data, as far as the hooks have
 * seen; -1: not known. Async-signal-safe.
 */
int ready_find(int epfd, epoll_data_t data);

#endif
