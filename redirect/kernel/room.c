/* SPDX-License-Identifier: MIT */
/* Room that is on nobody's stack: see room.h. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#include "redirect/kernel/room.h"

#define ROOMS 4

/* Untouched pages of it cost nothing. */
static char rooms[ROOMS][ROOM_SIZE] __attribute__((aligned(16)));
static bool taken[ROOMS];

void *room_take(void)
{
	void *more;

	for (int i = 0; i < ROOMS; i++)
		if (!__atomic_test_and_set(&taken[i], __ATOMIC_ACQUIRE))
			return rooms[i];
	more = mmap(NULL, ROOM_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return more == MAP_FAILED ? NULL : more;
}

void room_give(void *room)
{
	for (int i = 0; i < ROOMS; i++)
		if (room == rooms[i]) {
			__atomic_clear(&taken[i], __ATOMIC_RELEASE);
			return;
		}
	munmap(room, ROOM_SIZE);
}
