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
 * What the program made may be a Unix stream socket as well, where the rule is
 * for one: then TAG_UNIX is there besides, and "TCP" below is AF_UNIX.
 *
 * Where the rule has an hvsock or unix target, the socket is an AF_UNIX one,
 * and TAG_HYBRID is there besides: hybrid.c.
 * One whose refusal the program has not been told of yet has TAG_REFUSED, too.
 *
 * A socket is made ready aside and put under the number with dup3(2), a bound
 * one after its bind(), a client before its connect(): a peer that answers at
 * once must find it there, whichever of our threads it speaks to. Whoever puts
 * it there holds the number (hold.h), which another thread may close meanwhile.
 *
 * read(), write(), poll() and exec() are not looked at. What is not
 * handled: a copy of a not yet connected socket in another process (after
 * fork() or SCM_RIGHTS) stays a TCP socket; numbers above 262143 are handled
 * without hints (hints.h), so more slowly.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "redirect/kernel/descriptors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/report/probes.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/epoll.h"
#include "redirect/swap/facts.h"
#include "redirect/swap/inherited.h"
#include "redirect/swap/swap.h"

/*
 * dup3() fails where RLIMIT_NOFILE was lowered below the number, with errors
 * that no call on a socket gives.
 */
static int put_under(struct hold *hold, int from)
{
	int cloexec = real()->fcntl(hold->fd, F_GETFD);

	hold->lost |= cloexec < 0;
	while (hold_is_there(hold)) {
		if (real()->dup3(from, hold->fd, cloexec ? O_CLOEXEC : 0) >= 0)
			return 0;
		if (errno != EINTR && errno != EBUSY)
			return -ENOBUFS;
	}
	return -EBADF;
}

/*
 * Without a system call: a number that is redirected is no copy of a TCP
 * socket, and the other way round.
 */
static bool may_be_copy(int fd, const struct swap *swap)
{
	unsigned hints = hint_get(fd) & (HINT_REDIRECTED | HINT_UNDONE);

	return hints != HINT_REDIRECTED || !(swap->add & HINT_REDIRECTED);
}

static bool is_copy(int fd, const struct swap *swap)
{
	return fd != swap->hold->fd && may_be_copy(fd, swap) && !own_is(fd) &&
	       remembered_cookie(fd) == swap->cookie;
}

/*
 * `from` is a vsock socket on the way in and TCP on the way back: with both
 * hints set, whoever looks asks the kernel.
 */
static void swap_held_copy(struct hold *hold, const struct swap *swap)
{
	struct epoll_saved saved;

	epoll_take(hold->fd, &saved);
	if (!put_under(hold, swap->from)) {
		hint_remove(hold->fd, HINT_AUTOBOUND);
		hint_add(hold->fd,
			 HINT_REDIRECTED | HINT_UNDONE |
				 (swap->add & HINT_HANGS_UP) |
				 (hint_get(swap->hold->fd) & HINT_AUTOBOUND));
	}
	if (!hold->lost)
		epoll_give(hold->fd, &saved);
}

static void swap_copy(int fd, void *arg)
{
	const struct swap *swap = arg;
	struct hold hold;

	if (!is_copy(fd, swap))
		return;
	hold_begin(&hold, fd);
	hold.cookie = swap->cookie;
	if (hold_take(&hold)) {
		if (hold_is_there(&hold))
			swap_held_copy(&hold, swap);
		hold_release(&hold);
	}
	hold_end(&hold);
}

/*
 * Numbers that dup() and its relatives were seen to make are few, and so are
 * those that were inherited. A door that works for another process puts the
 * socket under its copies by itself.
 */
static int each_candidate(const struct swap *swap,
			  void (*visit)(int fd, void *arg))
{
	if (!swap->cookie || !descriptors_are_ours())
		return 0;
	if (hint_is_overflown())
		return descriptors_each(visit, (void *)swap);
	hint_each(HINT_COPIED, visit, (void *)swap);
	return 0;
}

static void check_copy(int fd, void *arg)
{
	struct swap *swap = arg;
	struct rlimit limit;

	if (!is_copy(fd, swap))
		return;
	swap->has_copies = true;
	if (!getrlimit(RLIMIT_NOFILE, &limit) && (rlim_t)fd >= limit.rlim_cur)
		swap->out_of_reach = true;
}

/*
 * Beforehand: a copy that dup3() will not reach would stay on TCP. Without
 * /proc, copies from before our time can't be found.
 */
static int check_copies(struct swap *swap)
{
	int r = swap->hints & HINT_BORN ? 0 : inherited_find();

	swap->has_copies = false;
	swap->out_of_reach = false;
	if (!r)
		r = each_candidate(swap, check_copy);
	return swap->out_of_reach || r == -EMFILE || r == -ENFILE ? -ENOBUFS
								  : 0;
}

static int swap_held(struct swap *swap)
{
	struct hold *hold = swap->hold;
	int r;

	carry_async_read(hold->fd, swap->status, &swap->async);
	hold_moving(hold, true);
	epoll_take(hold->fd, &swap->epoll);
	r = put_under(hold, swap->from);
	if (!r) {
		hold->cookie = 0;
		hint_remove(hold->fd, swap->remove);
		hint_add(hold->fd, swap->add);
	} else if (!hold->lost) {
		epoll_give(hold->fd, &swap->epoll);
		hold_moving(hold, false);
	}
	return r;
}

int swap_begin(struct swap *swap)
{
	struct hold *hold = swap->hold;
	int r;

	swap->has_copies = false;
	swap->out_of_reach = false;
	swap->hints = hint_get(hold->fd);
	swap->cookie = hint_is_whole(swap->hints)
			       ? 0
			       : remembered_cookie(hold_socket(hold));
	r = check_copies(swap);
	if (r)
		return r;
	if (!hold_take(hold))
		return -EBADF;
	r = swap_held(swap);
	hold_release(hold);
	return r;
}

void swap_end(const struct swap *swap)
{
	struct hold *hold = swap->hold;

	if (hold_take(hold)) {
		epoll_give(hold->fd, &swap->epoll);
		hold_moving(hold, false);
		carry_async_apply(hold->fd, &swap->async);
		hold_release(hold);
	}
	if (swap->has_copies)
		each_candidate(swap, swap_copy);
}

int swap_in(struct hold *hold, int from, const struct tcp_facts *facts)
{
	struct swap swap;
	int r;

	swap_prepare(&swap, hold, from, facts->status, facts_hints(facts));
	r = swap_begin(&swap);
	if (r)
		return r;
	PROBE2(redirect, hold->fd, facts->family);
	swap_end(&swap);
	return 0;
}

int swap_replace_hinted(struct hold *hold, int to, unsigned add,
			unsigned remove)
{
	struct swap swap;
	int r;

	swap_prepare(&swap, hold, to, real()->fcntl(hold_socket(hold), F_GETFL),
		     add);
	swap.remove = remove;
	hold_know(hold);
	real()->fcntl(to, F_SETFL, swap.status & O_NONBLOCK);
	r = swap_begin(&swap);
	if (r) {
		own_close(to);
		return r;
	}
	swap_end(&swap);
	hold_own(hold, to);
	return 0;
}

int swap_replace(struct hold *hold, int to)
{
	return swap_replace_hinted(hold, to, 0, 0);
}
