/* SPDX-License-Identifier: MIT */
/* getsockname() and getpeername() of a supervised program. */
#include <errno.h>
#include <sys/socket.h>

#include "redirect/calls/sockname.h"
#include "supervise/serve.h"
#include "supervise/task.h"

/* move_addr_to_user() (net/socket.c) */
int serve_put_name(const struct visit *visit, int address_arg, int length_arg,
		   const struct sockaddr_storage *sa, unsigned size)
{
	uint64_t address = visit->args[address_arg];
	uint64_t length = visit->args[length_arg];
	int room;

	if (task_read(visit->tid, &room, length, sizeof(room)))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	return task_write_sized(visit->tid, address, sa,
				(unsigned)room < size ? (unsigned)room : size,
				length, size);
}

typedef int name_call(int fd, struct sockaddr *sa, socklen_t *len);

static long serve_name(struct visit *visit, name_call *call)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int r;

	if (!visit_is_ours(visit))
		return GO_ON;
	r = call(visit->fd, (struct sockaddr *)&sa, &len);
	if (r)
		return r;
	return serve_put_name(visit, 1, 2, &sa, len);
}

long serve_getsockname(struct visit *visit)
{
	return serve_name(visit, sockname_own);
}

long serve_getpeername(struct visit *visit)
{
	return serve_name(visit, sockname_peer);
}
