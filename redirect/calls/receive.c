/* SPDX-License-Identifier: MIT */
/* Special cases of receiving: see receive.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>

#include "redirect/calls/data.h"
#include "redirect/calls/receive.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/clock.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/usermem.h"
#include "redirect/state/hints.h"
#include "redirect/state/shut_state.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

/* unix_stream_read_generic() (net/unix/af_unix.c) says EINVAL of one. */
static bool is_bound_hybrid(int fd)
{
	int tag = table_has_hybrid() ? tag_of(fd) : -ENOENT;

	return tag >= 0 && (tag & TAG_HYBRID) && (tag & TAG_BOUND) &&
	       !(tag & TAG_UNIX);
}

static ssize_t recv_again(int fd, const struct data_again *again)
{
	int error = ENOTCONN;
	struct hold hold;
	ssize_t r = 0;
	bool done;

	hold_begin(&hold, fd);
	pthread_cleanup_push(hold_clean_up, &hold);
	done = data_after_connect(&hold, again, SO_RCVTIMEO, &r, &error);
	pthread_cleanup_pop(1);
	return done || error == ENOTCONN ? r : -error;
}

/*
 * What TCP makes of an error that only AF_VSOCK gives: at the end of the data,
 * or after shutdown(), ENOTCONN is 0 bytes; while connecting it is EAGAIN.
 */
static ssize_t recv_error(int fd, ssize_t r, const struct data_again *again)
{
	int tag;

	if (r == 0)
		return shut_state_end(fd);
	if (r == -EINVAL && is_bound_hybrid(fd))
		return -ENOTCONN;
	if (r == -ECONNRESET && data_is_refused(fd))
		return -ECONNREFUSED;
	if (r == -EOPNOTSUPP && (again->flags & MSG_OOB) && data_is_ours(fd))
		return -EINVAL; /* there is nothing urgent */
	if (r != -ENOTCONN)
		return r;
	tag = tag_of(fd);
	if (tag >= 0 && (tag & TAG_BOUND) && (tag & TAG_UNIX))
		return -EINVAL;
	if (tag < 0 || (tag & TAG_BOUND))
		return r;
	return recv_again(fd, again);
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

		return r > 0 ? 0 : data_result(r);
	}
	if (discards && size > sizeof(data_waste))
		size = sizeof(data_waste);
	return data_result(real()->recv(fd, discards ? data_waste : buf, size,
					flags & ~(MSG_TRUNC | MSG_WAITALL)));
}

static bool waits_for_all(int flags)
{
	return (flags & MSG_WAITALL) && !(flags & (MSG_DONTWAIT | MSG_PEEK));
}

/* SO_RCVTIMEO is for the whole call: when it ends, by now_ms(); 0: never. */
static long end_of_wait(int fd, int flags)
{
	int ms = waits_for_all(flags) ? ask_timeout(fd, SO_RCVTIMEO) : -1;

	return ms < 0 || ask_nonblocking(fd) ? 0 : now_ms() + ms;
}

/* 0: there may be something; -EAGAIN: the time is over. */
static int wait_for_piece(int fd, long end)
{
	struct pollfd pollfd = {fd, POLLIN, 0};
	long left = end - now_ms();
	int r = real()->poll_point(&pollfd, 1, left > 0 ? (int)left : 0);

	if (r < 0)
		return -errno;
	return r ? 0 : -EAGAIN;
}

static ssize_t recv_next(int fd, char *buf, size_t size, int flags, long end)
{
	ssize_t r;

	if (!end)
		return recv_piece(fd, buf, size, flags);
	do {
		r = wait_for_piece(fd, end);
		if (r)
			return r;
		r = recv_piece(fd, buf, size, flags | MSG_DONTWAIT);
	} while (r == -EAGAIN);
	return r;
}

/* The number may be another socket's when the next piece is waited for. */
static bool is_held_still(struct hold *hold)
{
	bool is = hold_take(hold);

	if (is)
		hold_release(hold);
	return is;
}

static ssize_t recv_pieces(struct hold *hold, const struct iovec *iov,
			   int flags, long end)
{
	char *buf = iov->iov_base;
	size_t done = 0;
	ssize_t r;

	do {
		r = recv_next(hold->fd, buf + done, iov->iov_len - done, flags,
			      end);
		if (r <= 0)
			break;
		done += r;
	} while (waits_for_all(flags) && done < iov->iov_len &&
		 is_held_still(hold));
	return done ? (ssize_t)done : r;
}

/* MSG_PEEK with MSG_TRUNC: each buffer would get the same bytes. */
static ssize_t peek_parts(int fd, const struct msghdr *msg, int flags)
{
	size_t size = 0;

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		size += msg->msg_iov[i].iov_len;
	return recv_piece(fd, NULL, size, flags);
}

/* Each buffer by itself, until one is not filled. */
static ssize_t recv_parts(struct hold *hold, const struct msghdr *msg,
			  int flags)
{
	long end = end_of_wait(hold->fd, flags);
	ssize_t done = 0;

	if (flags & MSG_PEEK)
		return peek_parts(hold->fd, msg, flags);
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		ssize_t r = recv_pieces(hold, &msg->msg_iov[i], flags, end);

		if (r < 0 && !done)
			return r;
		if (r > 0)
			done += r;
		if (r < (ssize_t)msg->msg_iov[i].iov_len ||
		    !is_held_still(hold))
			break;
	}
	return done;
}

static ssize_t recv_all_parts(int fd, const struct msghdr *msg, int flags)
{
	struct hold hold;
	ssize_t r;

	hold_begin(&hold, fd);
	pthread_cleanup_push(hold_clean_up, &hold);
	r = recv_parts(&hold, msg, flags);
	pthread_cleanup_pop(1);
	return r;
}

static ssize_t recv_all(int fd, void *buf, size_t size, int flags)
{
	struct iovec iov = {buf, size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	return recv_all_parts(fd, &msg, flags);
}

/* A peek leaves the data where it is, and is never put together. */
static bool needs_pieces(int fd, size_t size, int flags)
{
	bool long_wait = (flags & MSG_WAITALL) && !(flags & MSG_PEEK) &&
			 size >= 64 * 1024;

	return (!size || long_wait || (flags & MSG_TRUNC)) && data_is_ours(fd);
}

/* A window may be of any size: SO_RCVBUF and the rule say so. */
static bool is_past_window(int fd, int flags, int error)
{
	return error == ENOMEM && waits_for_all(flags) && data_is_ours(fd);
}

static ssize_t recv_once(int fd, void *buf, size_t size, int flags)
{
	ssize_t r;

	if (needs_pieces(fd, size, flags))
		return recv_all(fd, buf, size, flags);
	r = real()->recv(fd, buf, size, flags);
	if (r < 0 && is_past_window(fd, flags, errno))
		return recv_all(fd, buf, size, flags);
	return r < 0 ? data_memory_error(fd, buf, size, -errno) : r;
}

static ssize_t again_recv(int fd, const struct data_again *again)
{
	return recv_once(fd, again->data, again->size, again->flags);
}

/* noinline: recv() that succeeds should not save registers for this. */
__attribute__((noinline)) static ssize_t
recv_failed(int fd, void *buf, size_t size, int flags, ssize_t r)
{
	struct data_again again = {again_recv, buf, size, flags};

	return recv_error(fd, r, &again);
}

/* No error is ever queued; a Unix socket would give data. */
static bool asks_for_errors(int fd, int flags)
{
	int tag = flags & MSG_ERRQUEUE ? tag_of(fd) : -ENOENT;

	return tag >= 0 && !(tag & TAG_UNIX);
}

ssize_t receive_bytes(int fd, void *buf, size_t size, int flags)
{
	ssize_t r;

	if (asks_for_errors(fd, flags))
		return -EAGAIN;
	if (shut_state_is_read(fd)) {
		r = recv_once(fd, buf, size, flags | MSG_DONTWAIT);
		return r == -EAGAIN ? 0 : r;
	}
	r = recv_once(fd, buf, size, flags);
	return r > 0 ? r : recv_failed(fd, buf, size, flags, r);
}

/* TCP gives no name with the data: move_addr_to_user() (net/socket.c) of none. */
static ssize_t name_nobody(int fd, ssize_t r, socklen_t *len)
{
	static const socklen_t none;
	int failed;

	if (r < 0)
		return r;
	if (usermem_readable(len, sizeof(*len)) && (int)*len < 0)
		return -EINVAL;
	failed = usermem_put(fd, len, &none, sizeof(none));
	return failed ? failed : r;
}

static ssize_t recv_nameless(int fd, void *buf, size_t size, int flags,
			     socklen_t *len)
{
	return name_nobody(fd, receive_bytes(fd, buf, size, flags), len);
}

ssize_t receive_from(int fd, void *buf, size_t size, int flags,
		     struct sockaddr *sa, socklen_t *len)
{
	struct data_again again = {again_recv, buf, size, flags};
	ssize_t first, r;

	if ((!sa && !len) || asks_for_errors(fd, flags))
		return receive_bytes(fd, buf, size, flags);
	if (sa && tag_is_hybrid(fd) && usermem_readable(len, sizeof(*len)))
		return recv_nameless(fd, buf, size, flags, len);
	if (needs_pieces(fd, size, flags) || shut_state_is_read(fd))
		return usermem_readable(len, sizeof(*len))
			       ? recv_nameless(fd, buf, size, flags, len)
			       : -EFAULT;
	first = data_result(real()->recvfrom(fd, buf, size, flags, sa, len));
	if (first < 0 && is_past_window(fd, flags, (int)-first) &&
	    usermem_readable(len, sizeof(*len)))
		return recv_nameless(fd, buf, size, flags, len);
	first = data_memory_error(fd, buf, size, first);
	r = recv_error(fd, first, &again);
	return first < 0 && r >= 0 ? name_nobody(fd, r, len) : r;
}

/* A stream gives bytes and nothing else. r, or -EFAULT. */
static ssize_t clear_message(int fd, struct msghdr *msg, int flags, ssize_t r)
{
	struct msghdr clear = *msg;
	int failed;

	clear.msg_namelen = 0;
	clear.msg_controllen = 0;
	clear.msg_flags = flags & MSG_CMSG_CLOEXEC;
	failed = usermem_put(fd, msg, &clear, sizeof(clear));
	return failed ? failed : r;
}

static ssize_t recv_vector(int fd, struct msghdr *msg, int flags)
{
	ssize_t r = recv_all_parts(fd, msg, flags);

	return r < 0 ? r : clear_message(fd, msg, flags, r);
}

/* A monitor's socket has a name, and TCP gives none with the data. */
static ssize_t recvmsg_once(int fd, struct msghdr *msg, int flags)
{
	struct msghdr nameless;
	ssize_t r;
	int failed;

	if (!table_has_hybrid() || !usermem_readable(msg, sizeof(*msg)) ||
	    !msg->msg_name || !tag_is_hybrid(fd))
		return data_parts_error(
			fd, msg, data_result(real()->recvmsg(fd, msg, flags)));
	nameless = *msg;
	nameless.msg_name = NULL;
	r = data_result(real()->recvmsg(fd, &nameless, flags));
	nameless.msg_name = msg->msg_name;
	nameless.msg_namelen = 0;
	failed = r < 0 ? 0 : usermem_put(fd, msg, &nameless, sizeof(nameless));
	return failed ? failed : r;
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

	if ((flags & (MSG_TRUNC | MSG_WAITALL)) && data_measure(msg, &size) &&
	    size && needs_pieces(fd, size, flags))
		return recv_vector(fd, msg, flags);
	r = recvmsg_once(fd, msg, flags);
	if (r < 0 && is_past_window(fd, flags, (int)-r))
		return recv_vector(fd, msg, flags);
	if (r == 0 && data_measure(msg, &size) && !size && data_is_ours(fd))
		r = recv_piece(fd, NULL, 0, flags);
	return r;
}

static ssize_t again_recvmsg(int fd, const struct data_again *again)
{
	return recvmsg_try(fd, again->data, again->flags);
}

static ssize_t recvmsg_whole(int fd, struct msghdr *msg, int flags)
{
	struct data_again again = {again_recvmsg, msg, 0, flags};
	ssize_t first, r;

	if (asks_for_errors(fd, flags))
		return -EAGAIN;
	if (shut_state_is_read(fd))
		again.flags = flags |= MSG_DONTWAIT;
	first = recvmsg_try(fd, msg, flags);
	if (first == -EAGAIN && shut_state_is_read(fd))
		r = 0;
	else
		r = recv_error(fd, first, &again);
	return first < 0 && r == 0 ? clear_message(fd, msg, flags, r) : r;
}

/* The kernel filled it in, so it is readable. */
ssize_t receive_message(int fd, struct msghdr *msg, int flags)
{
	ssize_t r = recvmsg_whole(fd, msg, flags);

	if (r >= 0 && msg->msg_controllen)
		data_each_number(msg, forget_received);
	return r;
}

/* do_recvmmsg() (net/socket.c), for a stream of bytes. */
static int receive_each_message(int fd, struct mmsghdr *vec, unsigned n,
				int flags)
{
	unsigned done;

	for (done = 0; done < n; done++) {
		int size = (int)receive_message(fd, &vec[done].msg_hdr,
						flags & ~MSG_WAITFORONE);

		if (size >= 0 && usermem_put(fd, &vec[done].msg_len, &size,
					     sizeof(vec->msg_len)))
			size = -EFAULT;
		if (size < 0)
			return done ? (int)done : size;
		if (flags & MSG_WAITFORONE)
			flags |= MSG_DONTWAIT;
	}
	return done;
}

int receive_messages(int fd, struct mmsghdr *vec, unsigned n, int flags,
		     struct timespec *timeout)
{
	bool is_simple = !timeout && n && n <= IOV_MAX && table_get() &&
			 !sandbox_is_on();
	int r;

	if (is_simple && tag_look(fd, NULL) >= 0 &&
	    usermem_readable(vec, n * sizeof(*vec)))
		return receive_each_message(fd, vec, n, flags);
	r = data_result(real()->recvmmsg(fd, vec, n, flags, timeout));
	for (int i = 0; i < r; i++)
		if (vec[i].msg_hdr.msg_controllen)
			data_each_number(&vec[i].msg_hdr, forget_received);
	return r;
}
