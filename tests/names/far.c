/* SPDX-License-Identifier: MIT */
/*
 * Loaded behind the library, in the kernel's place: peers on the loopback are
 * shown with the CID of FAR_CID, as if they were in another virtual machine.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "vsock/vm_sockets.h"

typedef int name_call(int fd, struct sockaddr *sa, socklen_t *len);
typedef int accept4_call(int fd, struct sockaddr *sa, socklen_t *len,
			 int flags);

int accept(int fd, struct sockaddr *sa, socklen_t *len);
int accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags);
int getpeername(int fd, struct sockaddr *sa, socklen_t *len);

/* 0: leave them alone. */
static unsigned far_cid;

/* At once: nginx and redis write over their environment. */
__attribute__((constructor)) static void read_cid(void)
{
	const char *text = getenv("FAR_CID");

	far_cid = text ? strtoul(text, NULL, 10) : 0;
}

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int move_away(int r, struct sockaddr *sa, const socklen_t *len)
{
	struct sockaddr_vm vm;

	if (r < 0 || !far_cid || !sa || *len < sizeof(vm) ||
	    sa->sa_family != AF_VSOCK)
		return r;
	memcpy(&vm, sa, sizeof(vm));
	vm.svm_cid = far_cid;
	memcpy(sa, &vm, sizeof(vm));
	return r;
}

int accept(int fd, struct sockaddr *sa, socklen_t *len)
{
	name_call *call = (name_call *)next("accept");

	return move_away(call(fd, sa, len), sa, len);
}

int accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	accept4_call *call = (accept4_call *)next("accept4");

	return move_away(call(fd, sa, len, flags), sa, len);
}

int getpeername(int fd, struct sockaddr *sa, socklen_t *len)
{
	name_call *call = (name_call *)next("getpeername");

	return move_away(call(fd, sa, len), sa, len);
}
