/* SPDX-License-Identifier: MIT */
/*
 * Loaded in front of the library, takes away one thing that it does, so as to
 * see that the checks notice. PARITY_BREAK names the function that goes
 * straight to libc's own; "refusal" leaves connect() to the library and undoes
 * the translation of its errno.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool is_broken(const char *name)
{
	const char *broken = getenv("PARITY_BREAK");

	return broken && strcmp(broken, name) == 0;
}

static void *function(const char *name)
{
	if (is_broken(name))
		return dlsym(dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD),
			     name);
	return dlsym(RTLD_NEXT, name);
}

int getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
	int (*real)(int, struct sockaddr *, socklen_t *);

	*(void **)&real = function("getsockname");
	return real(fd, sa, len);
}

int accept(int fd, struct sockaddr *sa, socklen_t *len)
{
	int (*real)(int, struct sockaddr *, socklen_t *);

	*(void **)&real = function("accept");
	return real(fd, sa, len);
}

int connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t), result;

	*(void **)&real = function("connect");
	result = real(fd, sa, len);
	if (result < 0 && errno == ECONNREFUSED && is_broken("refusal"))
		errno = ECONNRESET;
	return result;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int (*real)(int, int, int, const void *, socklen_t);

	*(void **)&real = function("setsockopt");
	return real(fd, level, name, value, len);
}
