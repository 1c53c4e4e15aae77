/* SPDX-License-Identifier: MIT */
/* Paths that stay right when the program changes its folder. */
#include "launcher/absolute.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int absolute_path(char path[PATH_MAX], const char *name)
{
	char folder[PATH_MAX] = "";
	int n;

	if (*name != '/' && !getcwd(folder, sizeof(folder))) {
		warn("the working folder");
		return -EINVAL;
	}
	n = snprintf(path, PATH_MAX, "%s%s%s", folder, *folder ? "/" : "",
		     name);
	if (n < PATH_MAX)
		return 0;
	warnx("%s: the path is too long", name);
	return -EINVAL;
}
