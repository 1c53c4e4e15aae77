/* SPDX-License-Identifier: MIT */
/*
 * What sending, receiving and ioctl() share. All of it is async-signal-safe,
 * and where nothing is redirected costs no system call.
 */
#ifndef TCP2VSOCK_REDIRECT_CALLS_DATA_H
#define TCP2VSOCK_REDIRECT_CALLS_DATA_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "redirect/state/hold.h"

/* A system call's result with -errno inside. */
static inline ssize_t data_result(ssize_t r)
{
	return r < 0 ? -errno : r;
}

/* Whether fd is a redirected socket; asks the kernel. */
bool data_is_ours(int fd);

/* Whether it is a hybrid client that reached nobody. */
bool data_is_refused(int fd);

/* AF_VSOCK copies late, and calls a bad pointer ENOMEM: -EFAULT, else r. */
ssize_t data_memory_error(int fd, const void *buf, size_t size, ssize_t r);
ssize_t data_parts_error(int fd, const struct msghdr *msg, ssize_t r);

/* Whether the buffers can be looked at, and how much they take together. */
bool data_measure(const struct msghdr *msg, size_t *size);

/* The numbers that go with a message which the kernel took or gave. */
void data_each_number(const struct msghdr *msg, void (*visit)(int fd));

/* A call that is made once more, on another number of its socket. */
struct data_again {
	ssize_t (*call)(int fd, const struct data_again *again);
	void *data; /* a buffer of this size; or a message */
	size_t size;
	int flags;
};

/*
 * While a connection is being made TCP waits for it, or says EAGAIN
 * (tcp_sendmsg_locked()), and after the time that the option `timeout` of the
 * socket is set to; AF_VSOCK says ENOTCONN. True: it is made now, and *r
 * is what the call has returned then, whoever has the number by now. Else *error
 * is TCP's, or as it was. A cancellation point.
 */
bool data_after_connect(struct hold *hold, const struct data_again *again,
			int timeout, ssize_t *r, int *error);

/* Where what is discarded goes to. Nobody reads it, so all may write it. */
#define DATA_WASTE_SIZE (256 * 1024)
extern char data_waste[DATA_WASTE_SIZE] __attribute__((visibility("hidden")));

#endif
