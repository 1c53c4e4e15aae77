/* SPDX-License-Identifier: MIT */
/* Which sockets were shut down for reading, by memory: see shut_state.h. */
#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "redirect/kernel/real.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/state/shut_state.h"
#include "redirect/state/tag.h"

static bool any_listener_shut, any_disconnected;

void shut_state_listener(void)
{
	__atomic_store_n(&any_listener_shut, true, __ATOMIC_RELAXED);
}

void shut_state_disconnected(void)
{
	__atomic_store_n(&any_disconnected, true, __ATOMIC_RELAXED);
}

static bool is_shut_listener(int fd)
{
	int tag = __atomic_load_n(&any_listener_shut, __ATOMIC_RELAXED)
			  ? tag_of(fd)
			  : -ENOENT;

	return tag >= 0 && (tag & TAG_BOUND) && (tag & TAG_SHUT);
}

/*
 * connect(AF_UNSPEC) has put a fresh TCP socket under the number, while a
 * thread was in recv() on the old one.
 */
static bool is_disconnected(int fd)
{
	int saved = errno;
	bool is;
	char c;

	if (!__atomic_load_n(&any_disconnected, __ATOMIC_RELAXED))
		return false;
	is = real()->recv_now(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	     errno == ENOTCONN && tag_of(fd) < 0;
	errno = saved;
	return is;
}

int shut_state_end(int fd)
{
	if (is_shut_listener(fd))
		return -ENOTCONN;
	return is_disconnected(fd) ? -EPIPE : 0;
}

static bool any_shut_read;

static void hint_copy_shut(int fd, void *arg)
{
	uint64_t cookie = *(uint64_t *)arg;

	if (cookie && remembered_cookie(fd) == cookie)
		hint_add(fd, HINT_SHUT_RD);
}

void shut_state_read(int fd, uint64_t cookie)
{
	hint_add(fd, HINT_SHUT_RD);
	remembered_put_shut(cookie, SHUT_RD + 1);
	if (hint_get(fd) & HINT_COPIED)
		hint_each(HINT_COPIED, hint_copy_shut, &cookie);
	__atomic_store_n(&any_shut_read, true, __ATOMIC_RELAXED);
}

void shut_state_write(int fd, uint64_t cookie)
{
	hint_add(fd, HINT_SHUT_WR);
	remembered_put_shut(cookie, SHUT_WR + 1);
}

/* Of a number that is past the hints nothing is known. */
static bool may_be(int fd, unsigned hint)
{
	return fd >= HINT_NUMBERS || (hint_get(fd) & hint);
}

/* The number may be another socket's by now. */
static bool is_shut(int fd, unsigned direction)
{
	return remembered_get_shut(remembered_cookie(fd)) & direction;
}

bool shut_state_is_write(int fd)
{
	return may_be(fd, HINT_SHUT_WR | HINT_COPIED) &&
	       is_shut(fd, SHUT_WR + 1);
}

bool shut_state_is_read(int fd)
{
	return __atomic_load_n(&any_shut_read, __ATOMIC_RELAXED) &&
	       may_be(fd, HINT_SHUT_RD) && is_shut(fd, SHUT_RD + 1);
}
