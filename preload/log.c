/* SPDX-License-Identifier: MIT */
/* Log lines made by hand: see log.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/log.h"
#include "preload/real.h"
#include "vsock/vsock.h"

enum { NOWHERE, TO_STDERR, TO_FILE };

static int where;
static char file[4096];

struct line {
	char text[512];
	size_t len;
};

void log_init(void)
{
	const char *value = secure_getenv("TCP2VSOCK_LOG");

	if (!value || !*value || strlen(value) >= sizeof(file))
		return;
	where = TO_FILE;
	if (!strcmp(value, "-") || !strcmp(value, "stderr"))
		where = TO_STDERR;
	strcpy(file, value);
}

bool log_wanted(void)
{
	return where != NOWHERE;
}

static void add(struct line *line, const char *text)
{
	size_t n = strlen(text);

	if (n > sizeof(line->text) - 2 - line->len)
		n = sizeof(line->text) - 2 - line->len;
	memcpy(line->text + line->len, text, n);
	line->len += n;
}

static void add_number(struct line *line, unsigned long number)
{
	char digits[24], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = '0' + number % 10;
	while (number /= 10);
	add(line, at);
}

static void add_name(struct line *line, const struct name *name)
{
	char text[INET6_ADDRSTRLEN] = "?";
	bool v6 = name->addr.family == AF_INET6;

	if (name->addr.family != AF_UNSPEC)
		inet_ntop(name->addr.family, &name->addr.ip, text,
			  sizeof(text));
	add(line, v6 ? "[" : "");
	add(line, text);
	add(line, v6 ? "]:" : ":");
	add_number(line, name->port);
}

static void add_vsock(struct line *line, uint32_t cid, uint32_t port)
{
	struct vsock_addr addr = {.cid = cid, .port = port};
	char text[VSOCK_ADDR_TEXT_SIZE];

	if (cid == VMADDR_CID_ANY) {
		add(line, "any:");
		add_number(line, port);
		return;
	}
	vsock_addr_text(&addr, text, sizeof(text));
	add(line, text);
}

static void add_target(struct line *line, const struct map_answer *answer)
{
	switch (answer->verdict) {
	case MAP_VSOCK:
		add_vsock(line, answer->cid, answer->port);
		break;
	case MAP_HVSOCK:
		add(line, "hvsock:");
		add(line, answer->path);
		add(line, ":");
		add_number(line, answer->port);
		break;
	case MAP_REFUSE:
		add(line, "refuse");
		break;
	default:
		add(line, "direct");
	}
}

static void start(struct line *line)
{
	line->len = 0;
	add(line, "tcp2vsock[");
	add_number(line, getpid());
	add(line, "]: ");
}

/* A log that cannot be written has nobody to tell. */
static void write_out(int fd, const struct line *line)
{
	ssize_t written = fd < 0 ? 0 : write(fd, line->text, line->len);

	(void)written;
}

static void end(struct line *line, int to)
{
	int saved = errno;
	int fd = STDERR_FILENO;

	line->text[line->len++] = '\n';
	if (to == TO_FILE)
		fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
			  0644);
	write_out(fd, line);
	if (to == TO_FILE && fd >= 0)
		real()->close(fd);
	errno = saved;
}

void log_event(const char *what, const struct name *name,
	       const struct map_answer *answer, const char *result)
{
	struct line line;

	if (!log_wanted())
		return;
	start(&line);
	add(&line, what);
	add(&line, " ");
	add_name(&line, name);
	add(&line, " -> ");
	add_target(&line, answer);
	add(&line, " ");
	add(&line, result);
	end(&line, where);
}

void log_accept(const struct name *own, uint32_t cid, uint32_t port)
{
	struct line line;

	if (!log_wanted())
		return;
	start(&line);
	add(&line, "accept ");
	add_name(&line, own);
	add(&line, " <- ");
	add_vsock(&line, cid, port);
	add(&line, " ok");
	end(&line, where);
}

void log_complain(bool *said, const char *text)
{
	struct line line;

	if (__atomic_test_and_set(said, __ATOMIC_RELAXED))
		return;
	start(&line);
	add(&line, text);
	end(&line, TO_STDERR);
}
