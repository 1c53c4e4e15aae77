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
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "launcher/absolute.h"

#define LIBRARY_NAME "libtcp2vsock.so"

/* Always -EINVAL, so that a check can end with it. */
__attribute__((format(printf, 3, 4))) static int
found(struct library_fault *fault, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->what, sizeof(fault->what), format, args);
	va_end(args);
	fault->remedy = remedy;
	return -EINVAL;
}

/* LD_PRELOAD has no quoting, and '$' begins a token: see ld.so(8). */
static int check_path(const char *path, struct library_fault *fault)
{
	if (!strpbrk(path, " :$"))
		return 0;
	return found(fault, "install tcp2vsock in another folder",
		     "%s: LD_PRELOAD can't hold a path with a space, ':' or "
		     "'$'",
		     path);
}

/* What is cut short must not be loaded: its missing pages raise SIGBUS. */
static int check_file(struct library *library, struct library_fault *fault)
{
	int fd = open(library->path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return found(fault,
			     "the library is missing: install tcp2vsock again",
			     "%s: %s", library->path, strerror(errno));
	ret = elf_read(fd, &library->facts);
	close(fd);
	if (ret == 0 && library->facts.whole)
		return 0;
	return found(fault, "install tcp2vsock again",
		     "%s: not a library for this machine, or cut short",
		     library->path);
}

static int check_version(struct library *library, const char *version,
			 struct library_fault *fault)
{
	snprintf(library->version, sizeof(library->version), "%s",
		 version ? version : "");
	if (version && strcmp(version, PACKAGE_VERSION) == 0)
		return 0;
	return found(fault,
		     "install both from one source, or check TCP2VSOCK_LIBRARY",
		     "%s is %s%s, and this command is version %s",
		     library->path,
		     version ? "version " : "not tcp2vsock's library",
		     version ? version : "", PACKAGE_VERSION);
}

static int check_loads(struct library *library, struct library_fault *fault)
{
	void *handle = dlopen(library->path, RTLD_LAZY | RTLD_LOCAL);

	if (!handle)
		return found(fault,
			     "install tcp2vsock again, for this C library",
			     "the library can't be loaded: %s", dlerror());
	return check_version(library, dlsym(handle, "tcp2vsock_version"),
			     fault);
}

int library_look(struct library *library, struct library_fault *fault)
{
	const char *name = getenv("TCP2VSOCK_LIBRARY");
	int ret;

	memset(library, 0, sizeof(*library));
	memset(fault, 0, sizeof(*fault));
	if (!name || !*name)
		name = PKGLIBDIR "/" LIBRARY_NAME;
	if (absolute_path(library->path, name) < 0)
		return found(fault, "give TCP2VSOCK_LIBRARY a shorter path",
			     "the library's path is too long");
	ret = check_path(library->path, fault);
	if (ret == 0)
		ret = check_file(library, fault);
	if (ret == 0)
		ret = check_loads(library, fault);
	return ret;
}

int library_find(struct library *library)
{
	static struct library_fault fault;
	int ret = library_look(library, &fault);

	if (ret < 0) {
		warnx("%s", fault.what);
		warnx("%s", fault.remedy);
	}
	return ret;
}

/* ---- LD_PRELOAD ------------------------------------------------------ */

static bool is_named(const char *entry, size_t length, const char *base)
{
	size_t n = strlen(base);

	return length >= n && memcmp(entry + length - n, base, n) == 0 &&
	       (length == n || entry[length - n - 1] == '/');
}

int library_look_in(const struct library *library, const char *list,
		    const char **entry, size_t *length)
{
	const char *path = library->path;

	for (; *list; list += *length + (list[*length] != '\0')) {
		*entry = list;
		*length = strcspn(list, " :");
		if (*length == strlen(path) && !memcmp(list, path, *length))
			return 1;
		if (is_named(list, *length, LIBRARY_NAME))
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
	const char *entry;
	size_t length;
	int ret;

	if (!list)
		list = "";
	ret = library_look_in(library, list, &entry, &length);
	if (ret > 0)
		return 0;
	if (ret == 0)
		return append(list, library->path);
	warnx("LD_PRELOAD already has another tcp2vsock: %.*s", (int)length,
	      entry);
	warnx("take it out, or run the command that belongs to it");
	return ret;
}
