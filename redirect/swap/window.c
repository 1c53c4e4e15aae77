/* SPDX-License-Identifier: MIT */
/* SO_VM_SOCKETS_BUFFER_SIZE: see window.h. */
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/real.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/window.h"
#include "vsock/vm_sockets.h"

/*
 * The kernel's own 256 KiB would save two calls. But over virtio's vsock a reader
 * that works for a few milliseconds on what it has read gets twice as much with
 * this (tests/guest/window.sh). And newer kernels also count what each packet
 * takes by itself, and reset a connection that is full by that count: 6.12.95
 * with 2,000 sends of 64 bytes that nobody has read yet, and with 14,000 where
 * the window is this.
 */
#define DEFAULT_SIZE (2 * 1024 * 1024)

/* getsockopt() shows twice what was asked for (socket(7)). */
static int size_of(int fd, int name, bool is_set)
{
	int size = is_set ? ask_option(fd, SOL_SOCKET, name) : 0;

	return size > 0 ? size / 2 : 0;
}

void window_asked(int fd, struct window_asked *asked)
{
	int lock = ask_option(fd, SOL_SOCKET, SO_BUF_LOCK);

	asked->send = size_of(fd, SO_SNDBUF, lock > 0 && (lock & 1));
	asked->receive = size_of(fd, SO_RCVBUF, lock > 0 && (lock & 2));
}

static uint64_t larger(const struct window_asked *asked)
{
	return asked->send > asked->receive ? asked->send : asked->receive;
}

static uint64_t get(int fd, int name)
{
	uint64_t size = 0;
	socklen_t len = sizeof(size);

	return real()->getsockopt(fd, AF_VSOCK, name, &size, &len) ? 0 : size;
}

/*
 * The kernel cuts the size off at the maximum, so that comes first. Raising
 * SO_VM_SOCKETS_BUFFER_MIN_SIZE would take the size along past the maximum, in
 * one call; but over VMware's transport a connection whose peer wants less than
 * the minimum is refused (vmci_transport_recv_connecting_client_negotiate()). And 6.12.95 cuts it off
 * after that, too.
 */
static void set(int fd, uint64_t max, uint64_t size)
{
	real()->setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &max,
			   sizeof(max));
	real()->setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size,
			   sizeof(size));
}

void window_set(int fd, const struct map_answer *answer,
		const struct window_asked *asked)
{
	uint64_t size = answer->buffer ? answer->buffer : larger(asked);

	if (!size)
		size = DEFAULT_SIZE;
	set(fd, size, size);
}

void window_set_hybrid(int fd, const struct map_answer *answer)
{
	int size = answer->buffer > INT_MAX ? INT_MAX : answer->buffer;

	if (size)
		real()->setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
				   sizeof(size));
}

void window_copy(int from, int to)
{
	uint64_t size = get(from, SO_VM_SOCKETS_BUFFER_SIZE);

	if (size)
		set(to, size, size);
}

/* Whether the rule that led here says how large it is to be. */
static bool is_ruled(int fd, int tag)
{
	enum map_direction direction =
		tag & TAG_CLIENT ? MAP_CONNECT : MAP_LISTEN;
	struct map_answer answer;
	struct endpoint name;

	if (tag_read_named(fd, &name) < 0)
		return false;
	map_lookup(table_get(), direction, &name.addr, name.port, &answer);
	return answer.buffer != 0;
}

/*
 * What is under way already must fit in it: the kernel drops a packet that
 * does not (virtio_transport_inc_rx_pkt()), and nobody sends it again.
 */
void window_follow(int fd, int tag)
{
	struct window_asked asked;
	uint64_t size;

	window_asked(fd, &asked);
	size = larger(&asked);
	if (!size || (tag & TAG_HYBRID) || is_ruled(fd, tag))
		return;
	if ((tag & TAG_BOUND) || size > get(fd, SO_VM_SOCKETS_BUFFER_SIZE))
		set(fd, size, size);
}
