/* SPDX-License-Identifier: MIT */
/*
 * Connections that a child has a part in. A child of a process with threads
 * makes only calls that signal-safety(7) allows, which the hooks have to
 * respect, and closes the others' sockets, whose ends would not come while it
 * lives.
 */
#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/soak/soak.h"

extern char **environ;

static void keep_only(int fd)
{
	if (fd > 3)
		close_range(3, fd - 1, 0);
	close_range(fd < 3 ? 3 : fd + 1, ~0U, 0);
}

/* Its parent may have left it without descriptors. */
static void raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int end_of(pid_t child)
{
	int status = -1;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void expect_good(pid_t child, const char *what)
{
	errno = 0;
	if (child < 0 || end_of(child) != 0)
		complain(what);
}

int child_main(int fd)
{
	struct sockaddr_storage sa;
	bool good;

	keep_only(fd);
	soak_address(&sa, 0, AF_INET);
	good = soak_names(fd, NULL) > 0 && talk(fd, WHOLE);
	soak_close(fd);
	return good ? 0 : 1;
}

/* The child talks over the parent's connection. */
void client_forked(void)
{
	enum ending ending;
	int fd = connected(&ending);
	pid_t child;

	if (fd < 0)
		return;
	child = fork();
	if (child == 0) {
		chance_seed(getpid());
		_exit(child_main(fd));
	}
	soak_close(fd);
	expect_good(child, "a forked client");
}

void client_child_connects(void)
{
	pid_t child = fork();
	enum ending ending;

	if (child == 0) {
		int fd;

		keep_only(-1);
		raise_limit();
		chance_seed(getpid());
		fd = connected(&ending);
		_exit(fd >= 0 && talk(fd, ending) ? 0 : 1);
	}
	expect_good(child, "a child that connects");
}

/* In the middle of whatever it is doing. */
void client_killed(void)
{
	struct timespec time = {0, chance() % 30000000};
	pid_t child = fork();
	enum ending ending;

	if (child == 0) {
		int fd;

		keep_only(-1);
		raise_limit();
		chance_seed(getpid());
		fd = connected(&ending);
		if (fd >= 0)
			talk_for_ever(fd);
		_exit(1);
	}
	if (child < 0) {
		complain("fork()");
		return;
	}
	nanosleep(&time, NULL);
	kill(child, SIGKILL);
	end_of(child);
}

/* A vfork(2) child shares the memory and not the descriptors. */
void client_vforked(void)
{
	enum ending ending;
	int fd = connected(&ending);
	pid_t child;

	if (fd < 0)
		return;
	child = vfork();
	if (child == 0) {
		dup2(0, fd);
		close(fd);
		_exit(0);
	}
	expect_good(child, "a vfork()ed child");
	talk(fd, ending);
	soak_close(fd);
}

/* The program inherits the connection through exec(). */
void client_spawned(void)
{
	char number[16];
	char *argv[] = {"soak", "--child", number, NULL};
	enum ending ending;
	int fd = connected(&ending), copy = fd < 0 ? -1 : soak_dup(fd);
	pid_t child = -1;

	if (copy >= 0) {
		snprintf(number, sizeof(number), "%d", copy);
		errno = posix_spawn(&child, "/proc/self/exe", NULL, NULL, argv,
				    environ);
		if (errno)
			child = -1;
		soak_close(copy);
	}
	if (fd >= 0)
		soak_close(fd);
	expect_good(child, "a program with a socket");
}
