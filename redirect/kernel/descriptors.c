/* SPDX-License-Identifier: MIT */
/* Lists descriptors without opendir(3), which allocates: see descriptors.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "redirect/kernel/descriptors.h"
#include "config/digits.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/room.h"

/* getdents(2) */
struct directory_entry {
	uint64_t ino;
	int64_t off;
	unsigned short len;
	unsigned char type;
	char name[];
};

static void visit_all(const char *buf, long size,
		      void (*visit)(int fd, void *arg), void *arg)
{
	for (long at = 0; at < size;) {
		const struct directory_entry *entry = (const void *)(buf + at);

		at += entry->len;
		if (entry->name[0] != '.')
			visit(atoi(entry->name), arg);
	}
}

static descriptors_list *other_list;

void descriptors_from(descriptors_list *list)
{
	other_list = list;
}

bool descriptors_are_ours(void)
{
	return !other_list;
}

int descriptors_each_in(const char *folder, void (*visit)(int fd, void *arg),
			void *arg)
{
	int dir = own_open(folder, O_RDONLY | O_DIRECTORY);
	int error = errno;
	char *buf;
	long n;

	if (dir < 0)
		return -error;
	buf = room_take();
	while (buf &&
	       (n = real()->syscall(SYS_getdents64, dir, buf, ROOM_SIZE)) > 0)
		visit_all(buf, n, visit, arg);
	own_close(dir);
	if (!buf)
		return -ENOMEM;
	room_give(buf);
	return 0;
}

int descriptors_each(void (*visit)(int fd, void *arg), void *arg)
{
	return other_list ? other_list(visit, arg)
			  : descriptors_each_in("/proc/self/fd", visit, arg);
}

void descriptors_path(char *path, const char *folder, int number)
{
	char digits[DIGITS_SIZE + 1], *end = digits + DIGITS_SIZE;

	*end = '\0';
	strcpy(path, folder);
	strcat(path, "/");
	strcat(path, digits_before(end, number, 10));
}
