/* SPDX-License-Identifier: MIT */
/*
 * Runs a program in every way that libc has: child WAY PROGRAM [WORD...]. Its
 * status is the program's.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- odd places to run it from ------------------------------------------- */

static char **odd_argv;

static void run_in_handler(int sig)
{
	(void)sig;
	execvp(odd_argv[0], odd_argv);
	_exit(93);
}

/* As small as sigaltstack(2) has it. */
static void from_a_small_stack(char **argv)
{
	static char stack[8192];
	stack_t small = {.ss_sp = stack, .ss_size = sizeof(stack)};
	struct sigaction act = {.sa_handler = run_in_handler,
				.sa_flags = SA_ONSTACK};

	odd_argv = argv;
	sigaltstack(&small, NULL);
	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
}

/* No number is left to look at the file with. */
static void without_numbers(char **argv)
{
	struct rlimit few = {3, 3};

	setrlimit(RLIMIT_NOFILE, &few);
	execv(argv[0], argv);
}

static void from_memory(char **argv)
{
	int to = memfd_create("program", MFD_CLOEXEC);
	int from = open(argv[0], O_RDONLY);

	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	fexecve(to, argv, environ);
}

static void with_too_many_words(char **argv)
{
	static char *many[2000000];

	for (int i = 0; i < 1999999; i++)
		many[i] = argv[0];
	execv(argv[0], many);
}

static void from_odd_places(const char *way, char **argv)
{
	if (!strcmp(way, "small-stack"))
		from_a_small_stack(argv);
	if (!strcmp(way, "no-numbers"))
		without_numbers(argv);
	if (!strcmp(way, "memory"))
		from_memory(argv);
	if (!strcmp(way, "many-words"))
		with_too_many_words(argv);
}

/* -------------------------------------------------------------------------- */

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
	from_odd_places(way, argv);
	perror(way);
	_exit(99);
}

static int end_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		return 98;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* In the folder "sub". */
static int spawned_there(const char *way, char **argv)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int r;

	posix_spawn_file_actions_init(&actions);
	if (!strcmp(way, "posix_spawn-fchdir"))
		posix_spawn_file_actions_addfchdir_np(
			&actions, open("sub", O_PATH | O_CLOEXEC));
	else
		posix_spawn_file_actions_addchdir_np(&actions, "sub");
	r = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r ? 97 : end_of(pid);
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
	if (!strncmp(argv[1], "posix_spawn-", 12))
		return spawned_there(argv[1], argv + 2);
	if (!strncmp(argv[1], "posix_spawn", 11))
		return spawned(argv[1], argv + 2);
	if (!strcmp(argv[1], "vfork"))
		return by_vfork(argv + 2);
	become(argv[1], argv + 2);
	return 94;
}
