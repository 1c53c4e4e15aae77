/* SPDX-License-Identifier: MIT */
/* New sockets with what the old ones have: see make.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/syscall.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/report/sink.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/state/tag.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/facts.h"
#include "redirect/swap/make.h"
#include "redirect/swap/window.h"

#define RESET_MS 100

static int refuse_family(int error)
{
	static bool said;

	switch (error) {
	case EAFNOSUPPORT:
		sink_complain(&said,
			      "this kernel has no AF_VSOCK: load its module "
			      "(modprobe vsock), or run where it is");
		break;
	case EACCES: /* seccomp profiles say one of the two below */
		sink_complain(&said,
			      "AF_VSOCK sockets are forbidden here: by "
			      "AppArmor or SELinux, whose audit log has it");
		break;
	case EPERM:
	case ENOSYS:
		sink_complain(
			&said,
			"AF_VSOCK sockets are forbidden here: most likely "
			"by the container's seccomp profile (Docker's "
			"default blocks them)");
	}
	if (error == EMFILE || error == ENFILE || error == ENOMEM)
		return -ENOBUFS;
	return -errors_socket(error);
}

/* Asked of the kernel where it may have been switched unseen. */
static bool is_switched_on(int fd, unsigned hints, unsigned hint, int level,
			   int name)
{
	return hint_may(hints, hint) &&
	       (hint_is_whole(hints) || ask_option(fd, level, name) == 1);
}

static void set_options(int to, int from, const struct tcp_facts *facts,
			const struct window_asked *asked, int *flags)
{
	unsigned hints = facts->hints;

	if (carry_options(from, to, hints, asked) |
	    carry_tcp_options(from, to, hints, facts->family))
		*flags |= TAG_INHERIT;
	if (is_switched_on(from, hints, HINT_REUSEADDR, SOL_SOCKET,
			   SO_REUSEADDR))
		*flags |= TAG_REUSEADDR;
	if (is_switched_on(from, hints, HINT_NODELAY, IPPROTO_TCP, TCP_NODELAY))
		*flags |= TAG_NODELAY;
}

/* A client is non-blocking until its connect() has begun. */
static int new_socket(int family, int flags, int status)
{
	int type = SOCK_STREAM;

	if ((flags & TAG_CLIENT) || (status & O_NONBLOCK))
		type |= SOCK_NONBLOCK;
	return own_socket(family, type, 0);
}

static void see_asked(int fd, unsigned hints, struct window_asked *asked)
{
	*asked = (struct window_asked){0};
	if (carry_may_be_set(hints, SOL_SOCKET, SO_SNDBUF) ||
	    carry_may_be_set(hints, SOL_SOCKET, SO_RCVBUF))
		window_asked(fd, asked);
}

int make_redirected(int fd, const struct tcp_facts *facts,
		    const struct map_answer *answer, int flags,
		    const struct endpoint *name)
{
	bool hybrid = map_is_hybrid(answer->verdict);
	int to = new_socket(hybrid ? AF_UNIX : AF_VSOCK, flags, facts->status);
	struct window_asked asked;

	if (to < 0)
		return refuse_family(errno);
	see_asked(fd, facts->hints, &asked);
	if (hybrid)
		window_set_hybrid(to, answer);
	else
		window_set(to, answer, &asked);
	set_options(to, fd, facts, &asked, &flags);
	if (hybrid)
		flags |= TAG_HYBRID;
	if (facts->family == AF_UNIX)
		flags |= TAG_UNIX;
	if (facts->family == AF_INET6)
		flags |= TAG_V6;
	if (facts->v6only)
		flags |= TAG_V6ONLY;
	if (!tag_write_named(to, flags, name))
		return to;
	own_close(to);
	return -ENOBUFS;
}

int make_like(int fd, int to, int tag)
{
	struct endpoint name;

	if (to < 0)
		to = new_socket(tag & TAG_HYBRID ? AF_UNIX : AF_VSOCK, tag, 0);
	if (to < 0)
		return -ENOBUFS;
	window_copy(fd, to);
	if (tag & TAG_INHERIT)
		carry_again(fd, to);
	remembered_copy_options(remembered_cookie(fd), remembered_cookie(to));
	if (tag_read_named(fd, &name) >= 0 && !tag_write_named(to, tag, &name))
		return to;
	own_close(to);
	return -ENOBUFS;
}

/* A child of another thread's fork() may have the other end for a moment. */
static bool is_reset(int fd)
{
	struct pollfd gone = {.fd = fd};

	return real()->poll(&gone, 1, RESET_MS) == 1;
}

/* unix_release_sock() (net/unix/af_unix.c): what it has not read is lost. */
static int make_reset(void)
{
	int type = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int pair[2];
	ssize_t sent;

	if (real()->socketpair(AF_UNIX, type, 0, pair))
		return -ENOBUFS;
	own_take(pair[0]);
	own_take(pair[1]);
	sent = real()->syscall(SYS_sendto, pair[0], "", 1, MSG_NOSIGNAL, NULL,
			       0);
	own_close(pair[1]);
	if (sent == 1 && is_reset(pair[0]))
		return pair[0];
	own_close(pair[0]);
	return -ENOBUFS;
}

int make_refused(int fd)
{
	int tag = tag_read(fd);
	int reset = tag < 0 ? tag : make_reset();

	return reset < 0 ? reset : make_like(fd, reset, tag | TAG_REFUSED);
}

int make_again(int fd)
{
	int tag = tag_read(fd);

	return tag < 0 ? tag : make_like(fd, -1, tag);
}
