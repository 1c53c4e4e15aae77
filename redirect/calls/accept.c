/* SPDX-License-Identifier: MIT */
/* accept(): connections of a redirected listener. */
#include <errno.h>
#include <string.h>

#include "redirect/calls/accept.h"
#include "redirect/calls/listener.h"
#include "redirect/calls/shutdown.h"
#include "redirect/calls/sockname.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/usermem.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/report/probes.h"
#include "redirect/report/report.h"
#include "redirect/state/address.h"
#include "redirect/state/hints.h"
#include "redirect/state/listeners.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/carry.h"
#include "vsock/vm_sockets.h"

/* The wildcard that the listener is bound to, as one connection has it. */
static void make_concrete(struct map_addr *addr, uint32_t peer_cid, int tag)
{
	uint32_t cid = VMADDR_CID_LOCAL;

	if (!address_is_any(addr))
		return;
	if (tag & TAG_HYBRID)
		cid = VMADDR_CID_HOST;
	else if (peer_cid != VMADDR_CID_LOCAL)
		cid = vsock_call_local_cid();
	address_cid(cid, tag, addr);
}

static void inherit(int listener, int fd, int tag)
{
	if (!(tag & TAG_INHERIT) || (tag & TAG_UNIX))
		return;
	carry_inherited(listener, fd);
}

/* A monitor has no name but that of its socket, which is the table's. */
static void tell_of(int fd, int flags, const struct endpoint *bound,
		    const struct endpoint *own, const struct sockaddr_vm *peer)
{
	struct endpoint shown = {.port = address_port(peer->svm_port)};
	struct map_answer from = {.verdict = MAP_VSOCK,
				  .cid = peer->svm_cid,
				  .port = peer->svm_port};

	if (flags & TAG_HYBRID) {
		shown = *own;
		hybrid_peer_name(fd, flags, &shown);
		map_lookup(table_get(), MAP_LISTEN, &bound->addr, bound->port,
			   &from);
	} else {
		address_cid(peer->svm_cid, flags, &shown.addr);
	}
	report_accept(own, &shown, &from);
}

/*
 * Marks an accepted socket as ours; `bound` is its listener's name. On failure
 * it is closed: the program must not get a descriptor that shows AF_VSOCK.
 */
static int adopt(int listener, int tag, const struct endpoint *bound, int fd,
		 const struct sockaddr_vm *peer)
{
	int flags =
		(tag & (TAG_V6 | TAG_V6ONLY | TAG_MAPPED | TAG_NODELAY |
			TAG_INHERIT | TAG_REUSEADDR | TAG_HYBRID | TAG_UNIX)) |
		TAG_ACCEPTED;
	struct endpoint own = *bound;

	make_concrete(&own.addr, peer->svm_cid, tag);
	if (tag_write_named(fd, flags, &own)) {
		real()->close(fd);
		return -ECONNABORTED;
	}
	inherit(listener, fd, tag);
	hint_reset(fd, HINT_REDIRECTED);
	if (flags & TAG_UNIX)
		hint_add(fd, HINT_HANGS_UP);
	if (!(tag & TAG_HYBRID))
		PROBE3(accept, own.port, peer->svm_cid, peer->svm_port);
	if (report_is_on)
		tell_of(fd, flags, bound, &own, peer);
	return flags;
}

/* ---- whose connection it is ---------------------------------------------- */

/* A listener: its flags and name, or tag < 0 where it is none of ours. */
struct owner {
	int tag;
	struct endpoint name;
	bool is_gone; /* its number is no more */
};

/*
 * Which listener it is has to be known before accept() sleeps: meanwhile
 * another thread may close the number, and have another listener under it.
 * Where the hooks have seen the listener being made the kernel is not asked.
 */
static void look_before(int fd, struct owner *before)
{
	struct listener listener;

	before->tag = -ENOENT;
	before->is_gone = false;
	if (listeners_recall(fd, &listener)) {
		before->tag = listener.tag;
		before->name = listener.name;
	} else if (!sandbox_is_on()) {
		before->tag = tag_look(fd, &before->name);
		listeners_note(fd, before->tag, &before->name);
	}
}

/* Whether the accepted socket is where the listener is bound. */
static bool came_to(const struct owner *owner, int fd)
{
	struct map_answer answer;
	struct sockaddr_vm vm;

	if (owner->tag < 0)
		return false;
	map_lookup(table_get(), MAP_LISTEN, &owner->name.addr, owner->name.port,
		   &answer);
	if (!(owner->tag & TAG_HYBRID))
		return !vsock_call_own(fd, &vm) && vm.svm_port == answer.port;
	return hybrid_came_to(fd, &answer);
}

/*
 * Sets *owner, `before` the wait, to the listener that fd came to; its tag < 0:
 * not one of ours. -ECONNABORTED where that can't be known.
 */
static int find_owner(int listener, int fd, struct owner *owner)
{
	struct owner now;

	now.tag = tag_read_named(listener, &now.name);
	if (now.tag >= 0 && !(now.tag & TAG_BOUND))
		now.tag = -ENOENT; /* the client's own, by now */
	if (now.tag < 0 && owner->tag < 0)
		return 0;
	if ((now.tag >= 0 && owner->tag >= 0 &&
	     listeners_same_name(&now.name, &owner->name)) ||
	    came_to(&now, fd)) {
		owner->tag = now.tag;
		owner->name = now.name;
		return 0;
	}
	if (owner->tag < 0)
		return 0;
	owner->tag &= ~TAG_INHERIT; /* what it would hand down is lost */
	owner->is_gone = true;
	return came_to(owner, fd) ? 0 : -ECONNABORTED;
}

/* ---- what the program gets ------------------------------------------------
 */

static void show_accepted(const struct sockaddr_vm *vm, int tag,
			  struct sockaddr_storage *peer, socklen_t *len)
{
	struct endpoint name = {.port = address_port(vm->svm_port)};

	address_cid(vm->svm_cid, tag, &name.addr);
	*len = address_sockaddr(&name, tag, peer);
}

/*
 * A connection that we made ourselves, to wake a thread that sleeps in accept()
 * on a listener that was shut down: shutdown.c.
 */
static bool is_for_sleepers(const struct owner *owner,
			    const struct sockaddr_vm *peer)
{
	return (owner->tag & TAG_SHUT) ||
	       ((owner->is_gone || (owner->tag & TAG_QUIET)) &&
		shutdown_is_waker(peer));
}

/*
 * The client dialled a listener that must have none (TAG_QUIET); or we dialled
 * to wake a sleeper, and the port has another listener by now.
 */
static bool is_for_nobody(const struct owner *owner,
			  const struct sockaddr_vm *peer)
{
	return (owner->tag & TAG_QUIET) || shutdown_is_waker(peer);
}

/* The peer of a Unix socket is a monitor, and has no name to show. */
static int take_hybrid(int listener, const struct owner *owner, int fd,
		       struct sockaddr_storage *peer, socklen_t *len)
{
	static const struct sockaddr_vm nobody;
	struct endpoint name = owner->name;
	int tag = adopt(listener, owner->tag, &owner->name, fd, &nobody);

	if (tag < 0)
		return tag;
	hybrid_peer_name(fd, tag, &name);
	*len = address_sockaddr(&name, tag, peer);
	return fd;
}

static int take_vsock(int listener, const struct owner *owner, int fd,
		      struct sockaddr_storage *peer, socklen_t *len)
{
	struct sockaddr_vm vm;
	int flags;

	memcpy(&vm, peer, sizeof(vm));
	if (is_for_sleepers(owner, &vm))
		return shutdown_woken(&owner->name, fd);
	if (is_for_nobody(owner, &vm)) {
		real()->close(fd);
		return -ERESTART;
	}
	flags = adopt(listener, owner->tag, &owner->name, fd, &vm);
	if (flags < 0)
		return flags;
	show_accepted(&vm, flags, peer, len);
	return fd;
}

static bool may_be_ours(const struct sockaddr_storage *peer, socklen_t len)
{
	if (peer->ss_family == AF_UNIX)
		return table_has_hybrid();
	return peer->ss_family == AF_VSOCK && len >= sizeof(struct sockaddr_vm);
}

/*
 * What the kernel gave, as the program is to get it: a vsock peer of a
 * redirected listener becomes an IP address. A descriptor or -errno; or
 * -ERESTART, and the connection is closed: nobody may reach a quiet listener.
 */
static int translate(int listener, struct owner *owner, int fd,
		     struct sockaddr_storage *peer, socklen_t *len)
{
	int r;

	if (!may_be_ours(peer, *len))
		return fd;
	r = find_owner(listener, fd, owner);
	if (!r && owner->tag < 0)
		return fd;
	if (!r && (owner->tag & TAG_QUIET) && (owner->tag & TAG_HYBRID))
		r = -ERESTART;
	if (r) {
		real()->close(fd);
		return r;
	}
	return owner->tag & TAG_HYBRID
		       ? take_hybrid(listener, owner, fd, peer, len)
		       : take_vsock(listener, owner, fd, peer, len);
}

/* Whether the kernel must see the pointers itself, and say what is wrong. */
static bool pointers_are_bad(struct sockaddr *sa, socklen_t *len)
{
	return sa && (!usermem_readable(len, sizeof(*len)) || (int)*len < 0);
}

/* flags: accept4()'s, or NO_FLAGS for accept(). */
#define NO_FLAGS (-1)

static int accept_now(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int r = flags == NO_FLAGS ? real()->accept(fd, sa, len)
				  : real()->accept4(fd, sa, len, flags);

	return r < 0 ? -errno : r;
}

/*
 * AF_VSOCK looks for signals before it finds that it is not to wait
 * (vsock_accept() in net/vmw_vsock/af_vsock.c), and TCP after.
 */
static int real_accept(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int r;

	do
		r = accept_now(fd, sa, len, flags);
	while (r == -EINTR && ask_nonblocking(fd));
	return r;
}

/*
 * EINVAL: the listener was shut down. One of AF_UNIX keeps its name until the
 * last thread that sleeps in accept() has left it, so that is noted here.
 */
static int accept_once(int listener, struct owner *owner,
		       struct sockaddr_storage *peer, socklen_t *len, int flags)
{
	int fd;

	peer->ss_family = AF_UNSPEC;
	fd = real_accept(listener, (struct sockaddr *)peer, len, flags);
	if (fd == -EINVAL && !sandbox_is_on())
		listener_closed();
	if (fd < 0)
		return fd;
	hint_reset(fd, HINT_OTHER);
	return translate(listener, owner, fd, peer, len);
}

/* skb_wait_for_more_packets() (net/core/datagram.c) finds who has shut it. */
static bool is_shut_unix(int listener)
{
	int tag = table_has_unix() ? tag_of(listener) : -ENOENT;

	return tag >= 0 && (tag & TAG_UNIX) && (tag & TAG_SHUT) &&
	       ask_nonblocking(listener);
}

static int accept_call(int listener, struct sockaddr *sa, socklen_t *len,
		       int flags)
{
	struct sockaddr_storage peer;
	struct owner before, owner;
	socklen_t peer_len;
	int fd;

	if (!table_get() || pointers_are_bad(sa, len))
		return real_accept(listener, sa, len, flags);
	look_before(listener, &before);
	do {
		owner = before;
		peer_len = sizeof(peer);
		fd = accept_once(listener, &owner, &peer, &peer_len, flags);
	} while (fd == -ERESTART);
	if (fd == -EINVAL && is_shut_unix(listener))
		return -EAGAIN;
	if (fd < 0 || !sa || !sockname_copy_out(fd, &peer, peer_len, sa, len))
		return fd;
	real()->close(fd);
	return -EFAULT;
}

int accept_socket(int fd, struct sockaddr *sa, socklen_t *len)
{
	return accept_call(fd, sa, len, NO_FLAGS);
}

/* Of wrong flags the kernel hears itself: one of them is NO_FLAGS here. */
int accept4_socket(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return real()->accept4(fd, sa, len, flags) < 0 ? -errno
							       : -EINVAL;
	return accept_call(fd, sa, len, flags);
}
