/* SPDX-License-Identifier: MIT */
/*
 * The dynamic linker only warns when it can't preload a library, and the
 * program then runs over TCP: all that could go wrong is looked for here.
 */
#include "launcher/library.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "launcher/library_place.h"
#include "launcher/program/reach.h"

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

static int not_there(const char *path, struct library_fault *fault)
{
	const char *named = getenv("TCP2VSOCK_LIBRARY");

	if (!*path)
		return found(fault, "give TCP2VSOCK_LIBRARY a shorter path",
			     "the library's path is too long");
	if (named && *named)
		return found(fault,
			     "TCP2VSOCK_LIBRARY names it: correct that, or "
			     "unset it",
			     "the library is missing: %s", path);
	return found(fault,
		     "keep the command and the library together when you move "
		     "them, install tcp2vsock again, or name the library in "
		     "TCP2VSOCK_LIBRARY",
		     "the library is missing: it is not beside this command, "
		     "nor is there %s",
		     path);
}

/* LD_PRELOAD has no quoting, and '$' begins a token: see ld.so(8). */
static int check_path(const char *path, struct library_fault *fault)
{
	const char *token = strstr(path, LIBRARY_TOKEN);
	size_t plain = strcspn(path, " :$");

	if (!path[plain] || path + plain == token + 1)
		return 0;
	return found(fault, "install tcp2vsock in another folder",
		     "%s: LD_PRELOAD can't hold a path with a space, ':' or "
		     "'$'",
		     path);
}

static int unreadable(const char *path, int error, struct library_fault *fault)
{
	char at[PATH_MAX];

	if (error != EACCES)
		return found(fault, "install tcp2vsock again", "%s: %s", path,
			     strerror(error));
	reach_blocked(path, at);
	return found(fault,
		     "this user must be able to read it, and to search each "
		     "folder on the way to it",
		     "%s: %s (%s)", at, strerror(error), path);
}

/*
 * What is cut short must not be loaded: its missing pages raise SIGBUS. And
 * what must not be mapped so, such as a file on a disk without programs
 * (noexec), would not be loaded.
 */
static int check_open_file(struct library *library, int fd,
			   struct library_fault *fault)
{
	void *page;

	if (elf_read(fd, &library->facts) < 0 || !library->facts.whole)
		return found(fault, "install tcp2vsock again",
			     "%s: not a library for this machine, or cut short",
			     library->path);
	page = mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (page == MAP_FAILED)
		return found(fault,
			     "put it where programs may be: not on a disk that "
			     "is mounted noexec",
			     "the library can't be loaded: %s: %s",
			     library->path, strerror(errno));
	munmap(page, 1);
	return 0;
}

static int check_file(struct library *library, struct library_fault *fault)
{
	int fd = open(library->path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return unreadable(library->path, errno, fault);
	ret = check_open_file(library, fd, fault);
	close(fd);
	return ret;
}

/* The note is of preload/main.c: the version, and the C library. */
static int check_version(struct library *library, struct library_fault *fault)
{
	const char *version = library->version;

	if (sscanf(library->facts.note, "%31s %15s", library->version,
		   library->libc) != 2)
		return found(fault,
			     "install both from one source, or check "
			     "TCP2VSOCK_LIBRARY",
			     "%s is not tcp2vsock's library", library->path);
	if (strcmp(version, PACKAGE_VERSION) == 0)
		return 0;
	return found(fault,
		     "install both from one source, or check TCP2VSOCK_LIBRARY",
		     "%s is version %s, and this command is version %s",
		     library->path, version, PACKAGE_VERSION);
}

static int check_library(struct library *library, struct library_fault *fault)
{
	int ret = check_file(library, fault);

	return ret < 0 ? ret : check_version(library, fault);
}

int library_look(struct library *library, struct library_fault *fault)
{
	int ret;

	memset(library, 0, sizeof(*library));
	memset(fault, 0, sizeof(*fault));
	if (!library_place(library->path))
		return not_there(library->path, fault);
	ret = check_path(library->path, fault);
	return ret < 0 ? ret : check_library(library, fault);
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

/* ---- For a program ----------------------------------------------------- */

/* By the dynamic linker that it asks for. */
static const char *libc_of(const struct elf_facts *program)
{
	return strstr(program->interp, "/ld-musl-") ? "musl" : "glibc";
}

static unsigned misfit(const struct library *library,
		       const struct elf_facts *program)
{
	const struct elf_facts *facts = &library->facts;

	if (program->class != facts->class || program->data != facts->data ||
	    program->machine != facts->machine)
		return LIBRARY_OTHER_MACHINE;
	return strcmp(libc_of(program), library->libc) ? LIBRARY_OTHER_LIBC : 0;
}

/* Of a bundle, the library at `place`. */
static bool fits(const char *place, void *program)
{
	static struct library_fault fault;
	static struct library other;

	memset(&other, 0, sizeof(other));
	strcpy(other.path, place);
	return check_library(&other, &fault) == 0 && !misfit(&other, program);
}

unsigned library_for(const struct library *library,
		     const struct elf_facts *program, char preload[PATH_MAX])
{
	struct elf_facts facts = *program;
	char place[PATH_MAX];
	unsigned bits = misfit(library, program);

	strcpy(preload, library->path);
	if (!bits)
		return 0;
	if (strcmp(libc_of(program), "glibc") == 0 &&
	    library_place_for(library->path, program->interp, place) &&
	    fits(place, &facts))
		return 0;
	/* Its children of other kinds will not find theirs by this one. */
	return library_place_any(library->path, fits, &facts, preload) ? 0
								       : bits;
}

/* ---- LD_PRELOAD ------------------------------------------------------ */

static bool is_named(const char *entry, size_t length, const char *base)
{
	size_t n = strlen(base);

	return length >= n && memcmp(entry + length - n, base, n) == 0 &&
	       (length == n || entry[length - n - 1] == '/');
}

int library_look_in(const char *path, const char *list, const char **entry,
		    size_t *length)
{
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

/*
 * How much of the list is runtimes of sanitizers: each wants to be the first
 * library of the process.
 */
static size_t runtimes(const char *list)
{
	static const char *const names[] = {"libasan.so",   "libtsan.so",
					    "liblsan.so",   "libubsan.so",
					    "libhwasan.so", "libclang_rt."};
	size_t length = strcspn(list, " :"), at = length;

	while (at && list[at - 1] != '/')
		at--;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (length && !strncmp(list + at, names[i], strlen(names[i])))
			return length + (list[length] != '\0') +
			       runtimes(list + length + (list[length] != '\0'));
	return 0;
}

/* In front of all others: one that takes a call for itself would hide it. */
static int insert(const char *list, const char *path)
{
	size_t first = runtimes(list), rest = strlen(list) - first;
	bool joined = !first || strchr(" :", list[first - 1]);
	char *value;
	int ret;

	if (asprintf(&value, "%.*s%s%s%s%s", (int)first, list,
		     joined ? "" : ":", path, rest ? ":" : "",
		     list + first) < 0)
		return -ENOMEM;
	ret = setenv("LD_PRELOAD", value, 1) < 0 ? -errno : 0;
	free(value);
	return ret;
}

/*
 * An entry with $LIB, of the bundle that this path is in: for a program that
 * finds nothing by it, this path takes its place.
 */
static bool is_same_bundle(const char *entry, size_t length, const char *path)
{
	const char *token = strstr(entry, LIBRARY_TOKEN);
	size_t root = token ? (size_t)(token - entry) : length;

	return root < length && strncmp(entry, path, root) == 0 &&
	       path[root] == '/';
}

int library_preload(const char *path)
{
	const char *list = getenv("LD_PRELOAD");
	const char *entry;
	size_t length;
	int ret;

	if (!list)
		list = "";
	ret = library_look_in(path, list, &entry, &length);
	if (ret > 0)
		return 0;
	if (ret == 0)
		return insert(list, path);
	if (is_same_bundle(entry, length, path)) {
		ret = library_unload();
		return ret < 0 ? ret : library_preload(path);
	}
	warnx("LD_PRELOAD already has another tcp2vsock: %.*s", (int)length,
	      entry);
	warnx("take it out, or run the command that belongs to it");
	return ret;
}

/* The list without the entries of that name; in place. */
static bool drop_named(char *list)
{
	char *to = list;
	const char *at = list;
	bool dropped = false;
	size_t length;

	for (; *at; at += length + (at[length] != '\0')) {
		length = strcspn(at, " :");
		if (is_named(at, length, LIBRARY_NAME)) {
			dropped = true;
			continue;
		}
		if (to != list)
			*to++ = ':';
		memmove(to, at, length);
		to += length;
	}
	if (dropped)
		*to = '\0';
	return dropped;
}

int library_unload(void)
{
	const char *value = getenv("LD_PRELOAD");
	char *list = value ? strdup(value) : NULL;
	int ret = 0;

	if (!value)
		return 0;
	if (!list)
		return -ENOMEM;
	if (drop_named(list))
		ret = 1;
	if (ret && *list)
		ret = setenv("LD_PRELOAD", list, 1) < 0 ? -errno : 1;
	else if (ret)
		unsetenv("LD_PRELOAD");
	free(list);
	return ret;
}
