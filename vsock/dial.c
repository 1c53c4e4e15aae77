/* SPDX-License-Identifier: MIT */
/*
 * The client's side. A signal ends a blocking connect() of vsock and with it
 * the attempt, so it is started without blocking and waited for with poll(),
 * which can be taken up again with what is left of the time.
 */
#include "vsock/sockaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MS_PER_S  1000
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

static int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* In milliseconds, rounded up: never too early. */
static int time_left(int64_t deadline)
{
	int64_t left = deadline - monotonic_ns();

	return left > 0 ? (int)((left + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/*
 * Without it the kernel gives up after two seconds
 * (VSOCK_DEFAULT_CONNECT_TIMEOUT). It is told to be a little more patient than
 * the caller, so that poll() is what measures the time.
 */
static int set_kernel_limit(int fd, int timeout_ms)
{
	struct timeval tv = {.tv_sec = timeout_ms / MS_PER_S + 2};

	return setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT, &tv,
			  sizeof(tv));
}

/* Returns what poll() does; timeout_ms 0 waits for as long as the kernel. */
static int wait_writable(int fd, int timeout_ms)
{
	struct pollfd pfd = {.fd = fd, .events = POLLOUT};
	int64_t deadline = monotonic_ns() + timeout_ms * NS_PER_MS;
	int n;

	do
		n = poll(&pfd, 1, timeout_ms ? time_left(deadline) : -1);
	while (n < 0 && errno == EINTR);
	return n;
}

static int wait_for_peer(int fd, int timeout_ms)
{
	socklen_t len = sizeof(int);
	int n = wait_writable(fd, timeout_ms);
	int err;

	if (n < 0)
		return -errno;
	if (n == 0)
		return -ETIMEDOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	return -err;
}

static int set_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

static int dial_socket(int fd, uint32_t cid, uint32_t port, int timeout_ms)
{
	struct sockaddr_vm sa = to_sockaddr(cid, port);
	int err = 0;

	if (timeout_ms > 0 && set_kernel_limit(fd, timeout_ms) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		err = -errno;
	if (err == -EINPROGRESS)
		err = wait_for_peer(fd, timeout_ms);
	return err ? err : set_blocking(fd);
}

int vsock_dial(uint32_t cid, uint32_t port, int timeout_ms)
{
	int saved = errno;
	int fd, err;

	if (timeout_ms < 0) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	err = dial_socket(fd, cid, port, timeout_ms);
	if (err)
		close(fd);
	errno = err ? -err : saved;
	return err ? -1 : fd;
}
