/* SPDX-License-Identifier: MIT */
/* The two names of a redirected socket, as IP addresses. */
#include <errno.h>
#include <string.h>

#include "redirect/calls/sockname.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/kernel/usermem.h"
#include "redirect/kernel/vsock_call.h"
#include "redirect/state/address.h"
#include "redirect/state/remembered.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

int sockname_copy_out(int fd, const struct sockaddr_storage *name,
		      socklen_t size, struct sockaddr *sa, socklen_t *len)
{
	int r = usermem_put(fd, sa, name, *len < size ? *len : size);

	return r ? r : usermem_put(fd, len, &size, sizeof(size));
}

/*
 * Whether a connection's peer is this very machine: by the rule for the address
 * that was dialled, or, where the table no longer has it, by the peer's CID.
 */
static bool leads_home(int fd, const struct endpoint *dialled)
{
	struct map_answer answer = {.verdict = MAP_NONE};
	struct sockaddr_vm vm;

	if (dialled->addr.family != AF_UNSPEC)
		map_lookup(table_get(), MAP_CONNECT, &dialled->addr,
			   dialled->port, &answer);
	if (answer.verdict == MAP_VSOCK)
		return answer.cid == VMADDR_CID_LOCAL;
	return vsock_call_peer(fd, &vm) || vm.svm_cid == VMADDR_CID_LOCAL;
}

/*
 * All of these turn the name that the tag has into the one that was asked for.
 * vm is the kernel's answer to the same question.
 */
typedef void name_function(int fd, int tag, const struct sockaddr_vm *vm,
			   struct endpoint *name);

/* The local address of a connection is that of our CID as its peer sees it. */
static void client_own(int fd, int tag, const struct sockaddr_vm *vm,
		       struct endpoint *name)
{
	uint32_t cid = VMADDR_CID_LOCAL;
	struct endpoint bound;

	if ((tag & TAG_OWN) &&
	    remembered_get_name(remembered_cookie(fd), MEMORY_OWN, &bound) &&
	    !address_is_any(&bound.addr)) {
		*name = bound;
		return;
	}
	if (tag & TAG_HYBRID) {
		hybrid_own_name(fd, tag, name);
		return;
	}
	if (!leads_home(fd, name))
		cid = vsock_call_local_cid();
	address_cid(cid, tag, &name->addr);
	name->port = address_port(vm->svm_port);
}

static void own_name(int fd, int tag, const struct sockaddr_vm *vm,
		     struct endpoint *name)
{
	if (tag & TAG_CLIENT)
		client_own(fd, tag, vm, name);
}

/* What dials the wildcard reaches the loopback address (tcp_v4_connect()). */
static void reach(int fd, int tag, struct endpoint *name)
{
	if (address_is_any(&name->addr) && leads_home(fd, name))
		address_cid(VMADDR_CID_LOCAL, tag, &name->addr);
}

static void peer_name(int fd, int tag, const struct sockaddr_vm *vm,
		      struct endpoint *name)
{
	if (tag & TAG_CLIENT) {
		reach(fd, tag, name);
		return;
	}
	if (tag & TAG_HYBRID) {
		hybrid_peer_name(fd, tag, name);
		return;
	}
	address_cid(vm->svm_cid, tag, &name->addr);
	name->port = address_port(vm->svm_port);
}

static bool may_be_ours(const struct sockaddr *sa, socklen_t len,
			socklen_t given)
{
	sa_family_t family;

	if (given < sizeof(family))
		return len == sizeof(struct sockaddr_vm) || table_has_hybrid();
	memcpy(&family, sa, sizeof(family));
	return family == AF_VSOCK || (family == AF_UNIX && table_has_hybrid());
}

typedef int ask_function(int fd, struct sockaddr_vm *vm);

/* The kernel's answer is in the program's memory, where there was room. */
static void take_answer(int fd, const struct sockaddr *sa, socklen_t given,
			ask_function *ask, struct sockaddr_vm *vm)
{
	memset(vm, 0, sizeof(*vm));
	if (given >= sizeof(*vm))
		memcpy(vm, sa, sizeof(*vm));
	else
		ask(fd, vm);
}

/*
 * The kernel answers into the program's own memory, so that a bad pointer is
 * its to refuse and an unmapped socket costs nothing; an answer of
 * AF_VSOCK or AF_UNIX is written over. `given` is what *len was before.
 */
static int translate_name(int fd, struct sockaddr *sa, socklen_t *len,
			  socklen_t given, ask_function *ask,
			  name_function *name_of)
{
	struct sockaddr_storage shown;
	struct sockaddr_vm vm;
	struct endpoint name;
	socklen_t size;
	int tag;

	if (!may_be_ours(sa, *len, given))
		return 0;
	tag = tag_read_named(fd, &name);
	if (tag < 0)
		return 0;
	take_answer(fd, sa, given, ask, &vm);
	name_of(fd, tag, &vm, &name);
	size = address_sockaddr(&name, tag, &shown);
	*len = given;
	return sockname_copy_out(fd, &shown, size, sa, len);
}

/* As move_addr_to_user() (net/socket.c) does. */
static int give_name(int fd, const struct endpoint *name, int tag,
		     struct sockaddr *sa, socklen_t *len)
{
	struct sockaddr_storage shown;
	socklen_t size = address_sockaddr(name, tag, &shown);

	return (int)*len < 0 ? -EINVAL
			     : sockname_copy_out(fd, &shown, size, sa, len);
}

/*
 * A Unix socket's name is longer than any of TCP's: the kernel is not to write
 * it into the program's memory, if we may ask what fd is.
 */
static bool is_hybrid(int fd, int *tag, struct endpoint *name)
{
	if (!table_has_hybrid() || sandbox_is_on())
		return false;
	*tag = tag_look(fd, name);
	return *tag >= 0 && (*tag & TAG_HYBRID);
}

int sockname_own(int fd, struct sockaddr *sa, socklen_t *len)
{
	struct endpoint name;
	socklen_t given;
	int tag;

	if (!table_get() || !usermem_readable(len, sizeof(*len)))
		return real()->getsockname(fd, sa, len) ? -errno : 0;
	if (is_hybrid(fd, &tag, &name)) {
		own_name(fd, tag, NULL, &name);
		return give_name(fd, &name, tag, sa, len);
	}
	given = *len;
	if (real()->getsockname(fd, sa, len))
		return -errno;
	return translate_name(fd, sa, len, given, vsock_call_own, own_name);
}

/* AF_UNIX knows its peer to its very end (unix_getname()). */
static void unix_peer_name(int tag, struct endpoint *name)
{
	if (!(tag & TAG_CLIENT))
		address_cid(VMADDR_CID_ANY, tag, &name->addr);
}

/* The kernel forgets the peer with shutdown(); TCP only with the connection. */
static int peer_after_shutdown(int fd, struct sockaddr *sa, socklen_t *len)
{
	struct endpoint name;
	int tag = tag_look(fd, &name);

	if (tag < 0)
		return -ENOTCONN;
	if ((tag & TAG_UNIX) && !(tag & TAG_BOUND))
		unix_peer_name(tag, &name);
	else if (!remembered_get_name(remembered_cookie(fd), MEMORY_PEER,
				      &name))
		return -ENOTCONN;
	if (tag & TAG_CLIENT)
		reach(fd, tag, &name);
	return give_name(fd, &name, tag, sa, len);
}

/* TCP looks for the peer first, too. */
static int peer_without_length(int fd, struct sockaddr *sa, socklen_t *len)
{
	struct endpoint name;
	int tag;

	if (!real()->getpeername(fd, sa, len))
		return 0;
	if (is_hybrid(fd, &tag, &name) && !tag_is_connected(fd, tag))
		errno = ENOTCONN;
	if (errno != ENOTCONN || !table_get() || tag_look(fd, NULL) < 0)
		return -errno;
	return remembered_get_name(remembered_cookie(fd), MEMORY_PEER, &name)
		       ? -EFAULT
		       : -ENOTCONN;
}

int sockname_peer(int fd, struct sockaddr *sa, socklen_t *len)
{
	struct endpoint name;
	socklen_t given;
	int tag;

	if (!table_get() || !usermem_readable(len, sizeof(*len)))
		return peer_without_length(fd, sa, len);
	if (is_hybrid(fd, &tag, &name)) {
		if (!tag_is_connected(fd, tag))
			return peer_after_shutdown(fd, sa, len);
		peer_name(fd, tag, NULL, &name);
		return give_name(fd, &name, tag, sa, len);
	}
	given = *len;
	if (real()->getpeername(fd, sa, len)) {
		if (errno != ENOTCONN)
			return -errno;
		return peer_after_shutdown(fd, sa, len);
	}
	return translate_name(fd, sa, len, given, vsock_call_peer, peer_name);
}
