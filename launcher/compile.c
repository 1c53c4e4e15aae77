/* SPDX-License-Identifier: MIT */
/*
 * --compile: the table as a file that programs map. It takes its name only when
 * it is whole, and leaves the one before it to those that have it mapped.
 */
#include "launcher/compile.h"

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain(const char *name, int error)
{
	warnx("%s: can't write the compiled table: %s", name, strerror(error));
	return -error;
}

/* Where a link leads, so that it stays one. Only a file may be replaced. */
static int find_place(const char *name, char path[PATH_MAX])
{
	struct stat st;

	if (stat(name, &st) < 0) {
		if (errno != ENOENT || strlen(name) >= PATH_MAX)
			return errno == ENOENT ? ENAMETOOLONG : errno;
		strcpy(path, name);
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return realpath(name, path) ? 0 : errno;
}

/* As open(2) would make it, but not for others to write: nobody would load it.
 */
static int set_mode(int fd)
{
	mode_t mask = umask(022);

	umask(mask);
	return fchmod(fd, 0644 & ~mask) < 0 ? errno : 0;
}

static int write_to(int fd, const struct map_table *table)
{
	int error = set_mode(fd);

	if (!error)
		error = -map_write_image(table, fd);
	if (close(fd) < 0 && !error)
		error = errno;
	return error;
}

int compile(const struct map_table *table, const char *name)
{
	char path[PATH_MAX], draft[PATH_MAX + 8];
	int error = find_place(name, path), fd;

	if (error)
		return complain(name, error);
	snprintf(draft, sizeof(draft), "%s.XXXXXX", path);
	fd = mkstemp(draft);
	if (fd < 0)
		return complain(name, errno);
	error = write_to(fd, table);
	if (!error && rename(draft, path) < 0)
		error = errno;
	if (!error)
		return 0;
	unlink(draft);
	return complain(name, error);
}
