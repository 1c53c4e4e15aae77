/* SPDX-License-Identifier: MIT */
/* The call that a thread is serving: see visit.h. */
#include <fcntl.h>
#include <unistd.h>

#include "redirect/report/sink.h"
#include "redirect/state/hints.h"
#include "supervise/task.h"
#include "supervise/visit.h"

__thread struct visit *visit_now;

bool visit_is_ours(const struct visit *visit)
{
	return visit->flags & HINT_REDIRECTED;
}

bool visit_may_wait(const struct visit *visit)
{
	return !(fcntl(visit->fd, F_GETFL) & O_NONBLOCK);
}

void visit_speaker(struct sink_speaker *speaker, int fd)
{
	static __thread char name[32];
	const struct visit *visit = visit_now;

	speaker->tid = visit ? visit->tid : getpid();
	speaker->pid = visit ? task_leader(visit->tid) : getpid();
	task_name(speaker->pid, name, sizeof(name));
	speaker->name = name;
	speaker->number = visit && fd == visit->fd ? visit->number : fd;
}
