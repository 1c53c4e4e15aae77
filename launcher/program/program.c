/* SPDX-License-Identifier: MIT */
/*
 * What execvp(3) would run. Three loops that mirror their models: the walk
 * through PATH (glibc's posix/execvpe.c), the "#!" line (the kernel's
 * fs/binfmt_script.c), and env(1) in such a line.
 */
#include "launcher/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/program/privilege.h"

/* BINPRM_BUF_SIZE, and the depth that exec_binprm() allows. */
#define HEAD_SIZE 256
#define DEPTH_MAX 5

struct program_search {
	const struct library *library;
	struct program *program;
	int depth;
};

static int find_in_path(struct program_search *search, const char *command);
static int inspect(struct program_search *search, const char *path);

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* ---- The end of the chain: a binary ---------------------------------- */

static unsigned judge(struct program_search *search,
		      const struct elf_facts *elf)
{
	unsigned misfit =
		library_for(search->library, elf, search->program->preload);
	unsigned flaws = 0;

	if (misfit & LIBRARY_OTHER_MACHINE)
		return PROGRAM_FOREIGN;
	if (elf->go)
		flaws |= PROGRAM_GO;
	if (elf->pascal)
		flaws |= PROGRAM_PASCAL;
	/* A dynamic build of those two would be no better. */
	if (!elf->interp[0])
		flaws |= flaws ? 0 : PROGRAM_STATIC;
	else if (misfit & LIBRARY_OTHER_LIBC)
		flaws |= PROGRAM_OTHER_LIBC;
	return flaws;
}

static int inspect_binary(struct program_search *search, int fd,
			  const struct stat *st)
{
	struct program *program = search->program;
	struct elf_facts elf;
	int ret = elf_read(fd, &elf);

	if (ret < 0)
		return ret;
	program->flaws |= judge(search, &elf);
	if (privilege_is_raised(program->path, st))
		program->flaws |= PROGRAM_PRIVILEGED;
	if (program->flaws || access(elf.interp, F_OK) == 0)
		return 0;
	ret = -errno;
	strcpy(program->path, elf.interp);
	return ret;
}

/* ---- Scripts --------------------------------------------------------- */

/*
 * Splits a "#!" line into the interpreter and its one argument ("" if none),
 * in place. false: the kernel would not take it for a script.
 */
static bool split_script_line(char head[HEAD_SIZE + 1], char **interp,
			      char **arg)
{
	char *end = memchr(head, '\n', HEAD_SIZE);
	char *at = head + 2 + strspn(head + 2, " \t");

	if (!end) {
		end = head + strnlen(head, HEAD_SIZE);
		if (end == head + HEAD_SIZE && !strpbrk(at, " \t"))
			return false;
	}
	while (end > head + 2 && is_blank(end[-1]))
		end--;
	*end = '\0';
	if (at >= end)
		return false;
	*interp = at;
	at += strcspn(at, " \t");
	if (*at)
		*at++ = '\0';
	*arg = at + strspn(at, " \t");
	return true;
}

static bool is_env(const char *path)
{
	const char *base = strrchr(path, '/');

	return strcmp(base ? base + 1 : path, "env") == 0;
}

/*
 * The command in an argument of env: "CMD", or "-S [NAME=VALUE]... CMD ...".
 * NULL: none that can be told from here.
 */
static char *env_command(char *arg)
{
	char *word, *rest;

	if (*arg != '-')
		return *arg ? arg : NULL;
	if (strncmp(arg, "-S", 2) == 0)
		arg += 2;
	else if (strncmp(arg, "--split-string=", 15) == 0)
		arg += 15;
	else
		return NULL;
	for (word = strtok_r(arg, " \t", &rest); word && strchr(word, '=');
	     word = strtok_r(NULL, " \t", &rest))
		;
	return word && *word != '-' ? word : NULL;
}

/* What env then finds, or not, changes nothing in that env itself runs. */
static void inspect_behind_env(struct program_search *search, char *arg)
{
	struct program *program = search->program;
	struct program env = *program;
	const char *command = env_command(arg);

	if (command && find_in_path(search, command) < 0)
		*program = env;
}

static int inspect_script(struct program_search *search, const char *interp,
			  char *arg)
{
	int ret = inspect(search, interp);

	if (ret == 0 && !search->program->flaws && is_env(interp))
		inspect_behind_env(search, arg);
	return ret;
}

/* ---- One file -------------------------------------------------------- */

/* -ENOEXEC of execve() makes execvp() give the file to the shell. */
static int inspect_text(struct program_search *search, char head[HEAD_SIZE + 1])
{
	char *interp, *arg;

	if (memcmp(head, "#!", 2) == 0 &&
	    split_script_line(head, &interp, &arg))
		return inspect_script(search, interp, arg);
	return inspect(search, _PATH_BSHELL);
}

static int inspect_open(struct program_search *search, int fd,
			const struct stat *st)
{
	char head[HEAD_SIZE + 1] = "";
	ssize_t n = pread(fd, head, HEAD_SIZE, 0);

	if (n < 0)
		return -errno;
	if (n >= 4 && memcmp(head, "\177ELF", 4) == 0)
		return inspect_binary(search, fd, st);
	return inspect_text(search, head);
}

/* A file that may be run but not read can be judged by its mode alone. */
static int inspect_unreadable(struct program_search *search,
			      const struct stat *st)
{
	struct program *program = search->program;

	program->flaws |= privilege_is_raised(program->path, st)
				  ? PROGRAM_PRIVILEGED
				  : PROGRAM_UNREADABLE;
	return 0;
}

static int inspect_regular(struct program_search *search, const char *path)
{
	struct stat st;
	int fd, ret;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0)
		return -errno;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == EACCES ? inspect_unreadable(search, &st)
				       : -errno;
	ret = inspect_open(search, fd, &st);
	close(fd);
	return ret;
}

static int inspect(struct program_search *search, const char *path)
{
	struct program *program = search->program;

	if (search->depth++ > DEPTH_MAX)
		return -ELOOP;
	if (strlen(path) >= sizeof(program->path))
		return -ENAMETOOLONG;
	snprintf(program->path, sizeof(program->path), "%s", path);
	return inspect_regular(search, program->path);
}

/* ---- PATH ------------------------------------------------------------ */

/* The errors after which execvp() tries the next folder of PATH. */
static bool goes_on_after(int error)
{
	return error == -EACCES || error == -ENOENT || error == -ESTALE ||
	       error == -ENOTDIR || error == -ENODEV || error == -ETIMEDOUT;
}

/* An empty element means the working directory. */
static int try_folder(struct program_search *search, const char *folder,
		      size_t length, const char *command)
{
	char path[PATH_MAX];
	int depth = search->depth;
	int ret;

	if (length + strlen(command) + 2 > sizeof(path))
		return -ENOENT;
	snprintf(path, sizeof(path), "%.*s%s%s", (int)length, folder,
		 length ? "/" : "", command);
	ret = inspect(search, path);
	if (ret < 0)
		search->depth = depth;
	return ret;
}

static int walk_path(struct program_search *search, const char *path,
		     const char *command)
{
	bool denied = false;
	int ret;

	for (;; path++) {
		size_t length = strcspn(path, ":");

		ret = try_folder(search, path, length, command);
		if (ret == 0 || !goes_on_after(ret))
			return ret;
		denied = denied || ret == -EACCES;
		path += length;
		if (!*path)
			return denied ? -EACCES : ret;
	}
}

static int find_in_path(struct program_search *search, const char *command)
{
	const char *path = getenv("PATH");

	if (!*command)
		return -ENOENT;
	if (strchr(command, '/'))
		return inspect(search, command);
	if (strlen(command) > NAME_MAX)
		return -ENAMETOOLONG;
	return walk_path(search, path ? path : "/bin:/usr/bin", command);
}

int program_find(const char *command, const struct library *library,
		 struct program *program)
{
	struct program_search search = {.library = library, .program = program};

	memset(program, 0, sizeof(*program));
	return find_in_path(&search, command);
}
