/* SPDX-License-Identifier: MIT */
/* A table's file: read whole, if nobody else could have written it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/read/read.h"

#define FILE_MAX ((size_t)1 << 30)

static int open_fault(struct loader *l, int err)
{
	char what[100];

	snprintf(what, sizeof(what), "can't read the file: %s", strerror(err));
	return source_fault(l, what,
			    "expected a file of rules that this user can read");
}

/*
 * Root as this process sees it. A user namespace that has no number for it
 * shows it, like all others whom it has none for, as one that stands for them
 * (user_namespaces(7)); files in /proc/sys are root's.
 */
static uid_t root_here(void)
{
	struct stat st;

	return stat("/proc/sys/kernel/overflowuid", &st) < 0 ? 0 : st.st_uid;
}

static int check_owner(struct loader *l, const struct stat *st)
{
	char what[80], remedy[320];

	if (st->st_uid != geteuid() && st->st_uid != root_here()) {
		snprintf(what, sizeof(what),
			 "the file belongs to another user (uid %lu)",
			 (unsigned long)st->st_uid);
		snprintf(remedy, sizeof(remedy),
			 "expected root or yourself as its owner: chown %lu "
			 "%.200s, or use a copy of your own",
			 (unsigned long)geteuid(), l->source);
		return source_fault(l, what, remedy);
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		snprintf(what, sizeof(what),
			 "others than the owner may write the file (mode %04o)",
			 (unsigned)st->st_mode & 07777);
		snprintf(remedy, sizeof(remedy),
			 "they could send the program's connections anywhere: "
			 "chmod go-w %.200s",
			 l->source);
		return source_fault(l, what, remedy);
	}
	return 0;
}

static int check_source(struct loader *l, int fd, struct stat *st)
{
	if (fstat(fd, st) < 0)
		return open_fault(l, errno);
	if (!S_ISREG(st->st_mode) && !S_ISFIFO(st->st_mode))
		return source_fault(l, "not a regular file or a pipe",
				    "expected a file of rules");
	return check_owner(l, st);
}

static int room_for_text(char **text, size_t used, size_t *room)
{
	size_t more = *room ? *room * 2 : 1 << 12;
	char *bigger;

	if (used < *room)
		return 0;
	bigger = realloc(*text, more);
	if (!bigger)
		return -ENOMEM;
	*text = bigger;
	*room = more;
	return 0;
}

static int read_text(struct loader *l, int fd, char **text, size_t *size)
{
	size_t room = 0;

	for (;;) {
		ssize_t n;

		if (room_for_text(text, *size, &room) < 0)
			return -ENOMEM;
		n = read(fd, *text + *size, room - *size);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return open_fault(l, errno);
		*size += n > 0 ? n : 0;
		if (*size > FILE_MAX)
			return source_fault(l, "the file is too big",
					    "expected at most 1 GiB of rules");
	}
}

int read_source(struct loader *l, char **text, size_t *size)
{
	int fd = open(l->source, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int err;

	*text = NULL;
	*size = 0;
	if (fd < 0)
		return open_fault(l, errno);
	err = check_source(l, fd, &st);
	if (!err)
		err = read_text(l, fd, text, size);
	close(fd);
	if (err) {
		free(*text);
		*text = NULL;
	}
	return err;
}
