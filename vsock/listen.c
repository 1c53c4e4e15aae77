/* SPDX-License-Identifier: MIT */
/* The server's side: listen and accept. */
#include "vsock/sockaddr.h"

#include <errno.h>
#include <unistd.h>

/*
 * The kernel takes port 0 for a number like any other, and a privileged one:
 * EACCES (__vsock_bind_connectible).
 */
static int bind_and_listen(int fd, uint32_t cid, uint32_t port)
{
	struct sockaddr_vm sa = to_sockaddr(cid, port ? port : VSOCK_PORT_ANY);

	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -1;
	return listen(fd, SOMAXCONN);
}

int vsock_listen_cid(uint32_t cid, uint32_t port)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -1;
	if (bind_and_listen(fd, cid, port) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

int vsock_listen(uint32_t port)
{
	uint32_t cid;

	if (vsock_local_cid(&cid) < 0)
		return -1;
	return vsock_listen_cid(cid, port);
}

int vsock_accept(int fd, struct vsock_addr *peer, int flags)
{
	struct sockaddr_vm sa;
	socklen_t len = sizeof(sa);
	int conn;

	if (flags & ~SOCK_NONBLOCK) {
		errno = EINVAL;
		return -1;
	}
	conn = accept4(fd, (struct sockaddr *)&sa, &len, flags | SOCK_CLOEXEC);
	if (conn >= 0 && peer)
		*peer = from_sockaddr(&sa);
	return conn;
}
