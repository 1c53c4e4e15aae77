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
#include "redirect/kernel/room.h"
#include "redirect/state/hints.h"
#include "redirect/swap/epoll.h"

#define SETS HINT_NUMBERS /* numbers above are not remembered */
#define MORE 4096

static uint64_t sets[SETS / 64]; /* a bit for each number seen to be one */
static int highest_set;
static bool sets_overflow;
static bool distrusted;
static bool any_inherited;

static void remember_set(int epfd)
{
	int now = __atomic_load_n(&highest_set, __ATOMIC_RELAXED);

	if ((unsigned)epfd >= SETS) {
		__atomic_store_n(&sets_overflow, true, __ATOMIC_RELAXED);
		return;
	}
	while (epfd > now &&
	       !__atomic_compare_exchange_n(&highest_set, &now, epfd, true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	__atomic_or_fetch(&sets[epfd / 64], 1ULL << epfd % 64,
			  __ATOMIC_RELAXED);
}

static bool is_known_set(int epfd)
{
	return (unsigned)epfd < SETS &&
	       (__atomic_load_n(&sets[epfd / 64], __ATOMIC_RELAXED) >>
			epfd % 64 &
		1);
}

void epoll_copied(int fd, int copy)
{
	if (copy >= 0 && is_known_set(fd))
		remember_set(copy);
}

/*
 * Of numbers in several sets, for where /proc does not tell: the last that was
 * seen in each place.
 */
static struct more {
	int fd;
	struct hint_epoll registration;
} more[MORE];

static struct more *more_at(int fd, int epfd)
{
	return &more[((unsigned)fd * 31 + (unsigned)epfd) % MORE];
}

static void remember_more(int fd, const struct hint_epoll *registration)
{
	struct more *place = more_at(fd, registration->epfd);

	place->registration = *registration;
	place->fd = fd;
}

static void remember_registration(int fd, int epfd,
				  const struct epoll_event *event)
{
	struct hint_epoll now = {epfd, *event}, other;

	if (hint_epoll_get(fd, &other) && other.epfd != epfd) {
		remember_more(fd, &other);
		remember_more(fd, &now);
	} else if (hint_get(fd) & HINT_EPOLL_MANY) {
		remember_more(fd, &now);
	}
	hint_epoll_set(fd, epfd, event);
}

static bool recall(int fd, int epfd, struct epoll_event *event)
{
	struct hint_epoll seen;
	struct more *place = more_at(fd, epfd);

	if (hint_epoll_get(fd, &seen) && seen.epfd == epfd) {
		*event = seen.event;
		return true;
	}
	if (place->fd != fd || place->registration.epfd != epfd)
		return false;
	*event = place->registration.event;
	return true;
}

void epoll_note(int epfd, int op, int fd, const struct epoll_event *event)
{
	if (op == EPOLL_CTL_DEL) {
		hint_epoll_forget(fd, epfd);
		return;
	}
	remember_set(epfd);
	if (event)
		remember_registration(fd, epfd, event);
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

bool epoll_parse(const char *line, int fd, struct epoll_event *event)
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
		if (epoll_parse(line, fd, event))
			return true;
		line = newline + 1;
	}
	*len -= line - text;
	memmove(text, line, *len);
	return false;
}

/* What the kernel says of fd in the set epfd; else what was seen. */
static bool read_registration(int epfd, int fd, struct epoll_event *event)
{
	char path[64], *text;
	size_t len = 0;
	ssize_t n;
	bool found = false;
	int info;

	descriptors_path(path, "/proc/self/fdinfo", epfd);
	info = own_open(path, O_RDONLY);
	if (info < 0)
		return recall(fd, epfd, event);
	text = room_take();
	while (text && !found &&
	       (n = real()->syscall(SYS_read, info, text + len,
				    ROOM_SIZE - 1 - len)) > 0) {
		len += n;
		found = parse_lines(text, &len, fd, event);
	}
	own_close(info);
	if (!text)
		return recall(fd, epfd, event);
	room_give(text);
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

static void each_known_set(void (*visit)(int epfd, void *arg), void *arg)
{
	int end = __atomic_load_n(&highest_set, __ATOMIC_RELAXED);

	for (int epfd = 0; epfd <= end; epfd++)
		if (is_known_set(epfd))
			visit(epfd, arg);
}

static void search_known(int epfd, void *arg)
{
	struct search *search = arg;

	save_from_kernel(search->saved, epfd, search->fd);
}

static void scan_known(struct epoll_saved *saved, int fd)
{
	struct search search = {saved, fd};

	each_known_set(search_known, &search);
}

/* Every epoll set among our descriptors, hooked or not. */
static void scan_sets(struct epoll_saved *saved, int fd)
{
	struct search search = {saved, fd};

	if (descriptors_each(search_set, &search))
		scan_known(saved, fd);
}

void epoll_inherited(int fd)
{
	if (!is_epoll(fd) || is_known_set(fd))
		return;
	remember_set(fd);
	__atomic_store_n(&any_inherited, true, __ATOMIC_RELAXED);
}

static bool is_set(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_RELAXED);
}

/*
 * What was seen of a number that socket() gave is all there is; any other may
 * be in a set from before this library was loaded (inherited.h).
 */
static void collect(int fd, struct epoll_saved *saved)
{
	unsigned flags = hint_get(fd);
	struct hint_epoll seen;
	bool one_shot = false;

	if (hint_epoll_get(fd, &seen))
		one_shot = seen.event.events & EPOLLONESHOT;
	if (is_set(&distrusted) || is_set(&sets_overflow))
		scan_sets(saved, fd);
	else if ((flags & HINT_EPOLL_MANY) || one_shot ||
		 (!(flags & HINT_BORN) && is_set(&any_inherited)))
		scan_known(saved, fd);
	else if (hint_epoll_get(fd, &seen))
		save(saved, seen.epfd, &seen.event);
}

struct moved {
	struct hint_epoll *registration;
	int fd;
	bool taken;
};

static bool take_from(int epfd, int fd)
{
	struct epoll_event ignored = {0};

	return !real()->epoll_ctl(epfd, EPOLL_CTL_DEL, fd, &ignored);
}

static void look_in_set(int epfd, void *arg)
{
	struct moved *moved = arg;

	if (moved->taken || !take_from(epfd, moved->fd))
		return;
	moved->taken = true;
	moved->registration->epfd = epfd;
}

/* The set may have another number than when it was seen. */
static bool take_one(int fd, struct hint_epoll *registration, bool is_only)
{
	struct moved moved = {registration, fd, false};

	moved.taken = take_from(registration->epfd, fd);
	if (!moved.taken && is_only)
		each_known_set(look_in_set, &moved);
	return moved.taken;
}

/* In the same memory: a handler's stack is small. */
void epoll_take(int fd, struct epoll_saved *saved)
{
	unsigned n;

	saved->n = 0;
	collect(fd, saved);
	n = saved->n;
	saved->n = 0;
	for (unsigned i = 0; i < n; i++)
		if (take_one(fd, &saved->in[i], n == 1))
			saved->in[saved->n++] = saved->in[i];
}

uint32_t epoll_asked(int fd, uint32_t events)
{
	const unsigned of_end = HINT_HANGS_UP | HINT_EPOLL_MANY;

	return (hint_get(fd) & of_end) == HINT_HANGS_UP &&
			       !(events &
				 (EPOLLIN | EPOLLRDNORM | EPOLLEXCLUSIVE))
		       ? events | EPOLLRDHUP
		       : events;
}

void epoll_give(int fd, const struct epoll_saved *saved)
{
	for (unsigned i = 0; i < saved->n; i++) {
		struct epoll_event event = saved->in[i].event, asked = event;

		asked.events = epoll_asked(fd, event.events);
		real()->epoll_ctl(saved->in[i].epfd, EPOLL_CTL_ADD, fd, &asked);
		hint_epoll_set(fd, saved->in[i].epfd, &event);
	}
}
