/* SPDX-License-Identifier: MIT */
/*
 * shutdown() of a listener, and of one direction.
 *
 * TCP wakes whoever sleeps in accept() with EINVAL (inet_shutdown() in
 * net/ipv4/af_inet.c), and threaded servers stop that way; AF_VSOCK answers
 * ENOTCONN and lets them sleep (vsock_shutdown()). So the listener is marked,
 * and dialled once by ourselves: the one who wakes finds the mark, closes that
 * connection, and dials again for the next sleeper. Under the number is put a
 * socket that is not bound: whoever dials the port is refused as soon as the
 * last sleeper has left, and listen() binds it again.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "preload/ask.h"
#include "preload/data.h"
#include "preload/hints.h"
#include "preload/memory.h"
#include "preload/names.h"
#include "preload/real.h"
#include "preload/redirect.h"
#include "preload/sandbox.h"
#include "preload/show.h"
#include "preload/shut.h"
#include "preload/table.h"
#include "preload/tag.h"

/* Closed before it was handed on, a connection would be taken back. */
#define WAKE_MS 100

/* Connects to the listener once; it need not be there any more. */
static void wake(const struct sockaddr_vm *listener)
{
	struct sockaddr_vm to = *listener;
	int fd = real()->socket(AF_VSOCK,
				SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct pollfd pollfd = {fd, POLLOUT, 0};

	if (fd < 0)
		return;
	if (to.svm_cid == VMADDR_CID_ANY)
		to.svm_cid = VMADDR_CID_LOCAL;
	if (real()->connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	    errno == EINPROGRESS)
		real()->poll(&pollfd, 1, WAKE_MS);
	real()->close(fd);
}

static int own_address(int fd, struct sockaddr_vm *vm)
{
	socklen_t len = sizeof(*vm);

	return real()->getsockname(fd, (struct sockaddr *)vm, &len) ? -errno
								    : 0;
}

/* Where a bound socket's name leads; the socket itself may be bound no more. */
static int target_of(int fd, struct sockaddr_vm *vm)
{
	struct map_answer answer;
	struct name name;
	int r = tag_read_name(fd, &name);

	if (r)
		return r;
	map_lookup(table_get(), MAP_LISTEN, &name.addr, name.port, &answer);
	memset(vm, 0, sizeof(*vm));
	vm->svm_family = AF_VSOCK;
	vm->svm_cid = answer.cid;
	vm->svm_port = answer.port;
	return answer.verdict == MAP_VSOCK ? 0 : -EADDRNOTAVAIL;
}

int shut_woken(int listener, int fd)
{
	struct sockaddr_vm vm;

	real()->close(fd);
	if (!target_of(listener, &vm))
		wake(&vm);
	return -EINVAL;
}

int shut_listen_again(int fd, int tag, int backlog)
{
	struct sockaddr_vm vm;
	int r = target_of(fd, &vm);

	if (r)
		return r;
	if (real()->bind(fd, (struct sockaddr *)&vm, sizeof(vm)) ||
	    real()->listen(fd, backlog))
		return -errno;
	return tag_write(fd, tag & ~TAG_SHUT);
}

static int shut_listener(int fd, int tag)
{
	struct sockaddr_vm vm;
	int r = own_address(fd, &vm);

	if (!r && tag_write(fd, tag | TAG_SHUT))
		r = -ENOBUFS;
	if (r)
		return r;
	wake(&vm);
	r = redirect_renew(fd, tag | TAG_SHUT);
	if (r)
		tag_write(fd, tag);
	return r;
}

static void remember_peer(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	struct name name;

	if (!names_peer(fd, (struct sockaddr *)&sa, &len) &&
	    map_addr_set(&name.addr, &name.port, (struct sockaddr *)&sa, len))
		memory_put_name(memory_cookie(fd), MEMORY_PEER, &name);
}

/*
 * A socket known to be ours. True: *r is the answer. SHUT_RD is local in TCP,
 * and told to the peer, who may not write any more, in AF_VSOCK: data.c keeps
 * it local. A connection being made is given up (inet_shutdown()).
 */
static bool shut_ours(int fd, int how, int *r)
{
	int tag = tag_read(fd);

	if (tag < 0 || (tag & TAG_BOUND))
		return false;
	if ((tag & TAG_PENDING) && ask_connecting(fd)) {
		*r = redirect_undo(fd, tag);
		return true;
	}
	if ((tag & TAG_PENDING) && !ask_connected(fd)) {
		*r = -ENOTCONN;
		return true;
	}
	remember_peer(fd);
	if (how == SHUT_WR || how == SHUT_RDWR)
		hint_add(fd, HINT_SHUT_WR);
	if (how != SHUT_RD || !ask_connected(fd))
		return false;
	data_shut_read(fd);
	*r = 0;
	return true;
}

int shut_socket(int fd, int how)
{
	bool may_look = table_get() && !sandbox_is_on();
	int tag, error, r;

	if (may_look && (hint_get(fd) & HINT_REDIRECTED) &&
	    shut_ours(fd, how, &r))
		return r;
	if (!real()->shutdown(fd, how))
		return 0;
	error = errno;
	if (error != ENOTCONN || !may_look)
		return -error;
	tag = tag_read(fd);
	if (tag < 0 || !(tag & TAG_BOUND) || !ask_listening(fd))
		return -error;
	return how == SHUT_WR ? 0 : shut_listener(fd, tag);
}
