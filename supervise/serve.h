/* SPDX-License-Identifier: MIT */
/*
 * The calls, one function each. They return what the program gets, a value or
 * -errno, or GO_ON. All but serve_epoll_create() are given a socket in
 * visit->fd that is TCP's or redirected.
 */
#ifndef TCP2VSOCK_SUPERVISE_SERVE_H
#define TCP2VSOCK_SUPERVISE_SERVE_H

#include <stddef.h>

#include "supervise/visit.h"

/* Serves one call, by one of these, and answers it. */
void serve_visit(struct visit *visit);

long serve_connect(struct visit *visit);
long serve_bind(struct visit *visit);
long serve_listen(struct visit *visit);
long serve_accept(struct visit *visit);
long serve_shutdown(struct visit *visit);
long serve_getsockname(struct visit *visit);
long serve_getpeername(struct visit *visit);
long serve_getsockopt(struct visit *visit);
long serve_setsockopt(struct visit *visit);
long serve_sendto(struct visit *visit);
long serve_sendmsg(struct visit *visit);
long serve_recvmsg(struct visit *visit);
long serve_recvfrom(struct visit *visit);
long serve_ioctl(struct visit *visit);
long serve_dup(struct visit *visit);
long serve_fcntl(struct visit *visit);
long serve_epoll_create(struct visit *visit);

/*
 * rename() and its kin name no descriptor: the number of the socket whose file
 * gets a rule's name, or -1. serve_moved() is given that socket.
 */
int serve_moved_number(struct visit *visit);
long serve_moved(struct visit *visit);

/* Given any other kind of socket. The others may ask a name server. */
long serve_other_connect(struct visit *visit);
long serve_lookup_connect(struct visit *visit);
long serve_lookup_sendto(struct visit *visit);
long serve_lookup_sendmmsg(struct visit *visit);

/* Tells of a connect() or bind() that is GO_ON. Returns r. */
long serve_told_left(const struct visit *visit, long r);

/* Whether the kernel receives with these flags as TCP does. Pure. */
bool serve_is_kernels(const struct visit *visit, int flags, size_t size);

/*
 * Sends without a signal, where `error` is 0; else only asks, and returns that
 * error where the socket has none.
 */
long serve_send(int fd, const void *buf, size_t size, int flags, int error);

/* Returns r, an error; a program that sent to nobody gets its signal. */
long serve_broken_pipe(const struct visit *visit, int flags, long r);

/* An epoll set gets another number. False, always. */
bool serve_dup_of_set(const struct visit *visit);

/* Copies a name out as the kernel does; 0 or -EFAULT, -EINVAL. */
struct sockaddr_storage;
int serve_put_name(const struct visit *visit, int address_arg, int length_arg,
		   const struct sockaddr_storage *sa, unsigned size);

#endif
