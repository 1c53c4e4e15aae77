/* SPDX-License-Identifier: MIT */
/*
 * Exported: running other programs. Each finds what is to run, and is libc's
 * own unless that is out of the library's reach (child.h).
 */
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "preload/child.h"
#include "preload/hooks.h"
#include "redirect/kernel/real.h"

/* Words on the stack of whoever calls: this may be a child of vfork(2). */
#define WORDS_FOR(argv)                                                        \
	alloca((child_count(argv) + CHILD_WORDS + 1) * sizeof(char *))

/* execve(2) takes a path that has no slash for one in this folder. */
static const char *as_path(const char *path, char room[PATH_MAX])
{
	for (const char *p = path; *p; p++)
		if (*p == '/')
			return path;
	if (snprintf(room, PATH_MAX, "./%s", path) >= PATH_MAX)
		return path;
	return room;
}

/* The command in the program's place. Does not return where it can be run. */
static int run_command(const char *path, char *const argv[], char *const envp[])
{
	char **words = WORDS_FOR(argv);
	char room[PATH_MAX];
	const char *command = child_command(as_path(path, room), argv, words);

	real()->execve(command, words, envp);
	return (int)hook_result(child_refuse());
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	if (child_is_out_of_reach(path, envp))
		return run_command(path, argv, envp);
	return real()->execve(path, argv, envp);
}

EXPORT int execv(const char *path, char *const argv[])
{
	if (child_is_out_of_reach(path, environ))
		return run_command(path, argv, environ);
	return real()->execv(path, argv);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	char path[PATH_MAX];

	if (child_find(file, path) && child_is_out_of_reach(path, envp))
		return run_command(path, argv, envp);
	return real()->execvpe(file, argv, envp);
}

EXPORT int execvp(const char *file, char *const argv[])
{
	char path[PATH_MAX];

	if (child_find(file, path) && child_is_out_of_reach(path, environ))
		return run_command(path, argv, environ);
	return real()->execvp(file, argv);
}

/* ---- words one by one ---------------------------------------------------- */

static size_t count_words(const char *first, va_list words)
{
	size_t n = 0;

	while (first) {
		n++;
		first = va_arg(words, const char *);
	}
	return n;
}

static void take_words(char **argv, const char *first, va_list words)
{
	while (first) {
		*argv++ = (char *)first;
		first = va_arg(words, const char *);
	}
	*argv = NULL;
}

/* argv of what stands from `first` on; it is the caller's own stack. */
#define TAKE_WORDS(argv, first)                                                \
	do {                                                                   \
		va_list words_;                                                \
		size_t n_;                                                     \
                                                                               \
		va_start(words_, first);                                       \
		n_ = count_words(first, words_);                               \
		va_end(words_);                                                \
		(argv) = alloca((n_ + 1) * sizeof(char *));                    \
		va_start(words_, first);                                       \
		take_words(argv, first, words_);                               \
		va_end(words_);                                                \
	} while (0)

EXPORT int execl(const char *path, const char *arg, ...)
{
	char **argv;

	TAKE_WORDS(argv, arg);
	return execv(path, argv);
}

EXPORT int execlp(const char *file, const char *arg, ...)
{
	char **argv;

	TAKE_WORDS(argv, arg);
	return execvp(file, argv);
}

/* The environment stands behind the NULL. */
EXPORT int execle(const char *path, const char *arg, ...)
{
	char **argv, *const *envp;
	va_list words;

	TAKE_WORDS(argv, arg);
	va_start(words, arg);
	count_words(arg, words);
	envp = va_arg(words, char *const *);
	va_end(words);
	return execve(path, argv, envp);
}

/* ---- by descriptor ------------------------------------------------------- */

/* A descriptor that exec() closes is not there for the command: by its name. */
static bool path_of(int fd, char path[PATH_MAX])
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n < 1 || *path != '/')
		return false;
	path[n] = '\0';
	return true;
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	char path[PATH_MAX];

	if (path_of(fd, path) && child_is_out_of_reach(path, envp))
		return run_command(path, argv, envp);
	return real()->fexecve(fd, argv, envp);
}

/* ---- posix_spawn --------------------------------------------------------- */

static int spawn_command(pid_t *pid, const char *path,
			 const posix_spawn_file_actions_t *actions,
			 const posix_spawnattr_t *attributes,
			 char *const argv[], char *const envp[])
{
	char **words = WORDS_FOR(argv);
	char room[PATH_MAX];
	const char *command = child_command(as_path(path, room), argv, words);
	int r = real()->posix_spawn(pid, command, actions, attributes, words,
				    envp);

	return r ? -child_refuse() : 0;
}

EXPORT int posix_spawn(pid_t *pid, const char *path,
		       const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[],
		       char *const envp[])
{
	if (child_is_out_of_reach(path, envp))
		return spawn_command(pid, path, actions, attributes, argv,
				     envp);
	return real()->posix_spawn(pid, path, actions, attributes, argv, envp);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file,
			const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const argv[],
			char *const envp[])
{
	char path[PATH_MAX];

	if (child_find(file, path) && child_is_out_of_reach(path, envp))
		return spawn_command(pid, path, actions, attributes, argv,
				     envp);
	return real()->posix_spawnp(pid, file, actions, attributes, argv, envp);
}
