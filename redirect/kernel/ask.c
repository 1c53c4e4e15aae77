/* SPDX-License-Identifier: MIT */
/* Asks the kernel: see ask.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/real.h"

int ask_option(int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (real()->getsockopt(fd, level, name, &value, &len))
		return -errno;
	return value;
}

int ask_error(int fd)
{
	int error = ask_option(fd, SOL_SOCKET, SO_ERROR);

	if (error >= 0)
		return error;
	return error == -EBADF ? EBADF : ENOBUFS;
}

bool ask_listening(int fd)
{
	return ask_option(fd, SOL_SOCKET, SO_ACCEPTCONN) > 0;
}

bool ask_connected(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	return !real()->getpeername(fd, (struct sockaddr *)&sa, &len);
}

/*
 * A failed socket is writable (vsock_poll()), and so is an established one,
 * unless the peer's window is full.
 */
bool ask_connecting(int fd)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};

	return real()->poll(&pollfd, 1, 0) == 0 && !ask_connected(fd);
}

bool ask_nonblocking(int fd)
{
	return real()->fcntl(fd, F_GETFL) & O_NONBLOCK;
}

int ask_timeout(int fd, int option)
{
	struct timeval time = {0, 0};
	socklen_t len = sizeof(time);

	if (real()->getsockopt(fd, SOL_SOCKET, option, &time, &len) ||
	    (!time.tv_sec && !time.tv_usec) || time.tv_sec > 86400 * 20)
		return -1;
	return (int)(time.tv_sec * 1000 + (time.tv_usec + 999) / 1000);
}
