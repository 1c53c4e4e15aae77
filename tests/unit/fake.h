/* SPDX-License-Identifier: MIT */
/*
 * A kernel for tests, under the library's table of real calls. Its AF_VSOCK
 * sockets are AF_UNIX ones, so it is there on every machine and nothing that is
 * dialled leaves the process; all else is the real kernel. Any call that can
 * fail on a socket that is open can be made to.
 */
#ifndef TCP2VSOCK_TESTS_UNIT_FAKE_H
#define TCP2VSOCK_TESTS_UNIT_FAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "vsock/vm_sockets.h"

enum fake_call {
	FAKE_SOCKET,
	FAKE_CONNECT,
	FAKE_BIND,
	FAKE_LISTEN,
	FAKE_ACCEPT,
	FAKE_GETSOCKNAME,
	FAKE_GETPEERNAME,
	FAKE_GETSOCKOPT,
	FAKE_SETSOCKOPT,
	FAKE_SHUTDOWN,
	FAKE_RECV,
	FAKE_EPOLL_CTL,
	FAKE_POLL,
	FAKE_DUP3,
	FAKE_CLOSE,
	FAKE_IOCTL,
	FAKE_CALLS,
};

#define FAKE_LOG 512

struct fake {
	int connect_error; /* of connect() to a vsock address */
	int bind_error;	   /* of the next bind() to one */
	int so_error;
	bool connected, connecting, listening;
	struct sockaddr_vm dialled, bound, own, peer;
	int backlog; /* of listen() on a vsock socket */

	/* SO_VM_SOCKETS_CONNECT_TIMEOUT and BUFFER_SIZE as they were set. */
	struct timeval timeout;
	uint64_t window;

	/* Call number fail_at, counted from 1, gives fail_error. */
	unsigned fail_at;
	int fail_error;

	unsigned v6_asked; /* getsockopt() of options at IPPROTO_IPV6 */
	unsigned calls;
	enum fake_call log[FAKE_LOG];
};

extern struct fake fake;

/* Loads this table and puts the fake kernel under the library. */
void fake_start(const char *map);

/* As new, with no fault. Descriptors stay. */
void fake_reset(void);

/* socket() as the hook does it: type may have SOCK_NONBLOCK. */
int fake_tcp(int family, int type);

/* Whether a vsock socket of this kernel is under the number. */
bool fake_is_vsock(int fd);

#endif
