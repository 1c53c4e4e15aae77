/* SPDX-License-Identifier: MIT */
/* sendmsg() that connects, and recvmsg() with flags that AF_VSOCK lacks. */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "redirect/calls/connect.h"
#include "redirect/calls/receive.h"
#include "redirect/calls/request.h"
#include "redirect/calls/send.h"
#include "supervise/parked.h"
#include "supervise/serve.h"
#include "supervise/task.h"

#define CONTROL_MAX 2048 /* that of 253 descriptors, SCM_MAX_FD */
#define ALL_MAX ((size_t)64 * 1024 * 1024) /* of one message */

/* A message of the program's: its head, its parts, and what they take. */
struct message {
	struct msghdr head;
	struct iovec parts[IOV_MAX];
	size_t size;
};

static int read_message(const struct visit *visit, struct message *message)
{
	struct msghdr *head = &message->head;

	if (task_read(visit->tid, head, visit->args[1], sizeof(*head)))
		return -EFAULT;
	if (head->msg_iovlen > IOV_MAX)
		return -EMSGSIZE;
	if (task_read(visit->tid, message->parts, (uintptr_t)head->msg_iov,
		      head->msg_iovlen * sizeof(message->parts[0])))
		return -EFAULT;
	message->size = 0;
	for (size_t i = 0; i < head->msg_iovlen; i++)
		message->size += message->parts[i].iov_len;
	return message->size > ALL_MAX ? -ENOBUFS : 0;
}

/* Copies between the parts and one buffer. 0 or -EFAULT. */
static int copy_parts(const struct visit *visit, const struct message *message,
		      char *all, size_t size, bool out)
{
	int r = 0;

	for (size_t i = 0; i < message->head.msg_iovlen && size && !r; i++) {
		uint64_t part = (uintptr_t)message->parts[i].iov_base;
		size_t n = message->parts[i].iov_len;

		if (n > size)
			n = size;
		r = out ? task_write(visit->tid, part, all, n)
			: task_read(visit->tid, all, part, n);
		all += n;
		size -= n;
	}
	return r;
}

/* ---- sending --------------------------------------------------------------- */

static int read_message_name(const struct visit *visit,
			     const struct message *message,
			     struct sockaddr_storage *sa,
			     struct request *request)
{
	socklen_t len = message->head.msg_namelen;

	if (len > sizeof(*sa) ||
	    task_read(visit->tid, sa, (uintptr_t)message->head.msg_name, len))
		return -EFAULT;
	request_begin(request, visit->fd, (struct sockaddr *)sa, len);
	return 0;
}

static long connect_and_send(struct visit *visit, const struct message *message,
			     char *all)
{
	int flags = ((int)visit->args[2] & ~MSG_FASTOPEN) | MSG_NOSIGNAL;
	struct sockaddr_storage sa;
	struct request request;
	long r;

	if (read_message_name(visit, message, &sa, &request) ||
	    copy_parts(visit, message, all, message->size, false))
		return -EFAULT;
	if (!visit_is_ours(visit) && !request_is_ruled(&request, MAP_CONNECT))
		return GO_ON;
	r = visit_is_ours(visit)
		    ? 0
		    : connect_socket(visit->fd, request.sa, request.len);
	return r ? r : send_bytes(visit->fd, all, message->size, flags);
}

/* Several of them: programs do without. */
static long refuse_several(const struct visit *visit)
{
	return visit_is_ours(visit) ? GO_ON : -EOPNOTSUPP;
}

static long receive_all(struct visit *visit, const struct message *message,
			char *all)
{
	int flags = (int)visit->args[2];
	struct msghdr head = message->head;
	long r = receive_bytes(visit->fd, all, message->size, flags);

	if (r < 0)
		return r;
	if (!(flags & MSG_TRUNC) && copy_parts(visit, message, all, r, true))
		return -EFAULT;
	head.msg_namelen = 0;
	head.msg_controllen = 0;
	head.msg_flags = flags & MSG_CMSG_CLOEXEC;
	return task_write(visit->tid, visit->args[1], &head, sizeof(head))
		       ? -EFAULT
		       : r;
}

typedef long message_call(struct visit *visit, const struct message *message,
			  char *all);

static long with_message(struct visit *visit, const struct message *message,
			 message_call *call)
{
	bool waits = visit_may_wait(visit) && !(visit->args[2] & MSG_DONTWAIT);
	char *all = malloc(message->size + 1);
	long r;

	if (!all)
		return -ENOBUFS;
	if (waits)
		parked_wait(visit);
	r = call(visit, message, all);
	if (waits)
		parked_done(visit);
	free(all);
	return r == -EINTR && visit->stop ? visit->stop : r;
}

/* One that does not connect: what goes with it may have to stay here. */
static long send_passengers(const struct visit *visit)
{
	char control[CONTROL_MAX];
	struct msghdr head;

	if (!visit_is_ours(visit) ||
	    task_read(visit->tid, &head, visit->args[1], sizeof(head)))
		return GO_ON;
	if (head.msg_controllen > sizeof(control))
		head.msg_controllen = sizeof(control);
	if (task_read(visit->tid, control, (uintptr_t)head.msg_control,
		      head.msg_controllen))
		return GO_ON;
	head.msg_control = control;
	return send_is_refused(visit->fd, &head) ? -EOPNOTSUPP : GO_ON;
}

long serve_sendmsg(struct visit *visit)
{
	struct message message;
	int r;

	if (visit->notice.is.data.nr == SYS_sendmmsg)
		return refuse_several(visit);
	if (!(visit->args[2] & MSG_FASTOPEN))
		return send_passengers(visit);
	r = read_message(visit, &message);
	return r ? r : with_message(visit, &message, connect_and_send);
}

long serve_recvmsg(struct visit *visit)
{
	struct message message;

	if (!visit_is_ours(visit) || read_message(visit, &message) ||
	    serve_is_kernels(visit, (int)visit->args[2], message.size))
		return GO_ON;
	return with_message(visit, &message, receive_all);
}
