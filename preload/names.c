/* SPDX-License-Identifier: MIT */
/* The two names of a redirected socket, as IP addresses. */
#include <errno.h>
#include <string.h>

#include "preload/hints.h"
#include "preload/hybrid.h"
#include "preload/memory.h"
#include "preload/names.h"
#include "preload/real.h"
#include "preload/show.h"
#include "preload/table.h"
#include "preload/tag.h"
#include "preload/usermem.h"
#include "preload/vm.h"

void names_copy_out(const struct sockaddr_storage *name, socklen_t size,
		    struct sockaddr *sa, socklen_t *len)
{
	memcpy(sa, name, *len < size ? *len : size);
	*len = size;
}

/* The local address of a connection is that of our CID as its peer sees it. */
static int client_own(int fd, int tag, struct name *name)
{
	struct sockaddr_vm own, peer;
	uint32_t cid;
	int r;

	if ((tag & TAG_OWN) &&
	    memory_get_name(memory_cookie(fd), MEMORY_OWN, name) &&
	    !show_is_any(&name->addr))
		return 0;
	if (tag & TAG_HYBRID) {
		hybrid_own_name(fd, tag, name);
		return 0;
	}
	r = vm_own(fd, &own);
	if (r)
		return r;
	if (vm_peer(fd, &peer))
		peer.svm_cid = VMADDR_CID_LOCAL;
	cid = peer.svm_cid == VMADDR_CID_LOCAL ? VMADDR_CID_LOCAL
					       : show_local_cid();
	show_cid(cid, tag, &name->addr);
	name->port = show_port(own.svm_port);
	return 0;
}

static int own_name(int fd, int tag, struct name *name)
{
	if (tag & TAG_CLIENT)
		return client_own(fd, tag, name);
	return tag_read_name(fd, name);
}

static int peer_name(int fd, int tag, struct name *name)
{
	struct sockaddr_vm vm;
	int r;

	if (tag & TAG_CLIENT)
		return tag_read_name(fd, name);
	if (tag & TAG_HYBRID) {
		hybrid_peer_name(fd, tag, name);
		return 0;
	}
	r = vm_peer(fd, &vm);
	if (r)
		return r;
	show_cid(vm.svm_cid, tag, &name->addr);
	name->port = show_port(vm.svm_port);
	return 0;
}

static bool may_be_ours(const struct sockaddr *sa, socklen_t len,
			socklen_t given)
{
	sa_family_t family;

	if (given < sizeof(family))
		return len == sizeof(struct sockaddr_vm) || hybrid_is_on();
	memcpy(&family, sa, sizeof(family));
	return family == AF_VSOCK || (family == AF_UNIX && hybrid_is_on());
}

/*
 * The kernel answers into the program's own memory, so that a bad pointer is
 * its to refuse and an unmapped socket costs nothing; an answer of
 * AF_VSOCK or AF_UNIX is written over. `given` is what *len was before.
 */
static int translate(int fd, struct sockaddr *sa, socklen_t *len,
		     socklen_t given,
		     int (*name_of)(int fd, int tag, struct name *name))
{
	struct sockaddr_storage shown;
	struct name name;
	socklen_t size;
	int tag, r;

	if (!may_be_ours(sa, *len, given))
		return 0;
	tag = tag_read(fd);
	if (tag < 0)
		return 0;
	r = name_of(fd, tag, &name);
	if (r)
		return r;
	size = show_sockaddr(&name, tag, &shown);
	*len = given;
	names_copy_out(&shown, size, sa, len);
	return 0;
}

int names_own(int fd, struct sockaddr *sa, socklen_t *len)
{
	socklen_t given;

	if (!table_get() || !usermem_readable(len, sizeof(*len)))
		return real()->getsockname(fd, sa, len) ? -errno : 0;
	given = *len;
	if (real()->getsockname(fd, sa, len))
		return -errno;
	return translate(fd, sa, len, given, own_name);
}

/* The kernel forgets the peer with shutdown(); TCP only with the connection. */
static int peer_after_shutdown(int fd, struct sockaddr *sa, socklen_t *len)
{
	struct sockaddr_storage shown;
	struct name name;
	socklen_t size;
	int tag = tag_look(fd);

	if (tag < 0 ||
	    !memory_get_name(memory_cookie(fd), MEMORY_PEER, &name) ||
	    !usermem_readable(sa, *len ? 1 : 0))
		return -ENOTCONN;
	size = show_sockaddr(&name, tag, &shown);
	names_copy_out(&shown, size, sa, len);
	return 0;
}

int names_peer(int fd, struct sockaddr *sa, socklen_t *len)
{
	socklen_t given;

	if (!table_get() || !usermem_readable(len, sizeof(*len)))
		return real()->getpeername(fd, sa, len) ? -errno : 0;
	given = *len;
	if (real()->getpeername(fd, sa, len)) {
		if (errno != ENOTCONN)
			return -errno;
		return peer_after_shutdown(fd, sa, len);
	}
	return translate(fd, sa, len, given, peer_name);
}
