/* SPDX-License-Identifier: MIT */
/* Duplicates of a program's bound sockets: see others.h. */
#include <errno.h>
#include <unistd.h>

#include "redirect/kernel/descriptors.h"
#include "redirect/state/hints.h"
#include "redirect/state/listeners.h"
#include "redirect/state/tag.h"
#include "supervise/others.h"
#include "supervise/task.h"

static bool is_bound(int fd)
{
	int tag = tag_read(fd);

	return tag >= 0 && (tag & TAG_BOUND);
}

static void take_other(int number, void *arg)
{
	struct visit *visit = arg;
	int fd;

	if (number == visit->number || visit->n_others == VISIT_OTHERS)
		return;
	fd = task_descriptor(visit->tid, number);
	if (fd < 0)
		return;
	if (!is_bound(fd)) {
		close(fd);
		return;
	}
	hint_reset(fd, HINT_BORN | HINT_REDIRECTED);
	listeners_forget(fd);
	visit->others[visit->n_others].fd = fd;
	visit->others[visit->n_others++].number = number;
}

static int each(void (*visit)(int fd, void *arg), void *arg)
{
	struct visit *now = visit_now;
	int r = 0;

	if (!now)
		return -ENOENT;
	if (!now->n_others)
		r = task_each_number(now->tid, take_other, now);
	visit(now->fd, arg);
	for (unsigned i = 0; i < now->n_others; i++)
		visit(now->others[i].fd, arg);
	return r;
}

void others_begin(void)
{
	descriptors_from(each);
}

void others_close(struct visit *visit)
{
	for (unsigned i = 0; i < visit->n_others; i++)
		close(visit->others[i].fd);
	visit->n_others = 0;
}
