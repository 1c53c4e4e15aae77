/* SPDX-License-Identifier: MIT */
/*
 * Exported: running other programs. Each finds what is to run, and is libc's
 * own unless that is out of the library's reach (child.h).
 */
#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/child.h"
#include "preload/hooks.h"
#include "redirect/kernel/real.h"

int execveat(int fd, const char *path, char *const argv[], char *const envp[],
	     int flags);

#define FEW 512

/*
 * Room for the command's words: this may be a child of vfork(2), so no memory
 * of libc's. Few are on the stack of whoever calls, which may be small.
 */
#define WORDS_FOR(argv)                                                        \
	(child_count(argv) < FEW ? alloca(words_size(argv)) : map_words(argv))

static size_t words_size(char *const argv[])
{
	return (child_count(argv) + CHILD_WORDS + 1) * sizeof(char *);
}

static char **map_words(char *const argv[])
{
	void *words = mmap(NULL, words_size(argv), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return words == MAP_FAILED ? NULL : words;
}

static void unmap_words(char **words, char *const argv[])
{
	if (child_count(argv) >= FEW)
		munmap(words, words_size(argv));
}

static bool is_own_descriptor(const char *path)
{
	return !strncmp(path, "/proc/self/fd/", 14) ||
	       !strncmp(path, "/dev/fd/", 8);
}

/* execve(2) takes a path that has no slash for one in this folder. */
#define AS_PATH(path)                                                          \
	(strchr(path, '/')                                                     \
		 ? (path)                                                      \
		 : strcat(strcpy(alloca(strlen(path) + 3), "./"), path))

/* The command in the program's place. Does not return where it can be run. */
static int run_command(const char *path, char *const argv[], char *const envp[])
{
	char **words = WORDS_FOR(argv);
	const char *command;
	int error;

	if (!words)
		return (int)hook_result(-ENOMEM);
	command = child_command(AS_PATH(path), argv, words);
	real()->execve(command, words, envp);
	error = errno;
	unmap_words(words, argv);
	return (int)hook_result(child_refuse(error));
}

/* A descriptor that exec() closes is not there for the command: by its name. */
static bool name_of_link(const char *link, char *path, size_t size)
{
	ssize_t n = readlink(link, path, size - 1);

	if (n < 1 || n == (ssize_t)size - 1)
		return false;
	path[n] = '\0';
	return *path == '/' && !access(path, X_OK);
}

/* By itself, for its large room: few have the stack for the longest path. */
__attribute__((noinline)) static int
run_long_path(const char *link, char *const argv[], char *const envp[])
{
	char path[PATH_MAX];

	return name_of_link(link, path, sizeof(path))
		       ? run_command(path, argv, envp)
		       : (int)hook_result(child_refuse(ENOENT));
}

__attribute__((noinline)) static int
run_descriptor(const char *link, char *const argv[], char *const envp[])
{
	char path[1024];

	return name_of_link(link, path, sizeof(path))
		       ? run_command(path, argv, envp)
		       : run_long_path(link, argv, envp);
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	if (child_is_out_of_reach(path, envp))
		return is_own_descriptor(path)
			       ? run_descriptor(path, argv, envp)
			       : run_command(path, argv, envp);
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
	char *path = alloca(child_room(file));

	if (child_find(file, path) && child_is_out_of_reach(path, envp))
		return run_command(path, argv, envp);
	return real()->execvpe(file, argv, envp);
}

EXPORT int execvp(const char *file, char *const argv[])
{
	char *path = alloca(child_room(file));

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

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (child_is_out_of_reach(link, envp))
		return run_descriptor(link, argv, envp);
	return real()->fexecve(fd, argv, envp);
}

/* A path from a folder, or the descriptor itself (AT_EMPTY_PATH). */
EXPORT int execveat(int fd, const char *path, char *const argv[],
		    char *const envp[], int flags)
{
	char link[32 + 256];
	int n;

	if (fd == AT_FDCWD || *path == '/')
		return flags ? (int)real()->syscall(SYS_execveat, fd, path,
						    argv, envp, flags)
			     : execve(path, argv, envp);
	n = snprintf(link, sizeof(link), "/proc/self/fd/%d%s%s", fd,
		     *path ? "/" : "", path);
	if (n < (int)sizeof(link) && child_is_out_of_reach(link, envp))
		return *path ? run_command(link, argv, envp)
			     : run_descriptor(link, argv, envp);
	return (int)real()->syscall(SYS_execveat, fd, path, argv, envp, flags);
}

/* ---- posix_spawn --------------------------------------------------------- */

static int spawn_command(pid_t *pid, const char *path,
			 const posix_spawn_file_actions_t *actions,
			 const posix_spawnattr_t *attributes,
			 char *const argv[], char *const envp[])
{
	char **words = WORDS_FOR(argv);
	const char *command;
	int r;

	if (!words)
		return ENOMEM;
	command = child_command(AS_PATH(path), argv, words);
	r = real()->posix_spawn(pid, command, actions, attributes, words, envp);
	unmap_words(words, argv);
	return r ? -child_refuse(r) : 0;
}

/*
 * The child will be in another folder: noted in a place of the actions that both
 * C libraries leave alone, and glibc clears at first.
 */
#define MOVED		 0x74637632
#define MARK_OF(actions) ((actions)->__pad[15])

static int note_moved(posix_spawn_file_actions_t *actions, int r)
{
	if (!r)
		MARK_OF(actions) = MOVED;
	return r;
}

EXPORT int
posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions,
				     const char *path)
{
	return note_moved(actions,
			  real_late()->posix_spawn_file_actions_addchdir_np(
				  actions, path));
}

EXPORT int
posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *actions,
				      int fd)
{
	return note_moved(actions,
			  real_late()->posix_spawn_file_actions_addfchdir_np(
				  actions, fd));
}

/* By these names since POSIX.1-2024. */
int posix_spawn_file_actions_addchdir(posix_spawn_file_actions_t *actions,
				      const char *path);
int posix_spawn_file_actions_addfchdir(posix_spawn_file_actions_t *actions,
				       int fd);

EXPORT int
posix_spawn_file_actions_addchdir(posix_spawn_file_actions_t *actions,
				  const char *path)
{
	return posix_spawn_file_actions_addchdir_np(actions, path);
}

EXPORT int
posix_spawn_file_actions_addfchdir(posix_spawn_file_actions_t *actions, int fd)
{
	return posix_spawn_file_actions_addfchdir_np(actions, fd);
}

/* What is to be found in that folder the command looks at when it is there. */
static bool is_out_of_reach(const char *path,
			    const posix_spawn_file_actions_t *actions,
			    char *const envp[])
{
	if (actions && MARK_OF(actions) == MOVED && *path != '/')
		return child_has_library(envp);
	return child_is_out_of_reach(path, envp);
}

EXPORT int posix_spawn(pid_t *pid, const char *path,
		       const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[],
		       char *const envp[])
{
	if (is_out_of_reach(path, actions, envp))
		return spawn_command(pid, path, actions, attributes, argv,
				     envp);
	return real()->posix_spawn(pid, path, actions, attributes, argv, envp);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file,
			const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const argv[],
			char *const envp[])
{
	char *path = alloca(child_room(file));

	if (child_find(file, path) && is_out_of_reach(path, actions, envp))
		return spawn_command(pid, path, actions, attributes, argv,
				     envp);
	return real()->posix_spawnp(pid, file, actions, attributes, argv, envp);
}
