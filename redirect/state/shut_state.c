/* SPDX-License-Identifier: MIT */
/* Which sockets were shut down for reading, by memory: see shut_state.h. */
#include <errno.h>
#include <stdbool.h>

#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/state/shut_state.h"
#include "redirect/state/tag.h"

static bool any_listener_shut;

void shut_state_listener(void)
{
	__atomic_store_n(&any_listener_shut, true, __ATOMIC_RELAXED);
}

/* What is under its number is a connection at its end: see shutdown.c. */
bool shut_state_is_listener(int fd)
{
	int tag = __atomic_load_n(&any_listener_shut, __ATOMIC_RELAXED)
			  ? tag_of(fd)
			  : -ENOENT;

	return tag >= 0 && (tag & TAG_BOUND) && (tag & TAG_SHUT);
}

static bool any_shut_read;

static void shut_copy(int fd, void *arg)
{
	uint64_t cookie = *(uint64_t *)arg;

	if (cookie && remembered_cookie(fd) == cookie)
		hint_add(fd, HINT_SHUT_RD);
}

void shut_state_read(int fd)
{
	uint64_t cookie;

	hint_add(fd, HINT_SHUT_RD);
	if (hint_get(fd) & HINT_COPIED) {
		cookie = remembered_cookie(fd);
		hint_each(HINT_COPIED, shut_copy, &cookie);
	}
	__atomic_store_n(&any_shut_read, true, __ATOMIC_RELAXED);
}

bool shut_state_is_read(int fd, int flags)
{
	return !(flags & MSG_ERRQUEUE) &&
	       __atomic_load_n(&any_shut_read, __ATOMIC_RELAXED) &&
	       (hint_get(fd) & HINT_SHUT_RD);
}
