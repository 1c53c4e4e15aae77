/* SPDX-License-Identifier: MIT */
/*
 * The dynamic linker only warns when it can't preload a library, and the
 * program then runs over TCP: all that could go wrong is looked for here.
 */
#include "launcher/library.h"

#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "launcher/absolute.h"
#include "launcher/reach.h"

#define LIBRARY_NAME "libtcp2vsock.so"

/* LD_PRELOAD has no quoting, and '$' begins a token: see ld.so(8). */
static int check_path(const char *path)
{
	if (!strpbrk(path, " :$"))
		return 0;
	warnx("%s: LD_PRELOAD can't hold a path with a space, ':' or '$'",
	      path);
	warnx("install tcp2vsock in another folder");
	return -EINVAL;
}

/* What is cut short must not be loaded: its missing pages raise SIGBUS. */
static int check_file(struct library *library)
{
	int fd = open(library->path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0) {
		warn("%s", library->path);
		warnx("the library is missing: install tcp2vsock again");
		return -EINVAL;
	}
	ret = elf_read(fd, &library->facts);
	close(fd);
	if (ret == 0 && library->facts.whole)
		return 0;
	warnx("%s: not a library for this machine, or cut short: install "
	      "tcp2vsock again",
	      library->path);
	return -EINVAL;
}

static int check_version(const char *path, const char *version)
{
	if (version && strcmp(version, PACKAGE_VERSION) == 0)
		return 0;
	warnx("%s is %s%s, and this command is version %s", path,
	      version ? "version " : "not tcp2vsock's library",
	      version ? version : "", PACKAGE_VERSION);
	warnx("install both from one source, or check TCP2VSOCK_LIBRARY");
	return -EINVAL;
}

static int check_loads(const char *path)
{
	void *handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);

	if (!handle) {
		warnx("the library can't be loaded: %s", dlerror());
		warnx("install tcp2vsock again, for this C library");
		return -EINVAL;
	}
	return check_version(path, dlsym(handle, "tcp2vsock_version"));
}

int library_find(struct library *library)
{
	const char *name = getenv("TCP2VSOCK_LIBRARY");
	int ret;

	if (!name || !*name)
		name = PKGLIBDIR "/" LIBRARY_NAME;
	ret = absolute_path(library->path, name);
	if (ret == 0)
		ret = check_path(library->path);
	if (ret == 0)
		ret = check_file(library);
	if (ret == 0)
		ret = check_loads(library->path);
	if (ret == 0)
		reach_warn(library->path);
	return ret;
}

/* ---- LD_PRELOAD ------------------------------------------------------ */

static bool is_named(const char *entry, size_t length, const char *base)
{
	size_t n = strlen(base);

	return length >= n && memcmp(entry + length - n, base, n) == 0 &&
	       (length == n || entry[length - n - 1] == '/');
}

/* 1: the path is in the list. 0: no tcp2vsock is. -EINVAL: another one is. */
static int look_in(const char *list, const char *path)
{
	size_t length;

	for (; *list; list += length + (list[length] != '\0')) {
		length = strcspn(list, " :");
		if (length == strlen(path) && memcmp(list, path, length) == 0)
			return 1;
		if (!is_named(list, length, LIBRARY_NAME))
			continue;
		warnx("LD_PRELOAD already has another tcp2vsock: %.*s",
		      (int)length, list);
		warnx("take it out, or run the command that belongs to it");
		return -EINVAL;
	}
	return 0;
}

static int append(const char *list, const char *path)
{
	char *value;
	int ret;

	if (asprintf(&value, "%s%s%s", list, *list ? ":" : "", path) < 0)
		return -ENOMEM;
	ret = setenv("LD_PRELOAD", value, 1) < 0 ? -errno : 0;
	free(value);
	return ret;
}

int library_preload(const struct library *library)
{
	const char *list = getenv("LD_PRELOAD");
	int ret;

	if (!list)
		list = "";
	ret = look_in(list, library->path);
	if (ret)
		return ret < 0 ? ret : 0;
	return append(list, library->path);
}
