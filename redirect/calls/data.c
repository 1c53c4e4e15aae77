/* SPDX-License-Identifier: MIT */
/* Special cases of sending and receiving: see data.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>

#include "redirect/kernel/ask.h"
#include "redirect/calls/request.h"
#include "redirect/calls/connect.h"
#include "redirect/calls/data.h"
#include "redirect/kernel/errors.h"
#include "redirect/state/hints.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/state/remembered.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/kernel/usermem.h"

static ssize_t result(ssize_t r)
{
	return r < 0 ? -errno : r;
}

/* The tag of a socket that may be looked at. */
static int tag_of(int fd)
{
	return table_get() && !sandbox_is_on() ? tag_read(fd) : -ENOENT;
}

static bool is_ours(int fd)
{
	return tag_of(fd) >= 0;
}

static bool is_refused(int fd)
{
	int tag = hybrid_is_on() ? tag_of(fd) : -ENOENT;

	return tag >= 0 && (tag & TAG_REFUSED);
}

static int take_error(int fd)
{
	int error = ask_error(fd);

	return error ? errors_connect(error) : ENOTCONN;
}

/* AF_VSOCK copies late, and calls a bad pointer ENOMEM. */
static ssize_t memory_error(int fd, const void *buf, size_t size, ssize_t r)
{
	if (r == -ENOMEM && !usermem_readable(buf, size) && is_ours(fd))
		return -EFAULT;
	return r;
}

static bool has_bad_part(const struct msghdr *msg)
{
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		if (!usermem_readable(msg->msg_iov[i].iov_base,
				      msg->msg_iov[i].iov_len))
			return true;
	return false;
}

static ssize_t parts_error(int fd, const struct msghdr *msg, ssize_t r)
{
	if (r == -ENOMEM && is_ours(fd) && has_bad_part(msg))
		return -EFAULT;
	return r;
}

/* The numbers that go with a message which the kernel took or gave. */
static void each_number(const struct msghdr *msg, void (*visit)(int fd))
{
	struct msghdr *all = (struct msghdr *)msg;
	struct cmsghdr *part;

	for (part = CMSG_FIRSTHDR(all); part; part = CMSG_NXTHDR(all, part)) {
		unsigned n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		int fd;

		if (part->cmsg_level != SOL_SOCKET ||
		    part->cmsg_type != SCM_RIGHTS)
			continue;
		for (unsigned i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(part) + i * sizeof(fd),
			       sizeof(fd));
			visit(fd);
		}
	}
}

/* ---- sending ------------------------------------------------------ */

/*
 * While a connection is being made TCP waits for it, or says EAGAIN
 * (tcp_sendmsg_locked()); AF_VSOCK says ENOTCONN. True: it is made now.
 */
static bool wait_until_connected(int fd, int flags, int *error)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};
	bool waits = !(flags & MSG_DONTWAIT) && !ask_nonblocking(fd);

	if (real()->poll(&pollfd, 1, 0) != 0) {
		if (pollfd.revents & POLLERR)
			*error = take_error(fd);
		return false;
	}
	*error = EAGAIN;
	return waits && real()->poll(&pollfd, 1, -1) > 0;
}

/*
 * What becomes of ENOTCONN from a sending call: true, try again; else *error
 * is TCP's, which is EPIPE, with its signal, where no attempt was made or its
 * error has been told.
 */
static bool may_send_again(int fd, int flags, int *error)
{
	int tag = tag_of(fd);

	*error = ENOTCONN;
	if (tag < 0)
		return false;
	if (connect_is_pending(fd, tag) &&
	    wait_until_connected(fd, flags, error))
		return true;
	if (*error != ENOTCONN)
		return false;
	*error = EPIPE;
	if (!(flags & MSG_NOSIGNAL))
		raise(SIGPIPE);
	return false;
}

/* A Unix socket says EPIPE before it tells its error, with the signal. */
static ssize_t pipe_error(int fd, ssize_t r)
{
	int error = r == -EPIPE && is_refused(fd) ? ask_error(fd) : 0;

	return error ? -errors_connect(error) : r;
}

__attribute__((noinline)) static ssize_t
send_failed(int fd, const void *buf, size_t size, int flags, ssize_t r)
{
	int error;

	r = pipe_error(fd, r);
	if (r != -ENOTCONN)
		return memory_error(fd, buf, size, r);
	if (!may_send_again(fd, flags, &error))
		return -error;
	return result(real()->send(fd, buf, size, flags));
}

ssize_t data_send(int fd, const void *buf, size_t size, int flags)
{
	ssize_t r = real()->send(fd, buf, size, flags);

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
	return result(real()->sendmsg(fd, &plain, flags & ~MSG_FASTOPEN));
}

static bool is_mapped(const struct sockaddr *sa, socklen_t len)
{
	struct request request = {.sa = sa, .len = len};

	return request_is_ruled(&request, MAP_CONNECT);
}

/* TCP ignores the address of a connected socket; AF_VSOCK says EISCONN. */
static bool must_drop_address(int fd, ssize_t r)
{
	return (r == -EISCONN || r == -EOPNOTSUPP) && is_ours(fd);
}

ssize_t data_sendto(int fd, const void *buf, size_t size, int flags,
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

	if (!sa)
		return data_send(fd, buf, size, flags);
	if ((flags & MSG_FASTOPEN) && is_mapped(sa, len))
		return send_fast_open(fd, &msg, flags);
	r = result(real()->sendto(fd, buf, size, flags, sa, len));
	if (must_drop_address(fd, r))
		return data_send(fd, buf, size, flags & ~MSG_FASTOPEN);
	return r;
}

static ssize_t send_message(int fd, const struct msghdr *msg, int flags)
{
	ssize_t r = pipe_error(fd, result(real()->sendmsg(fd, msg, flags)));
	int error;

	if (r != -ENOTCONN)
		return parts_error(fd, msg, r);
	return may_send_again(fd, flags, &error)
		       ? result(real()->sendmsg(fd, msg, flags))
		       : -error;
}

static ssize_t send_without_address(int fd, const struct msghdr *msg, int flags)
{
	struct msghdr plain = *msg;

	plain.msg_name = NULL;
	plain.msg_namelen = 0;
	return send_message(fd, &plain, flags & ~MSG_FASTOPEN);
}

/* Whoever receives the numbers has copies of them, and may be ourselves. */
static void note_sent(int fd)
{
	hint_add(fd, HINT_COPIED);
}

ssize_t data_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t r;

	if ((flags & MSG_FASTOPEN) && usermem_readable(msg, sizeof(*msg)) &&
	    msg->msg_name && is_mapped(msg->msg_name, msg->msg_namelen))
		return send_fast_open(fd, msg, flags);
	r = send_message(fd, msg, flags);
	if (must_drop_address(fd, r) && msg->msg_name)
		return send_without_address(fd, msg, flags);
	if (r >= 0 && msg->msg_controllen)
		each_number(msg, note_sent);
	return r;
}

static int send_each(int fd, struct mmsghdr *vec, unsigned n, int flags)
{
	unsigned sent;

	for (sent = 0; sent < n; sent++) {
		ssize_t size = data_sendmsg(fd, &vec[sent].msg_hdr, flags);

		if (size < 0)
			return sent ? (int)sent : (int)size;
		vec[sent].msg_len = size;
	}
	return sent;
}

/* With MSG_FASTOPEN each message may be a connect(): none may pass by. */
int data_sendmmsg(int fd, struct mmsghdr *vec, unsigned n, int flags)
{
	int r;

	if ((flags & MSG_FASTOPEN) && table_get() &&
	    usermem_readable(vec, n * sizeof(*vec)))
		return send_each(fd, vec, n, flags);
	r = result(real()->sendmmsg(fd, vec, n, flags));
	if (must_drop_address(fd, r) ||
	    ((r == -ENOTCONN || r == -ENOMEM) && is_ours(fd)))
		return send_each(fd, vec, n, flags);
	for (int i = 0; i < r; i++)
		if (vec[i].msg_hdr.msg_controllen)
			each_number(&vec[i].msg_hdr, note_sent);
	return r;
}

/* ---- receiving ---------------------------------------------------- */

/* Where MSG_TRUNC discards to. Nobody reads it, so all may write it. */
static char waste[256 * 1024];

/* unix_stream_read_generic() (net/unix/af_unix.c) says EINVAL of one. */
static bool is_bound_hybrid(int fd)
{
	int tag = hybrid_is_on() ? tag_of(fd) : -ENOENT;

	return tag >= 0 && (tag & TAG_HYBRID) && (tag & TAG_BOUND);
}

static bool any_listener_shut;

void data_listener_shut(void)
{
	__atomic_store_n(&any_listener_shut, true, __ATOMIC_RELAXED);
}

/* What is under its number is a connection at its end: see shut.c. */
static bool is_shut_listener(int fd)
{
	int tag = __atomic_load_n(&any_listener_shut, __ATOMIC_RELAXED)
			  ? tag_of(fd)
			  : -ENOENT;

	return tag >= 0 && (tag & TAG_BOUND) && (tag & TAG_SHUT);
}

/*
 * What TCP makes of an error that only AF_VSOCK gives: at the end of the data,
 * or after shutdown(), ENOTCONN is 0 bytes; while connecting it is EAGAIN.
 */
static ssize_t recv_error(int fd, int flags, ssize_t r, bool *again)
{
	int error = ENOTCONN;
	int tag;

	*again = false;
	if (r == 0)
		return is_shut_listener(fd) ? -ENOTCONN : 0;
	if (r == -EINVAL && is_bound_hybrid(fd))
		return -ENOTCONN;
	if (r == -ECONNRESET && is_refused(fd))
		return -ECONNREFUSED;
	if (r != -ENOTCONN)
		return r;
	tag = tag_of(fd);
	if (tag < 0 || (tag & TAG_BOUND))
		return r;
	*again = wait_until_connected(fd, flags, &error);
	return error == ENOTCONN ? 0 : -error;
}

/*
 * MSG_WAITALL for more than the window is ENOMEM (vsock_connectible_recvmsg()
 * in net/vmw_vsock/af_vsock.c), and MSG_TRUNC is not known: both are put
 * together from plain calls. An empty buffer is answered without a look.
 */
static ssize_t recv_piece(int fd, char *buf, size_t size, int flags)
{
	bool discards = flags & MSG_TRUNC;
	char c;

	if (!size) {
		ssize_t r = real()->recv(fd, &c, 1, flags | MSG_PEEK);

		return r > 0 ? 0 : result(r);
	}
	if (discards && size > sizeof(waste))
		size = sizeof(waste);
	return result(real()->recv(fd, discards ? waste : buf, size,
				   flags & ~(MSG_TRUNC | MSG_WAITALL)));
}

static ssize_t recv_pieces(int fd, char *buf, size_t size, int flags)
{
	bool all =
		(flags & MSG_WAITALL) && !(flags & (MSG_DONTWAIT | MSG_PEEK));
	size_t done = 0;
	ssize_t r;

	do {
		r = recv_piece(fd, buf + done, size - done, flags);
		if (r <= 0)
			break;
		done += r;
	} while (all && done < size);
	return done ? (ssize_t)done : r;
}

/* A peek leaves the data where it is, and is never put together. */
static bool needs_pieces(int fd, size_t size, int flags)
{
	bool long_wait = (flags & MSG_WAITALL) && !(flags & MSG_PEEK) &&
			 size >= 64 * 1024;

	return (!size || long_wait || (flags & MSG_TRUNC)) && is_ours(fd);
}

static bool any_shut_read;

static void shut_copy(int fd, void *arg)
{
	uint64_t cookie = *(uint64_t *)arg;

	if (cookie && remembered_cookie(fd) == cookie)
		hint_add(fd, HINT_SHUT_RD);
}

void data_shut_read(int fd)
{
	uint64_t cookie;

	hint_add(fd, HINT_SHUT_RD);
	if (hint_get(fd) & HINT_COPIED) {
		cookie = remembered_cookie(fd);
		hint_each(HINT_COPIED, shut_copy, &cookie);
	}
	__atomic_store_n(&any_shut_read, true, __ATOMIC_RELAXED);
}

static bool is_shut_read(int fd, int flags)
{
	return !(flags & MSG_ERRQUEUE) &&
	       __atomic_load_n(&any_shut_read, __ATOMIC_RELAXED) &&
	       (hint_get(fd) & HINT_SHUT_RD);
}

static ssize_t recv_once(int fd, void *buf, size_t size, int flags)
{
	ssize_t r;

	if (needs_pieces(fd, size, flags))
		return recv_pieces(fd, buf, size, flags);
	r = real()->recv(fd, buf, size, flags);
	return r < 0 ? memory_error(fd, buf, size, -errno) : r;
}

/* By itself: what is received at once need not save what this uses. */
__attribute__((noinline)) static ssize_t
recv_failed(int fd, void *buf, size_t size, int flags, ssize_t r)
{
	bool again;

	r = recv_error(fd, flags, r, &again);
	return again ? recv_once(fd, buf, size, flags) : r;
}

ssize_t data_recv(int fd, void *buf, size_t size, int flags)
{
	ssize_t r;

	if (is_shut_read(fd, flags)) {
		r = recv_once(fd, buf, size, flags | MSG_DONTWAIT);
		return r == -EAGAIN ? 0 : r;
	}
	r = recv_once(fd, buf, size, flags);
	return r > 0 ? r : recv_failed(fd, buf, size, flags, r);
}

/* TCP gives no name with the data. */
static ssize_t recv_nameless(int fd, void *buf, size_t size, int flags,
			     socklen_t *len)
{
	ssize_t r = data_recv(fd, buf, size, flags);

	if (r >= 0)
		*len = 0;
	return r;
}

ssize_t data_recvfrom(int fd, void *buf, size_t size, int flags,
		      struct sockaddr *sa, socklen_t *len)
{
	ssize_t first, r;
	bool again;

	if (!sa && !len)
		return data_recv(fd, buf, size, flags);
	if (sa && hybrid_is(fd) && usermem_readable(len, sizeof(*len)))
		return recv_nameless(fd, buf, size, flags, len);
	if (needs_pieces(fd, size, flags) || is_shut_read(fd, flags))
		return usermem_readable(len, sizeof(*len))
			       ? recv_nameless(fd, buf, size, flags, len)
			       : -EFAULT;
	first = memory_error(
		fd, buf, size,
		result(real()->recvfrom(fd, buf, size, flags, sa, len)));
	r = recv_error(fd, flags, first, &again);
	if (again)
		return result(real()->recvfrom(fd, buf, size, flags, sa, len));
	if (first < 0 && r == 0 && usermem_readable(len, sizeof(*len)))
		*len = 0;
	return r;
}

/* Whether the buffers can be looked at, and how much they take together. */
static bool measure(const struct msghdr *msg, size_t *size)
{
	*size = 0;
	if (!usermem_readable(msg, sizeof(*msg)) || msg->msg_iovlen > IOV_MAX ||
	    (msg->msg_iovlen &&
	     !usermem_readable(msg->msg_iov,
			       msg->msg_iovlen * sizeof(*msg->msg_iov))))
		return false;
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		*size += msg->msg_iov[i].iov_len;
	return true;
}

/* A stream gives bytes and nothing else. */
static void clear_message(struct msghdr *msg, int flags)
{
	msg->msg_namelen = 0;
	msg->msg_controllen = 0;
	msg->msg_flags = flags & MSG_CMSG_CLOEXEC;
}

/* Each buffer by itself, until one is not filled. */
static ssize_t recv_vector(int fd, struct msghdr *msg, int flags)
{
	ssize_t done = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		const struct iovec *iov = &msg->msg_iov[i];
		ssize_t r = recv_pieces(fd, iov->iov_base, iov->iov_len, flags);

		if (r < 0 && !done)
			return r;
		if (r > 0)
			done += r;
		if (r < (ssize_t)iov->iov_len)
			break;
	}
	clear_message(msg, flags);
	return done;
}

/* A monitor's socket has a name, and TCP gives none with the data. */
static ssize_t recvmsg_once(int fd, struct msghdr *msg, int flags)
{
	void *name;
	ssize_t r;

	if (!hybrid_is_on() || !usermem_readable(msg, sizeof(*msg)) ||
	    !msg->msg_name || !hybrid_is(fd))
		return parts_error(fd, msg,
				   result(real()->recvmsg(fd, msg, flags)));
	name = msg->msg_name;
	msg->msg_name = NULL;
	r = result(real()->recvmsg(fd, msg, flags));
	msg->msg_name = name;
	if (r >= 0)
		msg->msg_namelen = 0;
	return r;
}

/* What is known of a number that came with it is of other sockets. */
static void forget_received(int fd)
{
	hint_reset(fd, HINT_COPIED);
}

static ssize_t recvmsg_try(int fd, struct msghdr *msg, int flags)
{
	size_t size;
	ssize_t r;

	if ((flags & (MSG_TRUNC | MSG_WAITALL)) && measure(msg, &size) &&
	    size && needs_pieces(fd, size, flags))
		return recv_vector(fd, msg, flags);
	r = recvmsg_once(fd, msg, flags);
	if (r == 0 && measure(msg, &size) && !size && is_ours(fd))
		r = recv_piece(fd, NULL, 0, flags);
	return r;
}

static ssize_t recvmsg_whole(int fd, struct msghdr *msg, int flags)
{
	bool again = false;
	ssize_t first, r;

	if (is_shut_read(fd, flags))
		flags |= MSG_DONTWAIT;
	first = recvmsg_try(fd, msg, flags);
	if (first == -EAGAIN && is_shut_read(fd, flags))
		r = 0;
	else
		r = recv_error(fd, flags, first, &again);
	if (again)
		return recvmsg_try(fd, msg, flags);
	if (first < 0 && r == 0)
		clear_message(msg, flags);
	return r;
}

/* The kernel filled it in, so it is readable. */
ssize_t data_recvmsg(int fd, struct msghdr *msg, int flags)
{
	ssize_t r = recvmsg_whole(fd, msg, flags);

	if (r >= 0 && msg->msg_controllen)
		each_number(msg, forget_received);
	return r;
}

/* do_recvmmsg() (net/socket.c), for a stream of bytes. */
static int receive_each(int fd, struct mmsghdr *vec, unsigned n, int flags)
{
	unsigned done;

	for (done = 0; done < n; done++) {
		ssize_t size = data_recvmsg(fd, &vec[done].msg_hdr,
					    flags & ~MSG_WAITFORONE);

		if (size < 0)
			return done ? (int)done : (int)size;
		vec[done].msg_len = size;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
	}
	return done;
}

int data_recvmmsg(int fd, struct mmsghdr *vec, unsigned n, int flags,
		  struct timespec *timeout)
{
	bool is_simple = !timeout && n && n <= IOV_MAX && table_get() &&
			 !sandbox_is_on();

	if (is_simple && tag_look(fd, NULL) >= 0 &&
	    usermem_readable(vec, n * sizeof(*vec)))
		return receive_each(fd, vec, n, flags);
	return result(real()->recvmmsg(fd, vec, n, flags, timeout));
}

/* ---- ioctl ----------------------------------------------------------------
 */

/* As many times the place for waste as holds any window, 64 MiB. */
#define PEEK_PIECES 256

/*
 * FIONREAD by looking. It has to be exact: nginx with EPOLLET reads that much
 * and then waits for news, which never come of what has arrived already. A
 * small look comes first, since a large one copies all there is.
 */
static int readable_bytes(int fd)
{
	struct iovec iov[PEEK_PIECES];
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = PEEK_PIECES};
	ssize_t r =
		real()->recv(fd, waste, sizeof(waste), MSG_PEEK | MSG_DONTWAIT);

	if (r < (ssize_t)sizeof(waste))
		return r < 0 ? 0 : r;
	for (size_t i = 0; i < PEEK_PIECES; i++) {
		iov[i].iov_base = waste;
		iov[i].iov_len = sizeof(waste);
	}
	r = real()->recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT);
	return r < 0 ? 0 : r;
}

static bool is_about_data(unsigned long request)
{
	return request == FIONREAD || request == SIOCOUTQ ||
	       request == SIOCOUTQNSD || request == SIOCATMARK;
}

/* About interfaces, routes, or nothing that a socket knows. */
static int ioctl_on_scratch(unsigned long request, void *arg)
{
	int fd = real()->socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -ENOTTY;
	r = real()->ioctl(fd, request, arg);
	r = r < 0 ? -errno : r;
	real()->close(fd);
	return r;
}

int data_ioctl(int fd, unsigned long request, void *arg)
{
	int r = real()->ioctl(fd, request, arg);

	if (r >= 0)
		return r;
	r = -errno;
	if ((r != -EOPNOTSUPP && r != -ENOTTY) ||
	    !(r == -EOPNOTSUPP || is_about_data(request)) || !is_ours(fd))
		return r;
	if (!is_about_data(request))
		return ioctl_on_scratch(request, arg);
	if (request != SIOCATMARK && ask_listening(fd))
		return -EINVAL;
	if (!usermem_readable(arg, sizeof(int)))
		return -EFAULT;
	*(int *)arg = request == FIONREAD ? readable_bytes(fd) : 0;
	return 0;
}
