/* SPDX-License-Identifier: MIT */
/* Whether a program that becomes another user still finds the library. */
#include "launcher/program/reach.h"

#include <err.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool lacks(const char *path, mode_t bit)
{
	struct stat st;

	return stat(path, &st) == 0 && !(st.st_mode & bit);
}

/* What stops others on their way, in `at`. The bit that it lacks, or NULL. */
static const char *find_obstacle(const char *path, char at[PATH_MAX])
{
	const char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		snprintf(at, PATH_MAX, "%.*s", (int)(slash - path), path);
		if (lacks(at, S_IXOTH))
			return "o+x";
	}
	snprintf(at, PATH_MAX, "%s", path);
	return lacks(at, S_IROTH) ? "o+r" : NULL;
}

const char *reach_obstacle(const char *path, char at[PATH_MAX])
{
	char behind_links[PATH_MAX];
	const char *bit = find_obstacle(path, at);

	if (!bit && realpath(path, behind_links))
		bit = find_obstacle(behind_links, at);
	return bit;
}

void reach_blocked(const char *path, char at[PATH_MAX])
{
	const char *slash = path;

	while ((slash = strchr(slash + 1, '/'))) {
		snprintf(at, PATH_MAX, "%.*s", (int)(slash - path), path);
		if (access(at, X_OK) < 0)
			return;
	}
	snprintf(at, PATH_MAX, "%s", path);
}

void reach_warn(const char *path)
{
	char at[PATH_MAX];
	const char *bit;

	if (geteuid() != 0)
		return;
	bit = reach_obstacle(path, at);
	if (!bit)
		return;
	warnx("warning: only this user can read %s: what the program starts as "
	      "another user would run on TCP (%s lacks %s)",
	      path, at, bit);
}
