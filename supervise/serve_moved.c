/* SPDX-License-Identifier: MIT */
/*
 * rename() and link() of a program's file that may be a socket's. The socket is
 * redirected first, and what the call says then is the kernel's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect/calls/moved.h"
#include "supervise/serve.h"
#include "supervise/task.h"

/* False: it is longer than a name of a rule, or not there. */
static bool read_path(const struct visit *visit, int arg,
		      char path[UNIX_NAME_SIZE])
{
	size_t n = task_read_some(visit->tid, path, visit->args[arg],
				  UNIX_NAME_SIZE);

	return n && memchr(path, '\0', n);
}

/* A duplicate of the folder, or AT_FDCWD; -1: none. */
static int take_folder(const struct visit *visit, int arg)
{
	int number = (int)visit->args[arg], fd;

	if (number == AT_FDCWD)
		return number;
	fd = task_descriptor(visit->tid, number);
	return fd < 0 ? -1 : fd;
}

static void give_folder(int folder)
{
	if (folder >= 0)
		close(folder);
}

static bool begin_at(const struct visit *visit, struct moved *moved,
		     const char *from, const char *to)
{
	int from_folder = take_folder(visit, 0), to_folder;
	bool begun;

	to_folder = take_folder(visit, 2);
	begun = moved_begin(moved, from_folder, from, to_folder, to);
	give_folder(from_folder);
	give_folder(to_folder);
	return begun;
}

static bool has_folders(const struct visit *visit)
{
	int nr = visit->notice.is.data.nr;

#if defined(SYS_rename) && defined(SYS_link)
	return nr != SYS_rename && nr != SYS_link;
#else
	(void)nr;
	return true;
#endif
}

static bool begin(const struct visit *visit, struct moved *moved)
{
	char from[UNIX_NAME_SIZE], to[UNIX_NAME_SIZE];

	if (has_folders(visit))
		return read_path(visit, 1, from) && read_path(visit, 3, to) &&
		       begin_at(visit, moved, from, to);
	return read_path(visit, 0, from) && read_path(visit, 1, to) &&
	       moved_begin(moved, AT_FDCWD, from, AT_FDCWD, to);
}

struct number_search {
	const struct visit *visit;
	struct moved moved;
	int found; /* a number of the program, or -1 */
};

static void look_at_its(int number, void *arg)
{
	struct number_search *search = arg;
	int fd;

	if (search->found >= 0)
		return;
	fd = task_descriptor(search->visit->tid, number);
	if (fd < 0)
		return;
	if (moved_is(&search->moved, fd))
		search->found = number;
	close(fd);
}

int serve_moved_number(struct visit *visit)
{
	struct number_search search = {.visit = visit, .found = -1};

	visit_now = visit;
	if (begin(visit, &search.moved))
		task_each_number(visit->tid, look_at_its, &search);
	visit_now = NULL;
	return search.found;
}

long serve_moved(struct visit *visit)
{
	struct moved moved;
	int r = begin(visit, &moved) ? moved_socket(&moved, visit->fd) : 0;

	return r ? r : GO_ON;
}
