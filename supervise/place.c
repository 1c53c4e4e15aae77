/* SPDX-License-Identifier: MIT */
/*
 * A path means what it does where the program is: in its folder, under its root,
 * for its user, by its umask. A thread that serves has all of these for itself.
 */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervise/place.h"
#include "supervise/task.h"
#include "supervise/visit.h"

#define PATH_AT offsetof(struct sockaddr_un, sun_path)

char *place_folder(char *folder, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cwd", (int)visit_now->tid);
	n = readlink(path, folder, size);
	if (n < 0 || (size_t)n >= size)
		return NULL;
	folder[n] = '\0';
	return folder;
}

/* By its links in /proc: it may have another root, or other mounts. */
static int go_there(const char *path, const char *end)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "/proc/%d/%s/%.*s",
		 (int)visit_now->tid, *path == '/' ? "root" : "cwd",
		 (int)(end - path), path);
	return chdir(folder);
}

static void be_user(uid_t user, gid_t group)
{
	setfsgid(group);
	setfsuid(user);
}

typedef int path_call(int fd, const struct sockaddr *sa, socklen_t len);

static int call_as_program(path_call *call, int fd, const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct task_maker maker;
	int r, error;

	if (!task_maker(visit_now->tid, &maker))
		return -1;
	umask(maker.umask);
	strcpy(un.sun_path, name);
	be_user(maker.user, maker.group);
	r = call(fd, (struct sockaddr *)&un, PATH_AT + strlen(name) + 1);
	error = errno;
	be_user(geteuid(), getegid());
	errno = error;
	return r;
}

static int call_with_path(path_call *call, int fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	int r, error;

	if (unshare(CLONE_FS) || go_there(path, slash ? slash : path))
		return -1;
	r = call_as_program(call, fd, slash ? slash + 1 : path);
	error = errno;
	if (chdir("/"))
		return -1;
	errno = error;
	return r;
}

static int call_there(path_call *call, int fd, const struct sockaddr *sa,
		      socklen_t len)
{
	char path[sizeof(struct sockaddr_un)] = "";

	if (sa->sa_family != AF_UNIX || len <= PATH_AT || len > sizeof(path) ||
	    !visit_now)
		return call(fd, sa, len);
	memcpy(path, (const char *)sa + PATH_AT, len - PATH_AT);
	return *path && strlen(path) < sizeof(path) - PATH_AT
		       ? call_with_path(call, fd, path)
		       : call(fd, sa, len);
}

int place_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	return call_there(bind, fd, sa, len);
}

int place_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	return call_there(connect, fd, sa, len);
}
