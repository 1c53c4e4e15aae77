/* SPDX-License-Identifier: MIT */
/* Calls what the program would call, and waits to see it come: reached.h. */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <unistd.h>

#include "preload/hooks.h"
#include "preload/reached.h"
#include "redirect/kernel/real.h"
#include "redirect/report/sink.h"
#include "redirect/state/table.h"

/* Found by its name where we are one of the program's own libraries. */
EXPORT extern const char tcp2vsock_is_preloaded;
const char tcp2vsock_is_preloaded = 1;

bool reached_asking;
static bool answered;

bool reached_answer(void)
{
	answered = true;
	return true;
}

static const void *object_of(const void *address)
{
	Dl_info info;

	return dladdr(address, &info) ? info.dli_fbase : NULL;
}

/*
 * What a name means to the program, if that is in a library in front of us;
 * else NULL. A function of the program itself may be anything.
 */
static void *in_front(void *program, const char *name, const void *ours)
{
	void *symbol = dlsym(program, name);
	const void *object;

	if (!symbol || symbol == ours)
		return NULL;
	object = object_of(symbol);
	if (!object || object == object_of(&answered) ||
	    object == object_of((void *)getauxval(AT_PHDR)))
		return NULL;
	return symbol;
}

/* An unconnected TCP socket stays one. */
static void ask_connect(void *symbol)
{
	int (*call)(int, const struct sockaddr *, socklen_t) = symbol;
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = real()->socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	call(fd, &none, sizeof(none));
	real()->close(fd);
}

/* A name that needs no resolver to be known as no address. */
static void ask_getaddrinfo(void *symbol)
{
	int (*call)(const char *, const char *, const struct addrinfo *,
		    struct addrinfo **) = symbol;
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *info = NULL;

	if (!call("tcp2vsock.invalid", NULL, &hints, &info) && info)
		freeaddrinfo(info);
}

__attribute__((noreturn)) static void refuse(const void *symbol,
					     const char *name)
{
	struct line line;
	Dl_info info = {.dli_fname = "another library"};

	dladdr(symbol, &info);
	sink_start(&line);
	line_add(&line, info.dli_fname);
	line_add(&line, " is in front of libtcp2vsock.so in LD_PRELOAD, and "
			"keeps ");
	line_add(&line, name);
	line_add(&line, "() from it: rules would not be followed. Put "
			"libtcp2vsock.so first");
	sink_write(NULL, &line);
	_exit(125);
}

static void check(void *program, const char *name, const void *ours,
		  void (*ask)(void *symbol))
{
	void *symbol = in_front(program, name, ours);
	int saved = errno;

	if (!symbol)
		return;
	answered = false;
	reached_asking = true;
	ask(symbol);
	reached_asking = false;
	errno = saved;
	if (!answered)
		refuse(symbol, name);
}

/* Not where we are only looked at, as the launcher does, or are a plug-in. */
void reached_check(void)
{
	void *program = dlopen(NULL, RTLD_LAZY);

	if (!program || !dlsym(program, "tcp2vsock_is_preloaded"))
		return;
	check(program, "connect", (void *)connect, ask_connect);
	if (map_has_names(table_get()))
		check(program, "getaddrinfo", (void *)getaddrinfo,
		      ask_getaddrinfo);
}
