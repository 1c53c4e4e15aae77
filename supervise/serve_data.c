/* SPDX-License-Identifier: MIT */
/* Sending, receiving and ioctl() where the filter brings them to us. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "redirect/calls/connect.h"
#include "redirect/calls/ioctl.h"
#include "redirect/calls/receive.h"
#include "redirect/calls/request.h"
#include "redirect/calls/send.h"
#include "redirect/state/tag.h"
#include "redirect/state/hints.h"
#include "supervise/known.h"
#include "supervise/parked.h"
#include "supervise/serve.h"
#include "supervise/task.h"
#include "vsock/vm_sockets.h"

#define PIECE_MAX (1024 * 1024)

long serve_broken_pipe(const struct visit *visit, int flags, long r)
{
	if (r == -EPIPE && !(flags & MSG_NOSIGNAL))
		syscall(SYS_tgkill, task_leader(visit->tid), visit->tid,
			SIGPIPE);
	return r;
}

/* What is wrong with the socket is said before it is with the memory. */
long serve_send(int fd, const void *buf, size_t size, int flags, int error)
{
	long r = send_bytes(fd, buf, error ? 0 : size, flags | MSG_NOSIGNAL);

	return error && r >= 0 ? error : r;
}

static long send_piece(const struct visit *visit, size_t done, size_t size,
		       char *buf, int flags)
{
	if (size > PIECE_MAX)
		size = PIECE_MAX;
	return serve_send(
		visit->fd, buf, size, flags,
		task_read(visit->tid, buf, visit->args[1] + done, size));
}

static long send_pieces(const struct visit *visit, char *buf, int flags)
{
	size_t size = visit->args[2], done = 0;
	long r;

	do {
		r = send_piece(visit, done, size - done, buf, flags);
		if (r > 0)
			done += r;
	} while (r > 0 && done < size);
	return done ? (long)done : serve_broken_pipe(visit, flags, r);
}

/* Of a connected socket; the address is ignored. */
static long send_data(struct visit *visit)
{
	int flags = (int)visit->args[3] & ~MSG_FASTOPEN;
	size_t size = visit->args[2];
	char *buf = malloc(size < PIECE_MAX ? size + 1 : PIECE_MAX);
	bool waits = visit_may_wait(visit) && !(flags & MSG_DONTWAIT);
	long r;

	if (!buf)
		return -ENOBUFS;
	if (waits)
		parked_wait(visit);
	r = send_pieces(visit, buf, flags);
	if (waits)
		parked_done(visit);
	free(buf);
	return r == -EINTR && visit->stop ? visit->stop : r;
}

/* move_addr_to_kernel() (net/socket.c) */
static int read_to(const struct visit *visit, struct request *request,
		   struct sockaddr_storage *sa)
{
	socklen_t len = (socklen_t)visit->args[5];

	if (len > sizeof(*sa))
		return -EINVAL;
	if (task_read(visit->tid, sa, visit->args[4], len))
		return -EFAULT;
	request_begin(request, visit->fd, (struct sockaddr *)sa, len);
	return 0;
}

/* connect() and then send() (tcp(7)). */
static long connect_first(struct visit *visit, const struct request *request)
{
	bool waits = visit_may_wait(visit);
	int r;

	if (waits)
		parked_wait(visit);
	r = connect_socket(visit->fd, request->sa, request->len);
	if (waits)
		parked_done(visit);
	return r ? r : send_data(visit);
}

/*
 * sendto() comes here with an address, or with nothing to send (filter.c): TCP
 * and AF_VSOCK differ in both.
 */
long serve_sendto(struct visit *visit)
{
	struct sockaddr_storage sa;
	struct request request;
	int r = visit->args[4] ? read_to(visit, &request, &sa) : 0;

	if (visit->args[4] && !r && (visit->args[3] & MSG_FASTOPEN) &&
	    request_is_ruled(&request, MAP_CONNECT))
		return connect_first(visit, &request);
	if (!visit_is_ours(visit) || (tag_read(visit->fd) & TAG_UNIX))
		return GO_ON;
	if (!r && (visit->args[3] & MSG_FASTOPEN))
		r = send_no_fast_open(visit->fd,
				      visit->args[4] ? request.sa : NULL,
				      (socklen_t)visit->args[5]);
	return r ? r : send_data(visit);
}

/* ---- receiving ------------------------------------------------------------
 */

static long receive_piece(struct visit *visit, char *buf, size_t size,
			  int flags)
{
	long r = receive_bytes(visit->fd, buf, size, flags);
	int failed = 0;

	if (r > 0 && !(flags & MSG_TRUNC) &&
	    task_write(visit->tid, visit->args[1], buf, r))
		return -EFAULT;
	if (r >= 0 && visit->args[4])
		failed = serve_put_name(visit, 4, 5, NULL, 0);
	return failed ? failed : r;
}

/* MSG_WAITALL for more than its window is not (redirect/calls/receive.c). */
static size_t window_of(const struct visit *visit)
{
	uint64_t size = 0;
	socklen_t len = sizeof(size);

	getsockopt(visit->fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size, &len);
	return size;
}

/* Which the kernel begins anew with each piece. */
static bool has_time_limit(const struct visit *visit)
{
	struct timeval time = {0, 0};
	socklen_t len = sizeof(time);

	getsockopt(visit->fd, SOL_SOCKET, SO_RCVTIMEO, &time, &len);
	return time.tv_sec || time.tv_usec;
}

bool serve_is_kernels(const struct visit *visit, int flags, size_t size)
{
	return !(flags & (MSG_TRUNC | MSG_OOB)) &&
	       !(visit->flags & HINT_SHUT_RD) && size &&
	       size < window_of(visit) && !has_time_limit(visit);
}

static bool discards(int flags)
{
	return flags & MSG_TRUNC;
}

long serve_recvfrom(struct visit *visit)
{
	int flags = (int)visit->args[3];
	size_t size = visit->args[2];
	bool waits;
	char *buf;
	long r;

	if (!visit_is_ours(visit) || serve_is_kernels(visit, flags, size))
		return GO_ON;
	buf = malloc(discards(flags) ? 1 : size + 1);
	if (!buf)
		return -ENOBUFS;
	waits = visit_may_wait(visit) && !(flags & MSG_DONTWAIT);
	if (waits)
		parked_wait(visit);
	r = receive_piece(visit, buf, size, flags);
	if (waits)
		parked_done(visit);
	free(buf);
	return r == -EINTR && visit->stop ? visit->stop : r;
}

/* ---- the rest -------------------------------------------------------------
 */

long serve_ioctl(struct visit *visit)
{
	int number = 0, r;

	if (!visit_is_ours(visit))
		return GO_ON;
	r = ioctl_socket(visit->fd, (unsigned)visit->args[1], &number);
	if (r)
		return r;
	return task_write(visit->tid, visit->args[2], &number, sizeof(number));
}
