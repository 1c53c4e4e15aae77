/* SPDX-License-Identifier: MIT */
/* accept(): connections of a redirected listener. */
#include <errno.h>
#include <string.h>

#include "redirect/calls/accept.h"
#include "redirect/calls/shutdown.h"
#include "redirect/calls/sockname.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/report/report.h"
#include "redirect/state/address.h"
#include "redirect/state/hints.h"
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
	if (!(tag & TAG_INHERIT))
		return;
	carry_inherited(listener, fd);
}

/*
 * Marks an accepted socket as ours; `bound` is its listener's name. On failure
 * it is closed: the program must not get a descriptor that shows AF_VSOCK.
 */
static int adopt(int listener, int tag, const struct endpoint *bound, int fd,
		 const struct sockaddr_vm *peer)
{
	int flags = (tag & (TAG_V6 | TAG_V6ONLY | TAG_MAPPED | TAG_NODELAY |
			    TAG_INHERIT | TAG_REUSEADDR | TAG_HYBRID)) |
		    TAG_ACCEPTED;
	struct endpoint own = *bound;

	make_concrete(&own.addr, peer->svm_cid, tag);
	if (tag_write_named(fd, flags, &own)) {
		real()->close(fd);
		return -ECONNABORTED;
	}
	inherit(listener, fd, tag);
	hint_reset(fd, HINT_REDIRECTED);
	if (!(tag & TAG_HYBRID))
		report_accept(&own, peer->svm_cid, peer->svm_port);
	return flags;
}

static void show_accepted(const struct sockaddr_vm *vm, int tag,
			  struct sockaddr_storage *peer, socklen_t *len)
{
	struct endpoint name = {.port = address_port(vm->svm_port)};

	address_cid(vm->svm_cid, tag, &name.addr);
	*len = address_sockaddr(&name, tag, peer);
}

/* The peer of a Unix socket is a monitor, and has no name to show. */
static int translate_hybrid(int listener, int fd, struct sockaddr_storage *peer,
			    socklen_t *len)
{
	static const struct sockaddr_vm nobody;
	struct endpoint name;
	int tag = tag_read_named(listener, &name);

	if (tag < 0)
		return fd;
	tag = adopt(listener, tag, &name, fd, &nobody);
	if (tag < 0)
		return tag;
	hybrid_peer_name(fd, tag, &name);
	*len = address_sockaddr(&name, tag, peer);
	return fd;
}

/*
 * What the kernel gave, as the program is to get it: a vsock peer of a
 * redirected listener becomes an IP address. A descriptor or -errno.
 */
static int translate(int listener, int fd, struct sockaddr_storage *peer,
		     socklen_t *len)
{
	struct sockaddr_vm vm;
	struct endpoint name;
	int tag, flags;

	if (peer->ss_family == AF_UNIX)
		return table_has_hybrid()
			       ? translate_hybrid(listener, fd, peer, len)
			       : fd;
	if (peer->ss_family != AF_VSOCK || *len < sizeof(vm))
		return fd;
	tag = tag_read_named(listener, &name);
	if (tag < 0)
		return fd;
	if (tag & TAG_SHUT)
		return shutdown_woken(listener, fd);
	memcpy(&vm, peer, sizeof(vm));
	flags = adopt(listener, tag, &name, fd, &vm);
	if (flags < 0)
		return flags;
	show_accepted(&vm, flags, peer, len);
	return fd;
}

/* Whether the kernel must see the pointers itself, and say what is wrong. */
static bool pointers_are_bad(struct sockaddr *sa, socklen_t *len)
{
	return sa && (!usermem_readable(len, sizeof(*len)) || (int)*len < 0 ||
		      !usermem_readable(sa, 1));
}

static int finish(int listener, int fd, struct sockaddr_storage *peer,
		  socklen_t peer_len, struct sockaddr *sa, socklen_t *len)
{
	if (fd < 0)
		return -errno;
	hint_reset(fd, HINT_OTHER);
	fd = translate(listener, fd, peer, &peer_len);
	if (fd >= 0 && sa)
		sockname_copy_out(peer, peer_len, sa, len);
	return fd;
}

int accept_socket(int fd, struct sockaddr *sa, socklen_t *len)
{
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof(peer);
	int r;

	if (!table_get() || pointers_are_bad(sa, len)) {
		r = real()->accept(fd, sa, len);
		return r < 0 ? -errno : r;
	}
	peer.ss_family = AF_UNSPEC;
	r = real()->accept(fd, (struct sockaddr *)&peer, &peer_len);
	return finish(fd, r, &peer, peer_len, sa, len);
}

int accept4_socket(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof(peer);
	int r;

	if (!table_get() || pointers_are_bad(sa, len)) {
		r = real()->accept4(fd, sa, len, flags);
		return r < 0 ? -errno : r;
	}
	peer.ss_family = AF_UNSPEC;
	r = real()->accept4(fd, (struct sockaddr *)&peer, &peer_len, flags);
	return finish(fd, r, &peer, peer_len, sa, len);
}
