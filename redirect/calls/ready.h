/* SPDX-License-Identifier: MIT */
/*
 * What poll(2) and epoll_wait(2) say of a connection that has failed, and of a
 * Unix socket whose peer has gone. That is POLLHUP, which nobody need ask for
 * (unix_poll() in net/unix/af_unix.c). AF_VSOCK, as TCP, says POLLRDHUP to who
 * asks for it, and says it of a peer that has only no more to send, too. So
 * that is asked for besides, and what came of it is looked at and taken away
 * again. All is async-signal-safe, and errno is left alone.
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_READY_H
#define TCP2VSOCK_REDIRECT_CALLS_READY_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/*
 * Before poll(2): whether there are redirected Unix sockets among these, and
 * then they are asked of their ends, too: ready_told() is to follow. No system
 * call where the process has none.
 */
bool ready_ask(struct pollfd *fds, nfds_t n);

/*
 * Makes what poll(2) has given, r, what the program gets. 0 for r > 0: nothing
 * that it asked for has happened, and the question is the program's again.
 */
int ready_told(struct pollfd *fds, nfds_t n, int r);

/* Completes r results of poll(2) that have POLLERR, as TCP has them. */
void ready_failed(struct pollfd *fds, int r);

/*
 * Both of what epoll_wait(2) has given: how many are left. The same holds where
 * none is. What the hooks have not seen of a set, it has not.
 */
int ready_events(int epfd, struct epoll_event *events, int r);

#endif
