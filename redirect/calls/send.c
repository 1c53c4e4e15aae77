/* SPDX-License-Identifier: MIT */
/* Special cases of sending: see send.h. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "redirect/calls/connect.h"
#include "redirect/calls/data.h"
#include "redirect/calls/request.h"
#include "redirect/calls/send.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"
#include "redirect/report/sink.h"
#include "redirect/state/hints.h"
#include "redirect/state/shut_state.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

static ssize_t not_connected(struct hold *hold, const struct data_again *again)
{
	int tag = tag_of(hold->fd), error = ENOTCONN;
	ssize_t r;

	if (tag < 0 || ((tag & TAG_UNIX) && (tag & TAG_BOUND)))
		return -ENOTCONN;
	if (tag_is_pending(hold->fd, tag) &&
	    data_after_connect(hold, again, SO_SNDTIMEO, &r, &error))
		return r;
	if (error != ENOTCONN)
		return -error;
	if (!(again->flags & MSG_NOSIGNAL))
		raise(SIGPIPE);
	return -EPIPE;
}

/*
 * What becomes of ENOTCONN from a sending call: once more, when the connection
 * is made; or TCP's error, which is EPIPE, with its signal, where no attempt was
 * made or its error has been told.
 */
static ssize_t send_again(int fd, const struct data_again *again)
{
	struct hold hold;
	ssize_t r;

	hold_begin(&hold, fd);
	pthread_cleanup_push(hold_clean_up, &hold);
	r = not_connected(&hold, again);
	pthread_cleanup_pop(1);
	return r;
}

static ssize_t again_send(int fd, const struct data_again *again)
{
	return data_result(
		real()->send(fd, again->data, again->size, again->flags));
}

static ssize_t again_sendmsg(int fd, const struct data_again *again)
{
	return data_result(real()->sendmsg(fd, again->data, again->flags));
}

/* A Unix socket says EPIPE before it tells its error, with the signal. */
static ssize_t pipe_error(int fd, ssize_t r)
{
	int error = r == -EPIPE && data_is_refused(fd) ? ask_error(fd) : 0;

	return error ? -errors_connect(error) : r;
}

/*
 * To send nothing is no error until the sending side is shut down: a peer that
 * has closed hears of no byte (tcp_sendmsg_locked() in net/ipv4/tcp.c). It was
 * tried with MSG_NOSIGNAL.
 */
static ssize_t nothing_failed(int fd, int flags, ssize_t r)
{
	int tag = r == -EPIPE || r == -ENOTCONN ? tag_of(fd) : -ENOENT;

	if (tag >= 0 && !(tag & (TAG_BOUND | TAG_REFUSED)) &&
	    (r == -EPIPE || ask_connected(fd)) && !shut_state_is_write(fd))
		return 0;
	if (r == -EPIPE && !(flags & MSG_NOSIGNAL))
		raise(SIGPIPE);
	return r;
}

__attribute__((noinline)) static ssize_t
send_failed(int fd, const void *buf, size_t size, int flags, ssize_t r)
{
	struct data_again again = {again_send, (void *)buf, size, flags};

	r = pipe_error(fd, r);
	if (!size)
		r = nothing_failed(fd, flags, r);
	if (r != -ENOTCONN)
		return data_memory_error(fd, buf, size, r);
	return send_again(fd, &again);
}

ssize_t send_bytes(int fd, const void *buf, size_t size, int flags)
{
	ssize_t r = real()->send(fd, buf, size,
				 size ? flags : flags | MSG_NOSIGNAL);

	return r < 0 ? send_failed(fd, buf, size, flags, -errno) : r;
}

/* sendto() with MSG_FASTOPEN is connect() and then send() (tcp(7)). */
static ssize_t send_fast_open(int fd, const struct msghdr *msg, int flags)
{
	int r = connect_socket(fd, msg->msg_name, msg->msg_namelen);
	struct msghdr plain = *msg;

	if (r)
		return r;
	plain.msg_name = NULL;
	plain.msg_namelen = 0;
	return data_result(real()->sendmsg(fd, &plain, flags & ~MSG_FASTOPEN));
}

static bool is_mapped(const struct sockaddr *sa, socklen_t len)
{
	struct request request = {.sa = sa, .len = len};

	return request_is_ruled(&request, MAP_CONNECT);
}

/* __inet_stream_connect() (net/ipv4/af_inet.c), for an address of no rule. */
int send_no_fast_open(int fd, const struct sockaddr *sa, socklen_t len)
{
	size_t read = len < sizeof(struct sockaddr_storage)
			      ? len
			      : sizeof(struct sockaddr_storage);
	int tag = tag_of(fd);

	if (tag < 0 || tag_is_pending(fd, tag))
		return 0;
	if (sa && ((int)len < 0 || !usermem_readable(sa, read)))
		return 0; /* the kernel will say so */
	if (sa && len < sizeof(sa->sa_family))
		return -EINVAL;
	if (sa && sa->sa_family == AF_UNSPEC)
		return -EOPNOTSUPP;
	return (tag & (TAG_BOUND | TAG_REFUSED)) && !ask_listening(fd)
		       ? -EINVAL
		       : -EISCONN;
}

/* True: *r is the answer. */
static bool fast_open(int fd, const struct msghdr *msg, int flags, ssize_t *r)
{
	const struct sockaddr *sa = msg->msg_name;

	if (sa && is_mapped(sa, msg->msg_namelen)) {
		*r = send_fast_open(fd, msg, flags);
		return true;
	}
	*r = send_no_fast_open(fd, sa, msg->msg_namelen);
	return *r < 0;
}

/*
 * TCP ignores the address of a connected socket; AF_VSOCK says EISCONN, and so
 * does AF_UNIX.
 */
static bool must_drop_address(int fd, ssize_t r)
{
	int tag = r == -EISCONN || r == -EOPNOTSUPP ? tag_of(fd) : -ENOENT;

	return tag >= 0 && !(tag & TAG_UNIX);
}

/*
 * What a Unix socket takes along besides bytes has no place in AF_VSOCK, which
 * would lose it and say nothing.
 */
static bool has_passengers(const struct msghdr *msg)
{
	struct msghdr *all = (struct msghdr *)msg;
	struct cmsghdr *part;

	for (part = CMSG_FIRSTHDR(all); part; part = CMSG_NXTHDR(all, part))
		if (part->cmsg_level == SOL_SOCKET &&
		    (part->cmsg_type == SCM_RIGHTS ||
		     part->cmsg_type == SCM_CREDENTIALS))
			return true;
	return false;
}

bool send_is_refused(int fd, const struct msghdr *msg)
{
	static bool said;
	int tag;

	if (!table_has_unix() || !usermem_readable(msg, sizeof(*msg)) ||
	    !msg->msg_controllen ||
	    !usermem_readable(msg->msg_control, msg->msg_controllen) ||
	    !has_passengers(msg))
		return false;
	tag = tag_look(fd, NULL);
	if (tag < 0 || !(tag & TAG_UNIX))
		return false;
	sink_complain(&said, "descriptors and credentials (SCM_RIGHTS, "
			     "SCM_CREDENTIALS) can't go to another machine: "
			     "sendmsg() fails with EOPNOTSUPP");
	return true;
}

ssize_t send_to(int fd, const void *buf, size_t size, int flags,
		const struct sockaddr *sa, socklen_t len)
{
	struct iovec iov = {(void *)buf, size};
	struct msghdr msg = {
		.msg_name = (void *)sa,
		.msg_namelen = len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t r;

	if ((flags & MSG_FASTOPEN) && fast_open(fd, &msg, flags, &r))
		return r;
	if (!sa)
		return send_bytes(fd, buf, size, flags);
	r = data_result(real()->sendto(fd, buf, size, flags, sa, len));
	if (must_drop_address(fd, r))
		return send_bytes(fd, buf, size, flags & ~MSG_FASTOPEN);
	return r;
}

static bool is_nothing(const struct msghdr *msg)
{
	size_t size;

	return data_measure(msg, &size) && !size;
}

static ssize_t send_message_once(int fd, const struct msghdr *msg, int flags)
{
	bool nothing = is_nothing(msg);
	struct data_again again = {again_sendmsg, (void *)msg, 0, flags};
	int quiet = nothing ? flags | MSG_NOSIGNAL : flags;
	ssize_t r =
		pipe_error(fd, data_result(real()->sendmsg(fd, msg, quiet)));

	if (r < 0 && nothing)
		r = nothing_failed(fd, flags, r);
	if (r != -ENOTCONN)
		return data_parts_error(fd, msg, r);
	return send_again(fd, &again);
}

static ssize_t send_without_address(int fd, const struct msghdr *msg, int flags)
{
	struct msghdr plain = *msg;

	plain.msg_name = NULL;
	plain.msg_namelen = 0;
	return send_message_once(fd, &plain, flags & ~MSG_FASTOPEN);
}

/* Whoever receives the numbers has copies of them, and may be ourselves. */
static void note_sent(int fd)
{
	hint_add(fd, HINT_COPIED);
}

ssize_t send_message(int fd, const struct msghdr *msg, int flags)
{
	ssize_t r;

	if (send_is_refused(fd, msg))
		return -EOPNOTSUPP;
	if ((flags & MSG_FASTOPEN) && usermem_readable(msg, sizeof(*msg)) &&
	    fast_open(fd, msg, flags, &r))
		return r;
	r = send_message_once(fd, msg, flags);
	if (must_drop_address(fd, r) && msg->msg_name)
		return send_without_address(fd, msg, flags);
	if (r >= 0 && msg->msg_controllen)
		data_each_number(msg, note_sent);
	return r;
}

static int send_each(int fd, struct mmsghdr *vec, unsigned n, int flags)
{
	unsigned sent;

	for (sent = 0; sent < n; sent++) {
		int size = (int)send_message(fd, &vec[sent].msg_hdr, flags);

		if (size >= 0 && usermem_put(fd, &vec[sent].msg_len, &size,
					     sizeof(vec->msg_len)))
			size = -EFAULT;
		if (size < 0)
			return sent ? (int)sent : size;
	}
	return sent;
}

/*
 * With MSG_FASTOPEN each message may be a connect(): none may pass by. Nor may
 * one with descriptors for another machine.
 */
int send_messages(int fd, struct mmsghdr *vec, unsigned n, int flags)
{
	int r;

	if (((flags & MSG_FASTOPEN) ? n && table_get() : table_has_unix()) &&
	    usermem_readable(vec, n * sizeof(*vec)))
		return send_each(fd, vec, n, flags);
	r = data_result(real()->sendmmsg(fd, vec, n, flags));
	if (must_drop_address(fd, r) ||
	    ((r == -ENOTCONN || r == -ENOMEM || r == -EPIPE) &&
	     data_is_ours(fd)))
		return send_each(fd, vec, n, flags);
	for (int i = 0; i < r; i++)
		if (vec[i].msg_hdr.msg_controllen)
			data_each_number(&vec[i].msg_hdr, note_sent);
	return r;
}
