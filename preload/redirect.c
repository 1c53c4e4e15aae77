/* SPDX-License-Identifier: MIT */
/*
 * The swap: a redirected socket is an AF_VSOCK socket under the number of the
 * TCP socket that the program made.
 *
 * States of a descriptor, and what moves it from one to the other. All but
 * the first are told from each other by the tag (tag.h), which the kernel
 * keeps, so every process and every copy of the descriptor agrees.
 *
 *	plain		whatever the program made. Hooks pass every call on.
 *	  |  bind() to an address of a listen rule		bind.c
 *	  |-> bound	TAG_BOUND: a vsock socket bound to the target. listen()
 *	  |		and connect() work on it; it may be quiet: TAG_QUIET.
 *	  |  connect() to an address of a connect rule		connect.c
 *	  |-> client	TAG_CLIENT: connecting (TAG_PENDING until the
 *	  |		program has been told the end by connect()) or connected
 *	  |		-> plain again when connect() failed, when it is called
 *	  |		for another address, or with AF_UNSPEC
 *	accept() on a bound socket				accept.c
 *	  `-> accepted	TAG_ACCEPTED: as the kernel made it, with a tag
 *
 * Where the rule has an hvsock target, the socket is an AF_UNIX one to or from
 * a virtual machine monitor, and TAG_HYBRID is there besides: hybrid.c.
 *
 * A socket is made ready aside, started (bind() or a non-blocking connect()),
 * and only then put under the number with dup3(2): an error before leaves the
 * program's socket as it was, and no descriptor is kept.
 *
 * read(), write(), poll(), close() and exec() are not looked at. What is not
 * handled: a copy of a not yet connected socket in another process (after
 * fork() or SCM_RIGHTS) stays a TCP socket; numbers above 65535 are handled
 * without hints (hints.h), so more slowly.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vm_sockets.h>
#include <netinet/tcp.h>
#include <string.h>

#include "preload/ask.h"
#include "preload/carry.h"
#include "preload/descriptors.h"
#include "preload/epoll.h"
#include "preload/errors.h"
#include "preload/hints.h"
#include "preload/log.h"
#include "preload/memory.h"
#include "preload/probes.h"
#include "preload/real.h"
#include "preload/redirect.h"
#include "preload/show.h"

#define DEFAULT_BUFFER (1024 * 1024)

/* The first byte of struct tcp_info; other families don't know the option. */
static int tcp_state(int fd)
{
	unsigned char state = 0;
	socklen_t len = sizeof(state);

	if (real()->getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &len))
		return -errno;
	return state;
}

int redirect_facts(int fd, struct tcp_facts *facts)
{
	facts->family = ask_option(fd, SOL_SOCKET, SO_DOMAIN);
	if (facts->family != AF_INET && facts->family != AF_INET6)
		return -ENOTSOCK;
	facts->hints = hint_get(fd);
	if (!(facts->hints & HINT_BORN) &&
	    ask_option(fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP)
		return -ENOTSOCK;
	if (tcp_state(fd) != TCP_CLOSE)
		return -ENOTSOCK;
	facts->v6only = false;
	facts->status = 0;
	return 0;
}

void redirect_more_facts(int fd, struct tcp_facts *facts)
{
	facts->status = real()->fcntl(fd, F_GETFL);
	if (facts->family == AF_INET6)
		facts->v6only = ask_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1;
}

static int refuse_family(int error)
{
	static bool said;

	switch (error) {
	case EAFNOSUPPORT:
		log_complain(&said,
			     "this kernel has no AF_VSOCK: load its module "
			     "(modprobe vsock), or run where it is");
		break;
	case EPERM:
	case EACCES:
		log_complain(&said,
			     "AF_VSOCK sockets are forbidden here: most likely "
			     "by the container's seccomp profile (Docker's "
			     "default blocks them)");
	}
	if (error == EMFILE || error == ENFILE || error == ENOMEM)
		return -ENOBUFS;
	return -errors_socket(error);
}

/* Both ends' window; children of a listener get it from the kernel. */
static void set_buffer(int fd, int from, const struct map_answer *answer,
		       unsigned hints)
{
	unsigned long long size = answer->buffer;

	if (!size && (!(hints & HINT_BORN) || (hints & HINT_OPTIONS)))
		size = carry_asked_buffer(from);
	if (!size)
		size = DEFAULT_BUFFER;
	real()->setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &size,
			   sizeof(size));
	real()->setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size,
			   sizeof(size));
}

/* A Unix socket's window is the sender's buffer. */
static void set_hybrid_buffer(int fd, const struct map_answer *answer)
{
	int size = answer->buffer > INT_MAX ? INT_MAX : answer->buffer;

	if (size)
		real()->setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
				   sizeof(size));
}

static void set_options(int to, int from, const struct tcp_facts *facts,
			int *flags)
{
	bool unknown = !(facts->hints & HINT_BORN);

	if (unknown || (facts->hints & HINT_OPTIONS)) {
		carry_options(from, to);
		*flags |= TAG_INHERIT;
	}
	if (unknown || (facts->hints & HINT_TCP_OPTIONS)) {
		carry_tcp_options(from, to, facts->family);
		*flags |= TAG_INHERIT;
	}
	if ((unknown || (facts->hints & HINT_REUSEADDR)) &&
	    ask_option(from, SOL_SOCKET, SO_REUSEADDR) == 1)
		*flags |= TAG_REUSEADDR;
	if ((unknown || (facts->hints & HINT_NODELAY)) &&
	    ask_option(from, IPPROTO_TCP, TCP_NODELAY) == 1)
		*flags |= TAG_NODELAY;
}

int redirect_make(int fd, const struct tcp_facts *facts,
		  const struct map_answer *answer, int flags,
		  const struct name *name)
{
	bool hybrid = answer->verdict == MAP_HVSOCK;
	int to = real()->socket(hybrid ? AF_UNIX : AF_VSOCK,
				SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int r;

	if (to < 0)
		return refuse_family(errno);
	if (hybrid)
		set_hybrid_buffer(to, answer);
	else
		set_buffer(to, fd, answer, facts->hints);
	set_options(to, fd, facts, &flags);
	if (hybrid)
		flags |= TAG_HYBRID;
	if (facts->family == AF_INET6)
		flags |= TAG_V6;
	if (facts->v6only)
		flags |= TAG_V6ONLY;
	r = tag_write_name(to, name);
	if (!r)
		r = tag_write(to, flags);
	if (!r)
		return to;
	real()->close(to);
	return -ENOBUFS;
}

/*
 * One number. Its registrations are put back whatever happens. dup3() fails
 * where RLIMIT_NOFILE was lowered below the number, with errors that no call
 * on a socket gives.
 */
static int swap_one(int fd, int from)
{
	struct epoll_saved saved;
	int cloexec = real()->fcntl(fd, F_GETFD);
	int r = 0;

	if (cloexec < 0)
		return -errno;
	epoll_take(fd, &saved);
	while (real()->dup3(from, fd, cloexec ? O_CLOEXEC : 0) < 0) {
		if (errno == EINTR || errno == EBUSY)
			continue;
		r = -ENOBUFS;
		break;
	}
	epoll_give(fd, &saved);
	return r;
}

struct copies {
	uint64_t cookie;
	int fd, from;
};

static void swap_copy(int fd, void *arg)
{
	const struct copies *copies = arg;

	if (fd != copies->fd && fd != copies->from &&
	    memory_cookie(fd) == copies->cookie && !swap_one(fd, copies->from))
		hint_add(fd, HINT_REDIRECTED); /* or has been */
}

/*
 * Numbers that dup() and its relatives were seen to make are few. Where a
 * number did not come from socket(), a copy may have been made before this
 * library was loaded, and all have to be looked at.
 */
static void swap_copies(const struct copies *copies, unsigned hints)
{
	if (!copies->cookie)
		return;
	if (!(hints & HINT_BORN))
		descriptors_each(swap_copy, (void *)copies);
	else
		hint_each(HINT_COPIED, swap_copy, (void *)copies);
}

int redirect_swap(int fd, int from)
{
	unsigned hints = hint_get(fd);
	struct copies copies = {0, fd, from};
	int r;

	if (!(hints & HINT_BORN) || (hints & HINT_COPIED))
		copies.cookie = memory_cookie(fd);
	r = swap_one(fd, from);
	if (!r)
		swap_copies(&copies, hints);
	real()->close(from);
	return r;
}

int redirect_in(int fd, int from, const struct tcp_facts *facts)
{
	struct carry_async async;
	int r;

	carry_async_read(fd, facts->status, &async);
	if (!(facts->status & O_NONBLOCK))
		real()->fcntl(from, F_SETFL, 0);
	r = redirect_swap(fd, from);
	if (r)
		return r;
	PROBE2(redirect, fd, facts->family);
	hint_add(fd, HINT_REDIRECTED);
	carry_async_apply(fd, &async);
	return 0;
}

/* Where the program had bound it, before or in the redirection. */
static void bind_again(int fd, int to, int tag)
{
	struct sockaddr_storage sa;
	struct name name;
	socklen_t len;
	bool known = false;

	if (tag & TAG_BOUND)
		known = !tag_read_name(fd, &name);
	else if (tag & TAG_OWN)
		known = memory_get_name(memory_cookie(fd), MEMORY_OWN, &name);
	if (!known || name.addr.family == AF_UNSPEC)
		return;
	len = show_sockaddr(&name, tag, &sa);
	real()->bind(to, (struct sockaddr *)&sa, len);
}

static void restore_options(int fd, int to, int tag)
{
	int one = 1;

	if (tag & TAG_V6ONLY)
		real()->setsockopt(to, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				   sizeof(one));
	if (tag & TAG_NODELAY)
		real()->setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &one,
				   sizeof(one));
	if (tag & TAG_REUSEADDR)
		real()->setsockopt(to, SOL_SOCKET, SO_REUSEADDR, &one,
				   sizeof(one));
	if (!(tag & TAG_INHERIT))
		return;
	carry_options(fd, to);
	carry_remembered(fd, to);
}

/* Puts `to` under fd, with fd's O_NONBLOCK and SIGIO settings. */
static int replace(int fd, int to)
{
	int status = real()->fcntl(fd, F_GETFL);
	struct carry_async async;
	int r;

	carry_async_read(fd, status, &async);
	real()->fcntl(to, F_SETFL, status & O_NONBLOCK);
	r = redirect_swap(fd, to);
	if (!r)
		carry_async_apply(fd, &async);
	return r;
}

int redirect_undo(int fd, int tag)
{
	int family = tag & TAG_V6 ? AF_INET6 : AF_INET;
	int to = real()->socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (to < 0)
		return -ENOBUFS;
	restore_options(fd, to, tag);
	bind_again(fd, to, tag);
	r = replace(fd, to);
	if (r)
		return r;
	hint_remove(fd, HINT_REDIRECTED);
	hint_add(fd, HINT_OPTIONS | HINT_TCP_OPTIONS | HINT_NODELAY |
			     HINT_REUSEADDR | HINT_BOUND);
	return 0;
}

int redirect_renew(int fd, int tag)
{
	int to = real()->socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct name name;
	int r;

	if (to < 0)
		return -ENOBUFS;
	carry_options(fd, to);
	memory_copy_options(memory_cookie(fd), memory_cookie(to));
	r = tag_read_name(fd, &name);
	if (!r)
		r = tag_write_name(to, &name);
	if (!r)
		r = tag_write(to, tag);
	if (!r)
		return replace(fd, to);
	real()->close(to);
	return -ENOBUFS;
}
