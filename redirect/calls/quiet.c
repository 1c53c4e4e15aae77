/* SPDX-License-Identifier: MIT */
/* Several listeners for one port: see quiet.h. */
#include <errno.h>
#include <fcntl.h>

#include "redirect/kernel/ask.h"
#include "redirect/state/hints.h"
#include "redirect/hybrid/hybrid.h"
#include "redirect/calls/quiet.h"
#include "redirect/kernel/real.h"
#include "redirect/swap/swap.h"
#include "redirect/kernel/vsock_call.h"

int quiet_bind(int fd, bool hybrid)
{
	if (hybrid)
		return hybrid_bind_quiet(fd);
	return vsock_call_bind(fd, VMADDR_CID_ANY, VMADDR_PORT_ANY);
}

/* A quiet socket that is like the listener fd in all else; or -errno. */
static int make_quiet(int fd, int tag)
{
	int to = redirect_like(fd, -1, tag | TAG_QUIET);
	int r;

	if (to < 0)
		return to;
	r = quiet_bind(to, tag & TAG_HYBRID);
	if (!r && ask_listening(fd) && real()->listen(to, SOMAXCONN))
		r = -errno;
	if (!r)
		return to;
	real()->close(to);
	return r;
}

/* Leaves a quiet one under the number; what was there has a new one. */
static int take(int holder, int tag)
{
	int quiet = make_quiet(holder, tag);
	int taken;

	if (quiet < 0)
		return quiet;
	taken = real()->fcntl(holder, F_DUPFD_CLOEXEC, 0);
	if (taken < 0) {
		real()->close(quiet);
		return -ENOBUFS;
	}
	if (!redirect_replace(holder, quiet))
		return taken;
	real()->close(taken);
	return -ENOBUFS;
}

/*
 * Most clients dial IPv4, and servers know 127.0.0.1 more often than ::1. Not
 * where the IPv6 one has copies, which would have to become quiet, too.
 */
static int holder_for(int fd)
{
	struct listener wanted;
	int holder;

	if (listeners_read(fd, &wanted) < 0 ||
	    wanted.name.addr.family != AF_INET)
		return -ENOENT;
	holder = listeners_v6_holder(&wanted);
	return holder >= 0 && hint_is_whole(hint_get(holder)) ? holder
							      : -ENOENT;
}

void quiet_listen(int fd, int tag)
{
	int holder = holder_for(fd), taken;

	if (holder < 0)
		return;
	taken = take(holder, tag_read(holder));
	if (taken >= 0)
		taken = redirect_like(fd, taken, tag & ~TAG_QUIET);
	if (taken >= 0)
		redirect_replace(fd, taken);
}

int quiet_may_share(int fd, const struct listener *wanted)
{
	listeners_find(fd);
	return listeners_may_share(wanted) ? 0 : -EADDRINUSE;
}
