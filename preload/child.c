/* SPDX-License-Identifier: MIT */
/* Judges what is about to be run: see child.h. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload/child.h"
#include "redirect/kernel/real.h"
#include "redirect/report/sink.h"
#include "redirect/state/table.h"

#define LIBRARY	  "libtcp2vsock.so"
#define START	  256 /* of a file: what the kernel looks at of a "#!" line */
#define LINKS_MAX 5   /* of scripts that run scripts: execve(2) */

static char command[PATH_MAX];

void child_init(void)
{
	const char *path = secure_getenv("TCP2VSOCK_COMMAND");
	const char *engine = secure_getenv("TCP2VSOCK_ENGINE");

	if (!path || strlen(path) >= sizeof(command) ||
	    (engine && !strcmp(engine, "preload")))
		return;
	strcpy(command, path);
}

/* ---- the file ------------------------------------------------------------ */

static bool read_part(int fd, void *buf, size_t size, uint64_t offset)
{
	return offset <= INT64_MAX - START &&
	       pread(fd, buf, size, (off_t)offset) == (ssize_t)size;
}

/* The dynamic linker of musl has its name in its file's. */
static bool is_our_libc(const char *interp)
{
#ifdef __GLIBC__
	return !strstr(interp, "/ld-musl-");
#else
	return strstr(interp, "/ld-musl-") != NULL;
#endif
}

/* Of the Go linker: its identifier of the build. */
static bool is_go_note(int fd, const ElfW(Phdr) * segment)
{
	static const char owner[] = "Go";
	char name[sizeof(owner)];
	ElfW(Nhdr) note;
	uint64_t at = segment->p_offset;
	uint64_t end = at + segment->p_filesz;

	while (at + sizeof(note) <= end &&
	       read_part(fd, &note, sizeof(note), at)) {
		at += sizeof(note);
		if (note.n_namesz >= sizeof(owner) &&
		    read_part(fd, name, sizeof(name), at) &&
		    !memcmp(name, owner, sizeof(owner)))
			return true;
		at += ((uint64_t)note.n_namesz + 3) / 4 * 4 +
		      ((uint64_t)note.n_descsz + 3) / 4 * 4;
	}
	return false;
}

static bool has_interp(int fd, const ElfW(Phdr) * segment)
{
	char interp[256];
	size_t size = segment->p_filesz;

	if (size >= sizeof(interp) ||
	    !read_part(fd, interp, size, segment->p_offset))
		return false;
	interp[size] = '\0';
	return is_our_libc(interp) || access(interp, X_OK); /* ENOENT */
}

/*
 * Whether the dynamic linker of our libc starts it, and makes its calls; true,
 * too, for what execve(2) has an error for.
 */
static bool is_served(int fd, const ElfW(Ehdr) * header)
{
	ElfW(Phdr) segment;
	bool found = false;

	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return true; /* ENOEXEC */
	for (unsigned i = 0; i < header->e_phnum; i++) {
		if (!read_part(fd, &segment, sizeof(segment),
			       header->e_phoff + i * sizeof(segment)))
			return true; /* no program: the kernel says so */
		if (segment.p_type == PT_INTERP)
			found = has_interp(fd, &segment);
		if (segment.p_type == PT_NOTE && is_go_note(fd, &segment))
			return false;
	}
	return found;
}

/* The library's own header: ld(1) defines it. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static bool is_our_machine(const ElfW(Ehdr) * header)
{
	static const uint16_t one = 1;
	bool little = *(const unsigned char *)&one;

	return header->e_ident[EI_CLASS] ==
		       (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
	       header->e_ident[EI_DATA] ==
		       (little ? ELFDATA2LSB : ELFDATA2MSB) &&
	       header->e_machine == __ehdr_start.e_machine;
}

/* "#!": the path behind it, in place; NULL where there is none. */
static const char *interpreter(char line[START + 1], size_t size)
{
	char *path;

	line[size] = '\0';
	if (strncmp(line, "#!", 2) != 0)
		return NULL;
	path = line + 2 + strspn(line + 2, " \t");
	path[strcspn(path, " \t\n")] = '\0';
	return path;
}

enum judgement { SERVED, OUT_OF_REACH, IS_SCRIPT };

/* A script's interpreter is in next. */
static enum judgement judge_contents(int fd, char next[START])
{
	union {
		char text[START + 1];
		ElfW(Ehdr) header;
	} start;
	ssize_t n = pread(fd, &start, START, 0);
	const char *path;

	if (n >= (ssize_t)sizeof(start.header) &&
	    !memcmp(start.text, ELFMAG, SELFMAG))
		return is_our_machine(&start.header) &&
				       is_served(fd, &start.header)
			       ? SERVED
			       : OUT_OF_REACH;
	path = n > 2 ? interpreter(start.text, (size_t)n) : NULL;
	if (!path)
		return SERVED;
	strcpy(next, path);
	return IS_SCRIPT;
}

static bool is_privileged(int fd)
{
	struct stat st;

	return fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	       (st.st_mode & S_ISUID) ||
	       (st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP);
}

/*
 * One that can't be opened may be run all the same, and so be anything; what
 * can't be run libc says.
 */
static enum judgement judge_program(const char *path, char next[START])
{
	enum judgement found = SERVED;
	int fd;

	if (access(path, X_OK))
		return SERVED;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return OUT_OF_REACH;
	if (!is_privileged(fd))
		found = judge_contents(fd, next);
	real()->close(fd);
	return found;
}

/* ---- the environment ----------------------------------------------------- */

static bool begins_with(const char *text, const char *name)
{
	return !strncmp(text, name, strlen(name));
}

/* The library, and rules for it. */
static bool has_library(char *const envp[])
{
	bool library = false, rules = false;

	for (; envp && *envp; envp++) {
		library |= begins_with(*envp, "LD_PRELOAD=") &&
			   strstr(*envp, LIBRARY);
		rules |= begins_with(*envp, "TCP2VSOCK_MAP=") ||
			 begins_with(*envp, "TCP2VSOCK_CONFIG=");
	}
	return library && rules;
}

bool child_has_library(char *const envp[])
{
	return *command && table_get() && has_library(envp);
}

bool child_is_out_of_reach(const char *path, char *const envp[])
{
	char next[START];
	enum judgement found;
	int saved = errno;

	if (!path || !child_has_library(envp))
		return false;
	found = judge_program(path, next);
	for (int i = 0; i < LINKS_MAX && found == IS_SCRIPT; i++)
		found = judge_program(next, next);
	errno = saved;
	return found == OUT_OF_REACH;
}

/* ---- the way there ------------------------------------------------------- */

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static void join_path(char *path, const char *folder, size_t length,
		      const char *file)
{
	memcpy(path, folder, length);
	path[length] = '/';
	strcpy(path + length + !!length, file);
}

static const char *folders(void)
{
	const char *list = getenv("PATH");

	return list ? list : "/bin:/usr/bin";
}

size_t child_room(const char *file)
{
	return strlen(folders()) + strlen(file) + 2;
}

bool child_find(const char *file, char *path)
{
	const char *list = folders();
	int saved = errno;
	bool found = false;

	if (strchr(file, '/')) {
		strcpy(path, file);
		return true;
	}
	while (*file && !found) {
		size_t length = strcspn(list, ":");

		join_path(path, list, length, file);
		found = is_program(path);
		if (!list[length])
			break;
		list += length + 1;
	}
	errno = saved;
	return found;
}

size_t child_count(char *const argv[])
{
	size_t n = 0;

	while (argv && argv[n])
		n++;
	return n;
}

const char *child_command(const char *path, char *const argv[], char **words)
{
	size_t n = child_count(argv);

	words[0] = "tcp2vsock";
	words[1] = "--engine=auto"; /* whatever the environment says */
	words[2] = "--argv0";
	words[3] = n ? argv[0] : (char *)path;
	words[4] = "--";
	words[5] = (char *)path;
	for (size_t i = 1; i < n; i++)
		words[CHILD_WORDS + i - 1] = argv[i];
	words[CHILD_WORDS + (n ? n - 1 : 0)] = NULL;
	return command;
}

int child_refuse(int error)
{
	static bool said;

	if (error != ENOENT && error != EACCES && error != ENOTDIR)
		return -error;
	sink_complain(&said,
		      "a program that the library does not reach is not run, "
		      "since the command (TCP2VSOCK_COMMAND) can't be; "
		      "\"tcp2vsock --engine=supervise\" does without it");
	return -EACCES;
}
