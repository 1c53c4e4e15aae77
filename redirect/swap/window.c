/* SPDX-License-Identifier: MIT */
/* SO_VM_SOCKETS_BUFFER_SIZE: see window.h. */
#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "redirect/kernel/real.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/window.h"
#include "vsock/vm_sockets.h"

/* Where a doubling begins to gain little: doc/performance.md has the curve. */
#define DEFAULT_SIZE (2 * 1024 * 1024)

/* getsockopt() shows twice what was asked for (socket(7)). */
unsigned long long window_asked(int fd)
{
	static const int names[] = {SO_RCVBUF, SO_SNDBUF};
	int lock = 0, size, largest = 0;
	socklen_t len = sizeof(lock);

	if (real()->getsockopt(fd, SOL_SOCKET, SO_BUF_LOCK, &lock, &len))
		return 0;
	for (size_t i = 0; lock && i < 2; i++) {
		len = sizeof(size);
		if ((lock & (names[i] == SO_SNDBUF ? 1 : 2)) &&
		    !real()->getsockopt(fd, SOL_SOCKET, names[i], &size,
					&len) &&
		    size / 2 > largest)
			largest = size / 2;
	}
	return largest;
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
 * the minimum is refused (vmci_transport_recv_connecting_client_negotiate()).
 */
static void set(int fd, uint64_t max, uint64_t size)
{
	real()->setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &max,
			   sizeof(max));
	real()->setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &size,
			   sizeof(size));
}

void window_set(int fd, const struct map_answer *answer,
		unsigned long long asked)
{
	uint64_t size = answer->buffer ? answer->buffer : asked;

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
	uint64_t asked = window_asked(fd);

	if (!asked || (tag & TAG_HYBRID) || is_ruled(fd, tag))
		return;
	if ((tag & TAG_BOUND) || asked > get(fd, SO_VM_SOCKETS_BUFFER_SIZE))
		set(fd, asked, asked);
}
