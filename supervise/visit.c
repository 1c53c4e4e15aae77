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

/* What each process has been told of; the latest has the place. */
#define PROCESSES 1024

static struct {
	pid_t pid;
	unsigned lines;		  /* a bit each */
	unsigned long long start; /* pids come again */
} told[PROCESSES];
static pthread_mutex_t told_mutex = PTHREAD_MUTEX_INITIALIZER;

bool visit_is_first(int line)
{
	pid_t pid = visit_now ? task_leader(visit_now->tid) : getpid();
	unsigned long long start = task_start(pid);
	unsigned at = (unsigned)pid % PROCESSES, bit = 1U << line;
	bool is_first;

	pthread_mutex_lock(&told_mutex);
	if (told[at].pid != pid || told[at].start != start)
		told[at].lines = 0;
	told[at].pid = pid;
	told[at].start = start;
	is_first = !(told[at].lines & bit);
	told[at].lines |= bit;
	pthread_mutex_unlock(&told_mutex);
	return is_first;
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
