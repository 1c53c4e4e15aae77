/* SPDX-License-Identifier: MIT */
/* Who is who: this machine's CID and the two ends of a socket. */
#include "vsock/sockaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

int vsock_local_cid(uint32_t *cid)
{
	unsigned int found;
	int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC);
	int n, err;

	if (fd < 0)
		return -1;
	n = ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &found);
	err = errno;
	close(fd);
	errno = err;
	if (n == 0)
		*cid = found;
	return n;
}

typedef int get_name(int fd, struct sockaddr *sa, socklen_t *len);

static int get_addr(get_name *get, int fd, struct vsock_addr *addr)
{
	struct sockaddr_vm sa = to_sockaddr(0, 0);
	socklen_t len = sizeof(sa);

	if (get(fd, (struct sockaddr *)&sa, &len) < 0)
		return -1;
	if (sa.svm_family != AF_VSOCK) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	*addr = from_sockaddr(&sa);
	return 0;
}

int vsock_local_addr(int fd, struct vsock_addr *addr)
{
	return get_addr(getsockname, fd, addr);
}

int vsock_remote_addr(int fd, struct vsock_addr *addr)
{
	return get_addr(getpeername, fd, addr);
}

int vsock_close(int fd)
{
	int saved = errno;

	if (close(fd) == 0 || errno == EINTR) {
		errno = saved;
		return 0;
	}
	return -1;
}
