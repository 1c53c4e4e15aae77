/* SPDX-License-Identifier: MIT */
/* Moves epoll registrations from one socket to another: see epoll.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect/kernel/descriptors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/state/hints.h"
#include "redirect/swap/epoll.h"

#define SETS_KNOWN 64

static int sets[SETS_KNOWN]; /* numbers plus 1; 0: free */
static bool sets_overflow;
static bool distrusted;

static void remember_set(int epfd)
{
	for (int i = 0; i < SETS_KNOWN; i++) {
		int free_place = 0;
		int value = __atomic_load_n(&sets[i], __ATOMIC_RELAXED);

		if (value == epfd + 1)
			return;
		if (value == 0 &&
		    __atomic_compare_exchange_n(&sets[i], &free_place, epfd + 1,
						false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return;
	}
	__atomic_store_n(&sets_overflow, true, __ATOMIC_RELAXED);
}

void epoll_note(int epfd, int op, int fd, const struct epoll_event *event)
{
	if (op == EPOLL_CTL_DEL) {
		hint_epoll_forget(fd, epfd);
		return;
	}
	remember_set(epfd);
	if (event)
		hint_epoll_set(fd, epfd, event);
}

void epoll_distrust(void)
{
	__atomic_store_n(&distrusted, true, __ATOMIC_RELAXED);
}

static void save(struct epoll_saved *saved, int epfd,
		 const struct epoll_event *event)
{
	if (saved->n == EPOLL_SETS_MAX)
		return;
	saved->in[saved->n].epfd = epfd;
	saved->in[saved->n].event = *event;
	saved->n++;
}

/*
 * One line of /proc/PID/fdinfo/EPFD (fs/eventpoll.c, ep_show_fdinfo()):
 * "tfd:        5 events:       19 data:                5  pos:0 ino:..."
 */
static bool parse_line(const char *line, int fd, struct epoll_event *event)
{
	const char *events = strstr(line, "events:");
	const char *data = strstr(line, "data:");

	if (strncmp(line, "tfd:", 4) != 0 || !events || !data ||
	    strtol(line + 4, NULL, 10) != fd)
		return false;
	event->events = strtoul(events + 7, NULL, 16);
	event->data.u64 = strtoull(data + 5, NULL, 16);
	return true;
}

/* Looks through what has been read; keeps the unfinished line at the end. */
static bool parse_lines(char *text, size_t *len, int fd,
			struct epoll_event *event)
{
	char *line = text, *newline;

	text[*len] = '\0';
	while ((newline = strchr(line, '\n'))) {
		*newline = '\0';
		if (parse_line(line, fd, event))
			return true;
		line = newline + 1;
	}
	*len -= line - text;
	memmove(text, line, *len);
	return false;
}

/* What the kernel says of fd in the set epfd. */
static bool read_registration(int epfd, int fd, struct epoll_event *event)
{
	char path[64], text[4096];
	size_t len = 0;
	ssize_t n;
	bool found = false;
	int info;

	descriptors_path(path, "/proc/self/fdinfo", epfd);
	info = own_open(path, O_RDONLY);
	if (info < 0)
		return false;
	while (!found && (n = real()->syscall(SYS_read, info, text + len,
					      sizeof(text) - 1 - len)) > 0) {
		len += n;
		found = parse_lines(text, &len, fd, event);
	}
	own_close(info);
	return found;
}

static void save_from_kernel(struct epoll_saved *saved, int epfd, int fd)
{
	struct epoll_event event;

	for (unsigned i = 0; i < saved->n; i++)
		if (saved->in[i].epfd == epfd)
			return;
	if (read_registration(epfd, fd, &event))
		save(saved, epfd, &event);
}

static bool is_epoll(int fd)
{
	static const char target[] = "anon_inode:[eventpoll]";
	char path[64], text[64];
	ssize_t n;

	descriptors_path(path, "/proc/self/fd", fd);
	n = readlink(path, text, sizeof(text));
	return n == sizeof(target) - 1 && !memcmp(text, target, n);
}

struct search {
	struct epoll_saved *saved;
	int fd;
};

static void search_set(int epfd, void *arg)
{
	struct search *search = arg;

	if (is_epoll(epfd))
		save_from_kernel(search->saved, epfd, search->fd);
}

/* Every epoll set among our descriptors, hooked or not. */
static void scan_sets(struct epoll_saved *saved, int fd)
{
	struct search search = {saved, fd};

	descriptors_each(search_set, &search);
}

static void scan_known(struct epoll_saved *saved, int fd)
{
	for (int i = 0; i < SETS_KNOWN; i++) {
		int set = __atomic_load_n(&sets[i], __ATOMIC_RELAXED);

		if (set)
			save_from_kernel(saved, set - 1, fd);
	}
}

/*
 * What was seen of a number that socket() gave is all there is; any other may
 * have been registered before this library was loaded, or in the parent.
 */
static void collect(int fd, struct epoll_saved *saved)
{
	unsigned flags = hint_get(fd);
	struct hint_epoll seen;
	bool one_shot = false;

	if (hint_epoll_get(fd, &seen))
		one_shot = seen.event.events & EPOLLONESHOT;
	if (!(flags & HINT_BORN) ||
	    __atomic_load_n(&distrusted, __ATOMIC_RELAXED) ||
	    __atomic_load_n(&sets_overflow, __ATOMIC_RELAXED))
		scan_sets(saved, fd);
	else if ((flags & HINT_EPOLL_MANY) || one_shot)
		scan_known(saved, fd);
	else if (hint_epoll_get(fd, &seen))
		save(saved, seen.epfd, &seen.event);
}

void epoll_take(int fd, struct epoll_saved *saved)
{
	struct epoll_saved all = {0};
	struct epoll_event ignored = {0};

	saved->n = 0;
	collect(fd, &all);
	for (unsigned i = 0; i < all.n; i++)
		if (!real()->epoll_ctl(all.in[i].epfd, EPOLL_CTL_DEL, fd,
				       &ignored))
			save(saved, all.in[i].epfd, &all.in[i].event);
}

void epoll_give(int fd, const struct epoll_saved *saved)
{
	for (unsigned i = 0; i < saved->n; i++) {
		struct epoll_event event = saved->in[i].event;

		real()->epoll_ctl(saved->in[i].epfd, EPOLL_CTL_ADD, fd, &event);
		hint_epoll_set(fd, saved->in[i].epfd, &event);
	}
}
