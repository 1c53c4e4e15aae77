/* SPDX-License-Identifier: MIT */
/*
 * shutdown() of a listener, and of one direction.
 *
 * TCP wakes whoever sleeps in accept() with EINVAL (inet_shutdown() in
 * net/ipv4/af_inet.c), and threaded servers stop that way; AF_VSOCK answers
 * ENOTCONN and lets them sleep (vsock_shutdown()). So the listener is marked,
 * and dialled once by ourselves: the one who wakes finds the mark, closes that
 * connection, and dials again for the next sleeper. Under the number is put the
 * other end of the first of them: whoever dials the port is refused as soon as
 * the last sleeper has left. Being shut down it is readable, for a sleeper in
 * poll() who looks once more finds it there (do_poll() in fs/select.c) and no
 * listener. listen() makes a fresh one. A Unix listener wakes its
 * sleepers by itself, but stays shut for good, so it is replaced as well.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "redirect/calls/listener.h"
#include "redirect/calls/shutdown.h"
#include "redirect/calls/sockname.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/state/shut_state.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/make.h"
#include "redirect/swap/swap.h"
#include "redirect/swap/undo.h"

/*
 * How long we wait until the listener has our connection in its queue: closed
 * before that it would be taken out again, and wake nobody.
 */
#define DIAL_MS 5000

/*
 * The ports that we dial from: by them a thread that wakes in accept() knows
 * our connection where the listener, and so its mark, is gone.
 */
#define WAKER_PORT  0xfeed0000u
#define WAKER_PORTS 0x10000u

static int wait_until_queued(int fd)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};

	return real()->poll(&pollfd, 1, DIAL_MS) == 1 && ask_connected(fd)
		       ? 0
		       : -ETIMEDOUT;
}

/* A connection to the listener, which need not be there any more; or -errno. */
static int dial_listener(uint32_t cid, uint32_t port)
{
	int fd = own_socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int r;

	if (fd < 0)
		return -errno;
	if (cid == VMADDR_CID_ANY)
		cid = VMADDR_CID_LOCAL;
	vsock_call_bind(fd, VMADDR_CID_ANY,
			WAKER_PORT + remembered_cookie(fd) % WAKER_PORTS);
	r = vsock_call_connect(fd, cid, port);
	if (r == -EINPROGRESS)
		r = wait_until_queued(fd);
	if (!r)
		return fd;
	own_close(fd);
	return r;
}

bool shutdown_is_waker(const struct sockaddr_vm *peer)
{
	return peer->svm_family == AF_VSOCK &&
	       peer->svm_port - WAKER_PORT < WAKER_PORTS &&
	       (peer->svm_cid == VMADDR_CID_LOCAL ||
		peer->svm_cid == vsock_call_local_cid());
}

int shutdown_woken(const struct endpoint *listener, int fd)
{
	struct map_answer answer;
	int again;

	real()->close(fd);
	map_lookup(table_get(), MAP_LISTEN, &listener->addr, listener->port,
		   &answer);
	if (answer.verdict != MAP_VSOCK)
		return -EINVAL;
	again = dial_listener(answer.cid, answer.port);
	if (again >= 0)
		own_close(again);
	else
		listener_closed();
	return -EINVAL;
}

static int shut_listener(struct hold *hold, int fd, int tag)
{
	struct sockaddr_vm vm;
	int r = vsock_call_own(fd, &vm), to;

	if (!r && tag_write(fd, tag | TAG_SHUT))
		r = -ENOBUFS;
	if (r)
		return r;
	shut_state_listener();
	to = dial_listener(vm.svm_cid, vm.svm_port);
	if (to >= 0)
		real()->shutdown(to, SHUT_RDWR);
	to = make_like(fd, to, tag | TAG_SHUT);
	r = to < 0 ? to : swap_replace(hold, to);
	if (r)
		tag_write(fd, tag);
	else
		listener_closed();
	return hold->lost ? 0 : r;
}

/* dial() waits. */
static int shut_own_listener(struct hold *hold, int tag)
{
	int fd = own_copy(hold->fd);

	if (fd < 0)
		return -ENOBUFS;
	hold_own(hold, fd);
	return shut_listener(hold, fd, tag);
}

/* A bound Unix socket may be shut down; a TCP one only when it listens. */
static int shut_hybrid(struct hold *hold, int tag, int how)
{
	int fd = hold->fd, r;

	if ((tag & TAG_SHUT) || !ask_listening(fd))
		return -ENOTCONN;
	if (real()->shutdown(fd, how))
		return -errno;
	if (how == SHUT_WR)
		return 0;
	r = undo_renew(hold, tag | TAG_SHUT);
	if (!r)
		listener_closed();
	return r;
}

static bool is_direction(int how)
{
	return how == SHUT_RD || how == SHUT_WR || how == SHUT_RDWR;
}

/* The kernel forgets it. `name` is what the tag has: a client's peer. */
static void remember_peer(int fd, uint64_t cookie, int tag,
			  struct endpoint *name)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (!(tag & TAG_CLIENT) &&
	    (sockname_peer(fd, (struct sockaddr *)&sa, &len) ||
	     !map_addr_set(&name->addr, &name->port, (struct sockaddr *)&sa,
			   len)))
		return;
	remembered_put_name(cookie, MEMORY_PEER, name);
}

/*
 * A connection being made is given up (inet_shutdown()), and whoever waits for
 * it is woken. A thread that is in connect() does the rest: attempt.c.
 */
static int end_attempt(struct hold *hold, int tag)
{
	int fd = hold->fd;
	bool in_connect = hold_is_connecting(fd);

	if (in_connect)
		hold_give_up(fd);
	real()->shutdown(fd, SHUT_RDWR);
	return in_connect ? 0 : undo_redirect(hold, tag);
}

static bool is_attempt(int fd, int tag)
{
	if (hold_is_connecting(fd))
		return !ask_connected(fd);
	return (tag & TAG_PENDING) && ask_connecting(fd);
}

/* unix_shutdown() (net/unix/af_unix.c): whatever state the socket is in. */
static bool is_shut_anyway(int fd)
{
	int tag = tag_look(fd, NULL);

	return tag >= 0 && (tag & TAG_UNIX);
}

/*
 * A socket known to be ours. True: *r is the answer. SHUT_RD is local in TCP,
 * and told to the peer, who may not write any more, in AF_VSOCK: shut_state.c
 * keeps it local.
 */
static bool shut_ours(struct hold *hold, int how, int *r)
{
	int fd = hold->fd;
	struct endpoint name;
	int tag = tag_look(fd, &name);
	uint64_t cookie;

	if (tag < 0 || !is_direction(how))
		return false;
	if (tag & TAG_BOUND) {
		if (!(tag & (TAG_HYBRID | TAG_SHUT)))
			return false;
		*r = shut_hybrid(hold, tag, how);
		return true;
	}
	if (tag & TAG_UNIX) /* the peer hears of SHUT_RD, too */
		return false;
	if (is_attempt(fd, tag)) {
		*r = end_attempt(hold, tag);
		return true;
	}
	if ((tag & TAG_PENDING) && !tag_is_connected(fd, tag)) {
		*r = -ENOTCONN;
		return true;
	}
	if (tag & TAG_PENDING) /* inet_shutdown(): connect() is told no more */
		tag_write_named(fd, tag & ~TAG_PENDING, &name);
	cookie = remembered_cookie(fd);
	remember_peer(fd, cookie, tag, &name);
	if (how != SHUT_RD)
		shut_state_write(fd, cookie);
	if (how != SHUT_RD || !ask_connected(fd))
		return false;
	shut_state_read(fd, cookie);
	*r = 0;
	return true;
}

static int shut_held(struct hold *hold, int how)
{
	int fd = hold->fd, tag, error, r;

	if (shut_ours(hold, how, &r))
		return r;
	if (!real()->shutdown(fd, how))
		return 0;
	error = errno;
	if (error != ENOTCONN)
		return -error;
	tag = tag_read(fd);
	if (tag < 0 || !(tag & TAG_BOUND) || !ask_listening(fd))
		return -error;
	return how == SHUT_WR ? 0 : shut_own_listener(hold, tag);
}

int shutdown_socket(int fd, int how)
{
	struct hold hold;
	int r;

	if (!table_get() || sandbox_is_on())
		return real()->shutdown(fd, how) ? -errno : 0;
	hold_begin(&hold, fd);
	r = shut_held(&hold, how);
	if (r == -ENOTCONN && is_shut_anyway(fd))
		r = 0;
	hold_end(&hold);
	return r;
}
