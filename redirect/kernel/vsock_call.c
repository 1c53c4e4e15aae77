/* SPDX-License-Identifier: MIT */
/* vsock addresses, given to the kernel and asked of it: see vsock_call.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/ioctl.h>

#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/vsock_call.h"

typedef int give_call(int fd, const struct sockaddr *sa, socklen_t len);
typedef int ask_call(int fd, struct sockaddr *sa, socklen_t *len);

static int give_address(give_call *call, int fd, uint32_t cid, uint32_t port)
{
	struct sockaddr_vm vm = {
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = port,
	};

	return call(fd, (struct sockaddr *)&vm, sizeof(vm)) ? -errno : 0;
}

static int ask_address(ask_call *call, int fd, struct sockaddr_vm *vm)
{
	socklen_t len = sizeof(*vm);

	return call(fd, (struct sockaddr *)vm, &len) ? -errno : 0;
}

int vsock_call_bind(int fd, uint32_t cid, uint32_t port)
{
	return give_address(real()->bind, fd, cid, port);
}

int vsock_call_connect(int fd, uint32_t cid, uint32_t port)
{
	return give_address(real()->connect_now, fd, cid, port);
}

int vsock_call_own(int fd, struct sockaddr_vm *vm)
{
	return ask_address(real()->getsockname, fd, vm);
}

int vsock_call_peer(int fd, struct sockaddr_vm *vm)
{
	return ask_address(real()->getpeername, fd, vm);
}

static uint32_t ask_local_cid(void)
{
	unsigned cid = VMADDR_CID_ANY;
	int fd = own_open("/dev/vsock", O_RDONLY);

	if (fd < 0)
		return VMADDR_CID_ANY;
	if (real()->ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid))
		cid = VMADDR_CID_ANY;
	own_close(fd);
	return cid;
}

uint32_t vsock_call_local_cid(void)
{
	static bool asked;
	static uint32_t cid;
	int saved = errno;

	if (!__atomic_load_n(&asked, __ATOMIC_ACQUIRE)) {
		cid = ask_local_cid();
		__atomic_store_n(&asked, true, __ATOMIC_RELEASE);
	}
	errno = saved;
	return cid;
}
