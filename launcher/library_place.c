/* SPDX-License-Identifier: MIT */
#include "launcher/library_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "launcher/absolute.h"

__attribute__((format(printf, 2, 3))) static bool print(char path[PATH_MAX],
							const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
	return n >= 0 && n < PATH_MAX;
}

/* A file that is there and can't be read is found, too: that is the error. */
static bool is_there(const char *path)
{
	return faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ||
	       (errno != ENOENT && errno != ENOTDIR);
}

/* ---- Beside the command ------------------------------------------------ */

static bool cut_last(char path[PATH_MAX])
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	return slash;
}

/* The folder that this command is in, behind all links. */
static bool own_folder(char folder[PATH_MAX])
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	/* Where there is no /proc, the name that it was started by. */
	if (!realpath("/proc/self/exe", folder) &&
	    !(name && realpath(name, folder)))
		return false;
	return cut_last(folder);
}

/* As many of the first bytes as are whole folders of both. */
static size_t common_folders(const char *a, const char *b)
{
	size_t common = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '/')
			common = i;
	return common;
}

/* From the command's folder to the library's as from BINDIR to PKGLIBDIR. */
static bool place_beside(const char *folder, char path[PATH_MAX])
{
	size_t common = common_folders(BINDIR "/", PKGLIBDIR "/");
	char root[PATH_MAX];

	if (!print(root, "%s", folder))
		return false;
	for (const char *at = &BINDIR[common]; at && *at;
	     at = strchr(at + 1, '/'))
		if (!cut_last(root))
			return false;
	return print(path, "%s%s/" LIBRARY_NAME, root, &PKGLIBDIR[common]) &&
	       is_there(path);
}

bool library_place(char path[PATH_MAX])
{
	const char *name = getenv("TCP2VSOCK_LIBRARY");
	char folder[PATH_MAX];

	if (name && *name) {
		if (absolute_path(path, name) < 0)
			*path = '\0';
		return *path && is_there(path);
	}
	if (own_folder(folder) && place_beside(folder, path))
		return true;
	return print(path, "%s", PKGLIBDIR "/" LIBRARY_NAME) && is_there(path);
}

/* ---- In a bundle --------------------------------------------------------- */

/* The part before LIBRARY_TOKEN; NULL: it is no bundle. */
static const char *end_of_root(const char *path)
{
	const char *token = strstr(path, LIBRARY_TOKEN);

	if (!token || strcmp(token, LIBRARY_TOKEN LIBRARY_NAME) != 0)
		return NULL;
	return token;
}

/* The last folder "lib..." of a path, with what follows. */
static const char *last_lib(const char *path)
{
	const char *found = NULL;

	for (; (path = strstr(path, "/lib")); path++)
		found = path;
	return found;
}

bool library_place_for(const char *path, const char *interp,
		       char place[PATH_MAX])
{
	const char *end = end_of_root(path), *lib;
	char folder[PATH_MAX];

	if (!end || !realpath(interp, folder) || !cut_last(folder))
		return false;
	lib = last_lib(folder);
	return lib && print(place, "%.*s%s/" LIBRARY_NAME, (int)(end - path),
			    path, lib);
}

bool library_place_any(const char *path,
		       bool (*fits)(const char *place, void *arg), void *arg,
		       char place[PATH_MAX])
{
	const char *end = end_of_root(path);
	bool found = false;
	struct dirent *entry;
	char lib[PATH_MAX];
	DIR *folder;

	if (!end || !print(lib, "%.*s/lib", (int)(end - path), path))
		return false;
	folder = opendir(lib);
	while (folder && !found && (entry = readdir(folder)))
		found = entry->d_name[0] != '.' &&
			print(place, "%s/%s/" LIBRARY_NAME, lib,
			      entry->d_name) &&
			fits(place, arg);
	if (folder)
		closedir(folder);
	return found;
}
