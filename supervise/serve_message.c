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
#define ALL_MAX	    ((size_t)64 * 1024 * 1024) /* of one message */

/* A message of the program's: its head, its parts, and what they take. */
struct message {
	uint64_t at; /* of its head */
	struct msghdr head;
	struct iovec parts[IOV_MAX];
	size_t size;
};

static int read_message(const struct visit *visit, uint64_t at,
			struct message *message)
{
	struct msghdr *head = &message->head;

	message->at = at;
	if (task_read(visit->tid, head, at, sizeof(*head)))
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

/* __copy_msghdr() (net/socket.c) */
static int read_message_name(const struct visit *visit,
			     const struct message *message,
			     struct sockaddr_storage *sa,
			     struct request *request)
{
	const void *name = message->head.msg_name;
	socklen_t len = name ? message->head.msg_namelen : 0;

	if ((int)len < 0)
		return -EINVAL;
	if (len > sizeof(*sa))
		len = sizeof(*sa);
	if (task_read(visit->tid, sa, (uintptr_t)name, len))
		return -EFAULT;
	request_begin(request, visit->fd, (struct sockaddr *)sa, len);
	return 0;
}

/* What goes with it may have to stay here. */
static bool leaves_some_here(const struct visit *visit,
			     const struct msghdr *head)
{
	char control[CONTROL_MAX];
	struct msghdr copy = *head;

	if (!visit_is_ours(visit) || !copy.msg_controllen)
		return false;
	if (copy.msg_controllen > sizeof(control))
		copy.msg_controllen = sizeof(control);
	if (task_read(visit->tid, control, (uintptr_t)copy.msg_control,
		      copy.msg_controllen))
		return false;
	copy.msg_control = control;
	return send_is_refused(visit->fd, &copy);
}

static long connect_and_send(struct visit *visit, const struct message *message,
			     char *all, int flags)
{
	struct sockaddr_storage sa;
	struct request request;
	long r = read_message_name(visit, message, &sa, &request);

	if (r)
		return r;
	if (leaves_some_here(visit, &message->head))
		return -EOPNOTSUPP;
	if ((flags & MSG_FASTOPEN) && request_is_ruled(&request, MAP_CONNECT))
		r = connect_socket(visit->fd, request.sa, request.len);
	else if (!visit_is_ours(visit))
		return GO_ON;
	else if (flags & MSG_FASTOPEN)
		r = send_no_fast_open(visit->fd,
				      request.len ? request.sa : NULL,
				      request.len);
	if (!r)
		r = serve_send(
			visit->fd, all, message->size, flags & ~MSG_FASTOPEN,
			copy_parts(visit, message, all, message->size, false));
	return serve_broken_pipe(visit, flags, r);
}

/* ---- receiving ------------------------------------------------------------- */

static long receive_all(struct visit *visit, const struct message *message,
			char *all, int flags)
{
	struct msghdr head = message->head;
	long r = receive_bytes(visit->fd, all, message->size, flags);

	if (r < 0)
		return r;
	if (!(flags & MSG_TRUNC) && copy_parts(visit, message, all, r, true))
		return -EFAULT;
	head.msg_namelen = 0;
	head.msg_controllen = 0;
	head.msg_flags = flags & MSG_CMSG_CLOEXEC;
	return task_write(visit->tid, message->at, &head, sizeof(head))
		       ? -EFAULT
		       : r;
}

/* ---- one or several -------------------------------------------------------- */

typedef long message_call(struct visit *visit, const struct message *message,
			  char *all, int flags);

static long with_message(struct visit *visit, const struct message *message,
			 int flags, message_call *call)
{
	bool waits = visit_may_wait(visit) && !(flags & MSG_DONTWAIT);
	char *all = malloc(message->size + 1);
	long r;

	if (!all)
		return -ENOBUFS;
	if (waits)
		parked_wait(visit);
	r = call(visit, message, all, flags);
	if (waits)
		parked_done(visit);
	free(all);
	return r == -EINTR && visit->stop ? visit->stop : r;
}

static long send_passengers(const struct visit *visit)
{
	struct msghdr head;

	if (task_read(visit->tid, &head, visit->args[1], sizeof(head)))
		return GO_ON;
	return leaves_some_here(visit, &head) ? -EOPNOTSUPP : GO_ON;
}

static long next_message(struct visit *visit, uint64_t at, int flags,
			 message_call *call)
{
	unsigned done;
	struct message message;
	long r = read_message(visit, at, &message);

	if (!r)
		r = with_message(visit, &message, flags, call);
	if (r < 0)
		return r;
	done = r;
	return task_write(visit->tid, at + offsetof(struct mmsghdr, msg_len),
			  &done, sizeof(done));
}

/* __sys_sendmmsg() and do_recvmmsg() (net/socket.c) */
static long each_message(struct visit *visit, message_call *call)
{
	int flags = (int)visit->args[3];
	unsigned max = (unsigned)visit->args[2], done;

	for (done = 0; done < max && done < IOV_MAX; done++) {
		uint64_t at = visit->args[1] + done * sizeof(struct mmsghdr);
		long r = next_message(visit, at, flags & ~MSG_WAITFORONE, call);

		if (r < 0)
			return done ? done : r;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
	}
	return done;
}

long serve_sendmsg(struct visit *visit)
{
	bool several = visit->notice.is.data.nr == SYS_sendmmsg;
	struct message message;
	int r;

	if (!visit_is_ours(visit) &&
	    !(visit->args[several ? 3 : 2] & MSG_FASTOPEN))
		return GO_ON;
	if (several)
		return each_message(visit, connect_and_send);
	if (!(visit->args[2] & MSG_FASTOPEN))
		return send_passengers(visit);
	r = read_message(visit, visit->args[1], &message);
	return r ? r
		 : with_message(visit, &message, (int)visit->args[2],
				connect_and_send);
}

long serve_recvmsg(struct visit *visit)
{
	int flags = (int)visit->args[2];
	struct message message;

	if (!visit_is_ours(visit))
		return GO_ON;
	if (visit->notice.is.data.nr == SYS_recvmmsg)
		return visit->args[4] ? GO_ON
				      : each_message(visit, receive_all);
	if (read_message(visit, visit->args[1], &message) ||
	    serve_is_kernels(visit, flags, message.size))
		return GO_ON;
	return with_message(visit, &message, flags, receive_all);
}
