/* SPDX-License-Identifier: MIT */
/* Takes a socket over from another process: see elsewhere.h. */
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/digits.h"
#include "redirect/kernel/descriptors.h"
#include "redirect/kernel/elsewhere.h"
#include "redirect/kernel/newer.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"

#define PATH_SIZE 64

struct elsewhere_search {
	char target[PATH_SIZE]; /* "socket:[INODE]" */
	char folder[PATH_SIZE]; /* "/proc/PID/fd" */
	int process;
	int found; /* a descriptor, or -1 */
};

static int take(int process, int number)
{
	int pidfd = (int)real()->syscall(SYS_pidfd_open, process, 0);
	int fd;

	if (pidfd < 0)
		return -1;
	fd = (int)real()->syscall(SYS_pidfd_getfd, pidfd, number, 0);
	real()->close(pidfd);
	if (fd >= 0)
		own_take(fd);
	return fd;
}

static void look_at_number(int number, void *arg)
{
	char path[PATH_SIZE], target[PATH_SIZE];
	struct elsewhere_search *search = arg;
	ssize_t n;

	if (search->found >= 0)
		return;
	descriptors_path(path, search->folder, number);
	n = readlink(path, target, sizeof(target));
	if (n == (ssize_t)strlen(search->target) &&
	    !memcmp(target, search->target, n))
		search->found = take(search->process, number);
}

static void look_through_process(int process, void *arg)
{
	struct elsewhere_search *search = arg;

	if (search->found >= 0 || process <= 0 || process == getpid())
		return;
	search->process = process;
	descriptors_path(search->folder, "/proc", process);
	strcat(search->folder, "/fd");
	descriptors_each_in(search->folder, look_at_number, search);
}

int elsewhere_take(uint32_t inode)
{
	char digits[DIGITS_SIZE + 1], *end = digits + DIGITS_SIZE;
	struct elsewhere_search search = {.found = -1};

	*end = '\0';
	strcpy(search.target, "socket:[");
	strcat(search.target, digits_before(end, inode, 10));
	strcat(search.target, "]");
	descriptors_each_in("/proc", look_through_process, &search);
	return search.found;
}
