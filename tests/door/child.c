/* SPDX-License-Identifier: MIT */
/*
 * Runs a program in every way that libc has: child WAY PROGRAM [WORD...]. Its
 * status is the program's.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void become(const char *way, char **argv)
{
	const char *path = argv[0];

	if (!strcmp(way, "execve"))
		execve(path, argv, environ);
	if (!strcmp(way, "execv"))
		execv(path, argv);
	if (!strcmp(way, "execvp"))
		execvp(path, argv);
	if (!strcmp(way, "execvpe"))
		execvpe(path, argv, environ);
	if (!strcmp(way, "execl"))
		execl(path, argv[0], argv[1], argv[2], argv[3], NULL);
	if (!strcmp(way, "execlp"))
		execlp(path, argv[0], argv[1], argv[2], argv[3], NULL);
	if (!strcmp(way, "execle"))
		execle(path, argv[0], argv[1], argv[2], argv[3], NULL, environ);
	if (!strcmp(way, "fexecve"))
		fexecve(open(path, O_RDONLY | O_CLOEXEC), argv, environ);
	if (!strcmp(way, "named")) {
		argv[0] = "wget";
		execv(path, argv);
	}
	perror(way);
	_exit(99);
}

static int end_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		return 98;
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}

static int spawned(const char *way, char **argv)
{
	pid_t pid;
	int r = !strcmp(way, "posix_spawnp")
			? posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ)
			: posix_spawn(&pid, argv[0], NULL, NULL, argv, environ);

	if (!r)
		return end_of(pid);
	fprintf(stderr, "%s: %s\n", way, strerror(r));
	return 97;
}

static int by_vfork(char **argv)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execv(argv[0], argv);
		_exit(99);
	}
	return pid < 0 ? 96 : end_of(pid);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 95;
	if (!strncmp(argv[1], "posix_spawn", 11))
		return spawned(argv[1], argv + 2);
	if (!strcmp(argv[1], "vfork"))
		return by_vfork(argv + 2);
	become(argv[1], argv + 2);
	return 94;
}
