/* SPDX-License-Identifier: MIT */
/* What a check says: one line for one thing seen, in symbols. */
#include "parity.h"

#include <stdarg.h>

void say(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int n, err = errno;

	va_start(args, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n] = '\n';
	if (write(TRANSCRIPT_FD, line, (size_t)n + 1) < 0)
		_exit(3);
	errno = err;
}

const char *errno_text(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "an unknown error";
}

void give_up(const char *what)
{
	say("cannot go on: %s: %s", what, errno_text(errno));
	_exit(4);
}

void skip(const char *why)
{
	say("skipped: %s", why);
	_exit(0);
}

static const char *errno_change(long value)
{
	return value >= 0 && errno != ERRNO_MARK ? " (errno changed)" : "";
}

long tried(const char *call, long value)
{
	if (value < 0)
		say("%s: %s", call, errno_text(errno));
	else
		say("%s: %ld%s", call, value, errno_change(value));
	return value;
}

long tried_fd(const char *call, long value)
{
	if (value < 0)
		say("%s: %s", call, errno_text(errno));
	else
		say("%s: a descriptor%s", call, errno_change(value));
	return value;
}

long must(const char *call, long value)
{
	if (value < 0)
		give_up(call);
	return value;
}

const char *poll_text(short events, char *buf, size_t size)
{
	static const struct {
		short bit;
		const char *name;
	} names[] = {{POLLIN, " IN"},	   {POLLPRI, " PRI"},
		     {POLLOUT, " OUT"},	   {POLLERR, " ERR"},
		     {POLLHUP, " HUP"},	   {POLLNVAL, " NVAL"},
		     {POLLRDHUP, " RDHUP"}};

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (events & names[i].bit)
			strncat(buf, names[i].name, size - strlen(buf) - 1);
	return buf;
}

void say_poll(const char *label, int fd, short events, int milliseconds)
{
	struct pollfd p = {.fd = fd, .events = events};
	char buf[64];
	int n = poll(&p, 1, milliseconds);

	if (n < 0)
		say("%s: poll %s", label, errno_text(errno));
	else if (n == 0)
		say("%s: no event", label);
	else
		say("%s:%s", label, poll_text(p.revents, buf, sizeof(buf)));
}

void say_option(const char *label, int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, level, name, &value, &len) < 0)
		say("%s: %s", label, errno_text(errno));
	else
		say("%s: %d", label, value);
}

void say_so_error(int fd)
{
	int value = -1;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len) < 0)
		say("SO_ERROR: getsockopt %s", errno_text(errno));
	else
		say("SO_ERROR: %s", errno_text(value));
}

void say_ping(int from, int to)
{
	char out = 'p', in = 0;

	if (write(from, &out, 1) != 1)
		say("ping: write %s", errno_text(errno));
	else if (!wait_for(to, POLLIN) || read(to, &in, 1) != 1 || in != out)
		say("ping: read %s", errno_text(errno));
	else if (write(to, &out, 1) != 1 || !wait_for(from, POLLIN) ||
		 read(from, &in, 1) != 1)
		say("ping: no answer, %s", errno_text(errno));
	else
		say("ping ok");
}

void say_child(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		say("child: waitpid %s", errno_text(errno));
	else if (WIFSIGNALED(status))
		say("child: SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		say("child: exit %d", WEXITSTATUS(status));
}
