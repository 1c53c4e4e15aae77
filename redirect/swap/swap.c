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
 * One whose refusal the program has not been told of yet has TAG_REFUSED, too.
 *
 * A socket is made ready aside and put under the number with dup3(2), a bound
 * one after its bind(), a client before its connect(): a peer that answers at
 * once must find it there, whichever of our threads it speaks to.
 *
 * read(), write(), poll(), close() and exec() are not looked at. What is not
 * handled: a copy of a not yet connected socket in another process (after
 * fork() or SCM_RIGHTS) stays a TCP socket; numbers above 65535 are handled
 * without hints (hints.h), so more slowly.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>

#include "redirect/kernel/ask.h"
#include "redirect/swap/carry.h"
#include "redirect/kernel/descriptors.h"
#include "redirect/swap/epoll.h"
#include "redirect/kernel/errors.h"
#include "redirect/state/hints.h"
#include "redirect/report/log.h"
#include "redirect/state/remembered.h"
#include "redirect/report/probes.h"
#include "redirect/kernel/real.h"
#include "redirect/swap/swap.h"
#include "redirect/state/address.h"
#include "redirect/swap/window.h"

/* The first byte of struct tcp_info; other families don't know the option. */
static int tcp_state(int fd)
{
	unsigned char state = 0;
	socklen_t len = sizeof(state);

	if (real()->getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &len))
		return -errno;
	return state;
}

/* What socket() was seen to give, where the program agrees with it. */
static int family_of(int fd, unsigned hints, int wanted)
{
	int given = hints & HINT_V6 ? AF_INET6 : AF_INET;

	if ((hints & HINT_BORN) && wanted == given)
		return given;
	return ask_option(fd, SOL_SOCKET, SO_DOMAIN);
}

int redirect_facts(int fd, int family, struct tcp_facts *facts)
{
	facts->hints = hint_get(fd);
	facts->family = family_of(fd, facts->hints, family);
	if (facts->family != AF_INET && facts->family != AF_INET6)
		return -ENOTSOCK;
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

/*
 * An attempt that failed leaves the name that the kernel had chosen for it, and
 * shows it as it shows one that is held (inet_num and inet_sport in
 * tcp_disconnect(), net/ipv4/tcp.c). One that is held nobody else can have.
 */
static bool is_held(const struct sockaddr_storage *sa, socklen_t len,
		    bool v6only)
{
	int one = v6only;
	int fd = real()->socket(sa->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool held;

	if (fd < 0)
		return true;
	if (sa->ss_family == AF_INET6)
		real()->setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				   sizeof(one));
	held = real()->bind(fd, (const struct sockaddr *)sa, len) < 0;
	real()->close(fd);
	return held;
}

bool redirect_is_bound(int fd, const struct tcp_facts *facts,
		       struct endpoint *name)
{
	bool whole = hint_is_whole(facts->hints);
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (whole && !(facts->hints & HINT_BOUND))
		return false;
	if (real()->getsockname(fd, (struct sockaddr *)&sa, &len) ||
	    !map_addr_set(&name->addr, &name->port, (struct sockaddr *)&sa,
			  len) ||
	    !name->port)
		return false;
	return (whole && !(facts->hints & HINT_UNDONE)) ||
	       is_held(&sa, len, facts->v6only);
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

/* Asked of the kernel where it may have been switched unseen. */
static bool is_on(int fd, unsigned hints, unsigned hint, int level, int name)
{
	if (hint_is_whole(hints))
		return hints & hint;
	return ask_option(fd, level, name) == 1;
}

static void set_options(int to, int from, const struct tcp_facts *facts,
			int *flags)
{
	unsigned hints = facts->hints;
	bool unknown = !hint_is_whole(hints);

	if (unknown || (hints & HINT_OPTIONS)) {
		carry_options(from, to);
		*flags |= TAG_INHERIT;
	}
	if (unknown || (hints & HINT_TCP_OPTIONS)) {
		carry_tcp_options(from, to, facts->family);
		*flags |= TAG_INHERIT;
	}
	if (is_on(from, hints, HINT_REUSEADDR, SOL_SOCKET, SO_REUSEADDR))
		*flags |= TAG_REUSEADDR;
	if (is_on(from, hints, HINT_NODELAY, IPPROTO_TCP, TCP_NODELAY))
		*flags |= TAG_NODELAY;
}

/* A client is non-blocking until its connect() has begun. */
static int new_socket(int family, int flags, int status)
{
	int type = SOCK_STREAM | SOCK_CLOEXEC;

	if ((flags & TAG_CLIENT) || (status & O_NONBLOCK))
		type |= SOCK_NONBLOCK;
	return real()->socket(family, type, 0);
}

static unsigned long long asked_window(int fd, unsigned hints)
{
	if (hint_is_whole(hints) && !(hints & HINT_OPTIONS))
		return 0;
	return window_asked(fd);
}

int redirect_make(int fd, const struct tcp_facts *facts,
		  const struct map_answer *answer, int flags,
		  const struct endpoint *name)
{
	bool hybrid = answer->verdict == MAP_HVSOCK;
	int to = new_socket(hybrid ? AF_UNIX : AF_VSOCK, flags, facts->status);

	if (to < 0)
		return refuse_family(errno);
	if (hybrid)
		window_set_hybrid(to, answer);
	else
		window_set(to, answer, asked_window(fd, facts->hints));
	set_options(to, fd, facts, &flags);
	if (hybrid)
		flags |= TAG_HYBRID;
	if (facts->family == AF_INET6)
		flags |= TAG_V6;
	if (facts->v6only)
		flags |= TAG_V6ONLY;
	if (!tag_write_named(to, flags, name))
		return to;
	real()->close(to);
	return -ENOBUFS;
}

/* ---- the swap ------------------------------------------------------------ */

/*
 * dup3() fails where RLIMIT_NOFILE was lowered below the number, with errors
 * that no call on a socket gives.
 */
static int put_under(int fd, int from)
{
	int cloexec = real()->fcntl(fd, F_GETFD);

	if (cloexec < 0)
		return -errno;
	while (real()->dup3(from, fd, cloexec ? O_CLOEXEC : 0) < 0)
		if (errno != EINTR && errno != EBUSY)
			return -ENOBUFS;
	return 0;
}

static bool is_copy(int fd, const struct redirect_swap *swap)
{
	return fd != swap->fd && fd != swap->from &&
	       remembered_cookie(fd) == swap->cookie;
}

static void swap_copy(int fd, void *arg)
{
	const struct redirect_swap *swap = arg;
	struct epoll_saved saved;

	if (!is_copy(fd, swap))
		return;
	epoll_take(fd, &saved);
	if (!put_under(fd, swap->from))
		hint_add(fd, HINT_REDIRECTED | HINT_UNDONE); /* one of them */
	epoll_give(fd, &saved);
}

/*
 * Numbers that dup() and its relatives were seen to make are few. Where a
 * number did not come from socket(), a copy may have been made before this
 * library was loaded, and all have to be looked at.
 */
static int each_candidate(const struct redirect_swap *swap,
			  void (*visit)(int fd, void *arg))
{
	if (!swap->cookie)
		return 0;
	if (!(swap->hints & HINT_BORN))
		return descriptors_each(visit, (void *)swap);
	hint_each(HINT_COPIED, visit, (void *)swap);
	return 0;
}

static void check_copy(int fd, void *arg)
{
	struct redirect_swap *swap = arg;

	if ((rlim_t)fd >= swap->limit && is_copy(fd, swap))
		swap->out_of_reach = true;
}

/*
 * Beforehand: a copy that dup3() will not reach would stay on TCP. Without
 * /proc, copies from before our time can't be found.
 */
static int check_copies(struct redirect_swap *swap)
{
	struct rlimit limit;
	int r;

	swap->out_of_reach = false;
	if (!swap->cookie || getrlimit(RLIMIT_NOFILE, &limit))
		return 0;
	swap->limit = limit.rlim_cur;
	r = each_candidate(swap, check_copy);
	return swap->out_of_reach || r == -EMFILE || r == -ENFILE ? -ENOBUFS
								  : 0;
}

int redirect_begin(int fd, int from, int status, struct redirect_swap *swap)
{
	int r;

	swap->fd = fd;
	swap->from = from;
	swap->hints = hint_get(fd);
	swap->cookie = hint_is_whole(swap->hints) ? 0 : remembered_cookie(fd);
	r = check_copies(swap);
	if (!r) {
		carry_async_read(fd, status, &swap->async);
		epoll_take(fd, &swap->epoll);
		r = put_under(fd, from);
		if (!r)
			return 0;
		epoll_give(fd, &swap->epoll);
	}
	real()->close(from);
	return r;
}

void redirect_end(const struct redirect_swap *swap)
{
	epoll_give(swap->fd, &swap->epoll);
	each_candidate(swap, swap_copy);
	real()->close(swap->from);
	carry_async_apply(swap->fd, &swap->async);
}

int redirect_in(int fd, int from, const struct tcp_facts *facts)
{
	struct redirect_swap swap;
	int r = redirect_begin(fd, from, facts->status, &swap);

	if (r)
		return r;
	PROBE2(redirect, fd, facts->family);
	hint_add(fd, HINT_REDIRECTED);
	redirect_end(&swap);
	return 0;
}

/* ---- and back ------------------------------------------------------------ */

/* Where the program had bound it, before or in the redirection. */
static void bind_again(int fd, int to, int tag)
{
	struct sockaddr_storage sa;
	struct endpoint name;
	socklen_t len;
	bool known = false;

	if (tag & TAG_BOUND)
		known = tag_read_named(fd, &name) >= 0;
	else if (tag & TAG_OWN)
		known = remembered_get_name(remembered_cookie(fd), MEMORY_OWN,
					    &name);
	if (!known || name.addr.family == AF_UNSPEC)
		return;
	len = address_sockaddr(&name, tag, &sa);
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

int redirect_replace(int fd, int to)
{
	int status = real()->fcntl(fd, F_GETFL);
	struct redirect_swap swap;
	int r;

	real()->fcntl(to, F_SETFL, status & O_NONBLOCK);
	r = redirect_begin(fd, to, status, &swap);
	if (!r)
		redirect_end(&swap);
	return r;
}

/* What the fresh TCP socket has, as far as it is known without asking. */
static void renew_hints(int fd, int tag)
{
	unsigned hints =
		HINT_OPTIONS | HINT_TCP_OPTIONS | HINT_BOUND | HINT_UNDONE;

	if (tag & TAG_NODELAY)
		hints |= HINT_NODELAY;
	if (tag & TAG_REUSEADDR)
		hints |= HINT_REUSEADDR;
	hint_remove(fd, HINT_REDIRECTED | HINT_NODELAY | HINT_REUSEADDR);
	hint_add(fd, hints);
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
	r = redirect_replace(fd, to);
	if (!r)
		renew_hints(fd, tag);
	return r;
}

int redirect_like(int fd, int to, int tag)
{
	struct endpoint name;

	if (to < 0)
		to = new_socket(tag & TAG_HYBRID ? AF_UNIX : AF_VSOCK, tag, 0);
	if (to < 0)
		return -ENOBUFS;
	window_copy(fd, to);
	carry_options(fd, to);
	remembered_copy_options(remembered_cookie(fd), remembered_cookie(to));
	if (tag_read_named(fd, &name) >= 0 && !tag_write_named(to, tag, &name))
		return to;
	real()->close(to);
	return -ENOBUFS;
}

/* unix_release_sock() (net/unix/af_unix.c): what it has not read is lost. */
static int make_reset(void)
{
	int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int pair[2];
	ssize_t sent;

	if (real()->socketpair(AF_UNIX, type, 0, pair))
		return -ENOBUFS;
	sent = real()->send(pair[0], "", 1, MSG_NOSIGNAL);
	real()->close(pair[1]);
	if (sent == 1)
		return pair[0];
	real()->close(pair[0]);
	return -ENOBUFS;
}

int redirect_refused(int fd)
{
	int reset = make_reset();

	return reset < 0 ? reset
			 : redirect_like(fd, reset, tag_read(fd) | TAG_REFUSED);
}

int redirect_again(int fd)
{
	int tag = tag_read(fd);

	return tag < 0 ? tag : redirect_like(fd, -1, tag);
}

int redirect_renew(int fd, int tag)
{
	int to = redirect_like(fd, -1, tag);

	return to < 0 ? to : redirect_replace(fd, to);
}
