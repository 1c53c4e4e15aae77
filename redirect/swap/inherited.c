/* SPDX-License-Identifier: MIT */
/* What was there before: see inherited.h. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "redirect/kernel/descriptors.h"
#include "redirect/kernel/own.h"
#include "redirect/state/hints.h"
#include "redirect/state/tag.h"
#include "redirect/swap/epoll.h"
#include "redirect/swap/facts.h"
#include "redirect/swap/inherited.h"

static void look_at(int fd, void *arg)
{
	struct tcp_facts facts;

	(void)arg;
	if (own_is(fd) || (hint_get(fd) & HINT_BORN))
		return;
	if (!facts_of(fd, AF_UNSPEC, &facts) || tag_read(fd) >= 0)
		hint_add(fd, HINT_COPIED);
	else
		epoll_inherited(fd);
}

int inherited_find(void)
{
	static bool done;
	int r;

	if (__atomic_load_n(&done, __ATOMIC_RELAXED) || !descriptors_are_ours())
		return 0;
	r = descriptors_each(look_at, NULL);
	if (r == -EMFILE || r == -ENFILE)
		return r;
	__atomic_store_n(&done, true, __ATOMIC_RELAXED);
	return 0;
}
