/* SPDX-License-Identifier: MIT */
/* A TCP socket again, or a fresh one of ours: see undo.h. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/state/address.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/state/tag.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/make.h"
#include "redirect/swap/swap.h"
#include "redirect/swap/undo.h"

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
	carry_again(fd, to);
	carry_remembered(fd, to);
}

/* What the fresh TCP socket has, as far as it is known without asking. */
static unsigned renewed_hints(int tag)
{
	unsigned hints =
		HINT_OPTIONS | HINT_TCP_OPTIONS | HINT_BOUND | HINT_UNDONE;

	if (tag & TAG_NODELAY)
		hints |= HINT_NODELAY;
	if (tag & TAG_REUSEADDR)
		hints |= HINT_REUSEADDR;
	return hints;
}

int undo_redirect(struct hold *hold, int tag)
{
	int fd = hold_socket(hold);
	int to = own_socket(tag_family(tag), SOCK_STREAM, 0);

	if (to < 0)
		return -ENOBUFS;
	restore_options(fd, to, tag);
	bind_again(fd, to, tag);
	return swap_replace_hinted(hold, to, renewed_hints(tag),
				   HINT_REDIRECTED | HINT_NODELAY |
					   HINT_REUSEADDR | HINT_AUTOBOUND);
}

int undo_renew(struct hold *hold, int tag)
{
	int to = make_like(hold_socket(hold), -1, tag);

	return to < 0 ? to : swap_replace(hold, to);
}
