/* SPDX-License-Identifier: MIT */
/*
 * Listening for a guest: see hybrid.h.
 *
 * The file of the socket stays behind when its last holder is gone: that may be
 * a child, or a process that was handed the socket, so no close() of ours is
 * known to be the last. The next bind() removes it, when it is a socket that
 * nobody has.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/room.h"

#define LOCK_TRIES    500
#define LOCK_PAUSE_MS 2

static const char *skip_words(const char *text, int n)
{
	while (n--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

/*
 * Whether a line of /proc/net/unix is about a socket at path that waits for
 * connections, or may come to: accepted ones have the path, too.
 *
 *	Num RefCount Protocol Flags Type St Inode Path
 */
static bool is_holder(const char *line, const char *path)
{
	const char *type = skip_words(line, 4), *state = skip_words(type, 1);

	return strtoul(type, NULL, 16) == SOCK_STREAM &&
	       strtoul(state, NULL, 16) == 1 &&
	       !strcmp(skip_words(state, 2), path);
}

struct lines {
	int fd;
	size_t have, used;
	char buf[4096];
};

/* The next line, its newline gone; NULL at the end. */
static char *next_line(struct lines *l)
{
	for (;;) {
		char *line = l->buf + l->used;
		char *end = memchr(line, '\n', l->have - l->used);
		ssize_t n;

		if (end) {
			*end = '\0';
			l->used = end + 1 - l->buf;
			return line;
		}
		l->have -= l->used;
		memmove(l->buf, line, l->have);
		l->used = 0;
		n = real()->syscall(SYS_read, l->fd, l->buf + l->have,
				    sizeof(l->buf) - l->have);
		if (n <= 0)
			return NULL;
		l->have += n;
	}
}

/* A socket that is bound and does not listen yet is found only this way. */
static bool is_held(const char *path)
{
	struct lines *lines = room_take();
	bool held = false;
	const char *line;

	if (!lines)
		return true;
	lines->fd = own_open("/proc/net/unix", O_RDONLY);
	lines->have = lines->used = 0;
	while (lines->fd >= 0 && !held && (line = next_line(lines)))
		held = is_holder(line, path);
	if (lines->fd >= 0)
		own_close(lines->fd);
	room_give(lines);
	return held;
}

/* The holder may be in another network namespace. */
static bool is_refused(const struct sockaddr_un *un)
{
	int fd = own_socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	bool refused;

	if (fd < 0)
		return false;
	refused = real()->connect_now(fd, (const struct sockaddr *)un,
				      sizeof(*un)) &&
		  errno == ECONNREFUSED;
	own_close(fd);
	return refused;
}

static bool is_stale(const struct sockaddr_un *un)
{
	struct stat st;

	return !lstat(un->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	       !is_held(un->sun_path) && is_refused(un);
}

/* Of others like us, who have it for a moment; but anybody may lock it. */
static bool take_lock(int fd)
{
	struct pollfd nothing = {-1, 0, 0};

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return true;
		real()->poll(&nothing, 1, LOCK_PAUSE_MS);
	}
	return false;
}

/*
 * Of two that find the same stale file one must not remove the other's new
 * one, so the directory is locked.
 */
static int lock_directory(const char *path)
{
	char dir[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	char *slash;
	int fd;

	strcpy(dir, path);
	slash = strrchr(dir, '/');
	slash[slash == dir] = '\0';
	fd = own_open(dir, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return -1;
	if (take_lock(fd))
		return fd;
	own_close(fd);
	return -1;
}

static int try_bind(int fd, const struct sockaddr_un *un, socklen_t len)
{
	return real()->bind(fd, (const struct sockaddr *)un, len)
		       ? -errors_hybrid_bind(errno)
		       : 0;
}

static int bind_over_stale(int fd, const struct sockaddr_un *un, socklen_t len)
{
	int lock = lock_directory(un->sun_path);
	int r = -EADDRINUSE;

	if (lock < 0)
		return r;
	if (is_stale(un) && !unlink(un->sun_path))
		r = try_bind(fd, un, len);
	own_close(lock);
	return r;
}

int hybrid_bind(int fd, const struct map_answer *answer)
{
	struct sockaddr_un un;
	socklen_t len = hybrid_address(answer, MAP_LISTEN, &un);
	int r;

	if (!len)
		return -EADDRNOTAVAIL;
	r = try_bind(fd, &un, len);
	if (r != -EADDRINUSE || !un.sun_path[0]) /* no file of that name */
		return r;
	return bind_over_stale(fd, &un, len);
}

/* unix(7): bound to no name, the kernel gives it one that nobody knows. */
int hybrid_bind_quiet(int fd)
{
	sa_family_t family = AF_UNIX;

	return real()->bind(fd, (struct sockaddr *)&family, sizeof(family))
		       ? -errno
		       : 0;
}
