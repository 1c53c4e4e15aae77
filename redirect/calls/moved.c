/* SPDX-License-Identifier: MIT */
/* Files of Unix sockets that get another name: see moved.h. */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "redirect/calls/bind.h"
#include "redirect/calls/moved.h"
#include "redirect/kernel/descriptors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/sandbox.h"
#include "redirect/state/address.h"
#include "redirect/state/borrowed.h"
#include "redirect/state/hints.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"

static const char *name_of_folder(int folder, char name[UNIX_NAME_SIZE])
{
	char path[64];
	ssize_t n;

	if (folder == AT_FDCWD)
		return real()->getcwd(name, UNIX_NAME_SIZE);
	descriptors_path(path, "/proc/self/fd", folder);
	n = readlink(path, name, UNIX_NAME_SIZE - 1);
	name[n > 0 ? n : 0] = '\0';
	return n > 0 ? name : NULL;
}

static size_t fold_at(int folder, const char *path, char folded[UNIX_NAME_SIZE])
{
	struct word word = {path, strlen(path)};
	char name[UNIX_NAME_SIZE];

	return unix_fold(*path == '/' ? NULL : name_of_folder(folder, name),
			 word, folded);
}

bool moved_begin(struct moved *moved, int from_folder, const char *from,
		 int to_folder, const char *to)
{
	struct endpoint name = {.port = MAP_UNIX_PORT};
	struct map_answer answer;
	char folded[UNIX_NAME_SIZE];
	size_t n;

	if (!table_has_unix())
		return false;
	n = fold_at(to_folder, to, folded);
	if (!n || !map_unix_address(table_get(), folded, n, &name.addr))
		return false;
	map_lookup(table_get(), MAP_LISTEN, &name.addr, name.port, &answer);
	if (answer.verdict < MAP_REFUSE)
		return false;
	moved->len = address_sockaddr(&name, TAG_UNIX, &moved->to);
	return fold_at(from_folder, from, moved->from) > 0;
}

bool moved_is(const struct moved *moved, int fd)
{
	char path[sizeof(struct sockaddr_un) + 1], folded[UNIX_NAME_SIZE];
	struct sockaddr_un un;
	socklen_t len = sizeof(un);

	memset(&un, 0, sizeof(un));
	if (real()->getsockname(fd, (struct sockaddr *)&un, &len) ||
	    un.sun_family != AF_UNIX || !un.sun_path[0])
		return false;
	memcpy(path, un.sun_path, sizeof(un.sun_path));
	path[sizeof(un.sun_path)] = '\0';
	return fold_at(AT_FDCWD, path, folded) &&
	       !strcmp(folded, moved->from) && tag_read(fd) < 0;
}

int moved_socket(const struct moved *moved, int fd)
{
	return bind_moved(fd, (const struct sockaddr *)&moved->to, moved->len);
}

struct moved_search {
	const struct moved *moved;
	int found;
};

static void look_at_mover(int fd, void *arg)
{
	struct moved_search *search = arg;
	unsigned hints = hint_get(fd);

	if (search->found >= 0 || (hints & HINT_OTHER) || own_is(fd))
		return;
	if (moved_is(search->moved, fd))
		search->found = fd;
}

int moved_file(int from_folder, const char *from, int to_folder, const char *to)
{
	struct moved moved;
	struct moved_search search = {&moved, -1};

	if (borrowed_is() || sandbox_is_on() ||
	    !moved_begin(&moved, from_folder, from, to_folder, to))
		return 0;
	descriptors_each(look_at_mover, &search);
	return search.found < 0 ? 0 : moved_socket(&moved, search.found);
}
