/* SPDX-License-Identifier: MIT */
/* getsockopt() and setsockopt() of a supervised program. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "redirect/calls/options.h"
#include "redirect/report/report.h"
#include "redirect/state/hints.h"
#include "supervise/known.h"
#include "supervise/parked.h"
#include "supervise/serve.h"
#include "supervise/task.h"

/* No option of ours is longer, and the kernel reads no more of one. */
#define VALUE_MAX 16384

/* Where nothing is mapped: the kernel says of it what it says of any such. */
#define BAD_POINTER ((void *)8)

static int level_of(const struct visit *visit)
{
	return (int)visit->args[1];
}

static int option_of(const struct visit *visit)
{
	return (int)visit->args[2];
}

/* Their values hold pointers, or numbers, of the program's own. */
static bool is_programs_own(const struct visit *visit)
{
	int option = option_of(visit);

	return level_of(visit) == SOL_SOCKET &&
	       (option == SO_ATTACH_FILTER || option == SO_ATTACH_BPF ||
		option == SO_ATTACH_REUSEPORT_CBPF ||
		option == SO_ATTACH_REUSEPORT_EBPF);
}

static long get_without_length(const struct visit *visit)
{
	return options_get(visit->fd, level_of(visit), option_of(visit),
			   BAD_POINTER, BAD_POINTER);
}

static int get_told(const struct visit *visit, void *value, socklen_t *len)
{
	int level = level_of(visit), option = option_of(visit), r;
	struct report report;

	report_begin(&report);
	r = options_get(visit->fd, level, option, value, len);
	if (!r && level == SOL_SOCKET && option == SO_ERROR &&
	    *len == sizeof(int))
		report_end(&report, REPORT_SO_ERROR, visit->fd, NULL, 0,
			   -*(int *)value);
	return r;
}

long serve_getsockopt(struct visit *visit)
{
	_Alignas(int) char value[VALUE_MAX];
	socklen_t len;
	int r;

	if (!visit_is_ours(visit) || is_programs_own(visit))
		return GO_ON;
	if (task_read(visit->tid, &len, visit->args[4], sizeof(len)))
		return get_without_length(visit);
	if ((int)len > VALUE_MAX)
		len = VALUE_MAX;
	if (parked_connect(visit->cookie) >= 0)
		hint_add(visit->fd, HINT_CONNECTING);
	r = get_told(visit, value, &len);
	return r ? r
		 : task_write_sized(visit->tid, visit->args[3], value, len,
				    visit->args[4], len);
}

/* Before the socket is redirected; the kernel has yet to say what it thinks. */
static long note_option(const struct visit *visit)
{
	int level = level_of(visit), option = option_of(visit), value = 1;

	if (options_is_switch(level, option))
		task_read(visit->tid, &value, visit->args[3], sizeof(value));
	options_note(visit->fd, level, option, &value, sizeof(value));
	return GO_ON;
}

/*
 * A value of which only the start can be read, at the end of what can be read
 * here: the kernel knows how much of it an option takes.
 */
static long set_at_edge(const struct visit *visit, const char *value,
			size_t there, socklen_t len)
{
	size_t half = 64 * 1024; /* of any machine's pages */
	char *room = mmap(NULL, 2 * half, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long r = -ENOBUFS;

	if (room == MAP_FAILED)
		return r;
	if (!mprotect(room, half, PROT_READ | PROT_WRITE)) {
		memcpy(room + half - there, value, there);
		r = options_set(visit->fd, level_of(visit), option_of(visit),
				room + half - there, len);
	}
	munmap(room, 2 * half);
	return r;
}

long serve_setsockopt(struct visit *visit)
{
	socklen_t len = (socklen_t)visit->args[4];
	char value[VALUE_MAX];
	size_t there;

	if (!visit_is_ours(visit))
		return note_option(visit);
	if (is_programs_own(visit))
		return GO_ON;
	if ((int)len > VALUE_MAX)
		len = VALUE_MAX;
	there = (int)len > 0
			? task_read_some(visit->tid, value, visit->args[3], len)
			: 0;
	if (there && there < len)
		return set_at_edge(visit, value, there, len);
	return options_set(visit->fd, level_of(visit), option_of(visit),
			   there ? value : BAD_POINTER, len);
}
