/* SPDX-License-Identifier: MIT */
/*
 * Epoll sets of a program: see sets.h.
 *
 * Where a registration is, /proc/PID/fdinfo/SET tells; that it is nowhere,
 * which is the rule, kcmp(2) says sooner, where it is allowed. It is made again
 * under its own number, which the key of the registration holds: in a thread
 * with a table of descriptors of its own (unshare(2)), where any number can be
 * had.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect/kernel/newer.h"
#include "redirect/swap/epoll.h"
#include "supervise/sets.h"
#include "supervise/task.h"

#define SETS_KNOWN 64

static int sets[SETS_KNOWN]; /* numbers plus 1; 0: free */
static bool distrusted;

void sets_distrust(void)
{
	__atomic_store_n(&distrusted, true, __ATOMIC_RELAXED);
}

int sets_is_known(int number)
{
	for (int i = 0; i < SETS_KNOWN; i++)
		if (__atomic_load_n(&sets[i], __ATOMIC_RELAXED) == number + 1)
			return 1;
	return 0;
}

void sets_note(int number)
{
	if (sets_is_known(number))
		return;
	for (int i = 0; i < SETS_KNOWN; i++) {
		int none = 0;

		if (__atomic_compare_exchange_n(&sets[i], &none, number + 1,
						false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return;
	}
	sets_distrust();
}

/* ---- where it is --------------------------------------------------------- */

struct set_search {
	pid_t tid;
	int fd, number;
	unsigned long inode;
	struct sets_saved *saved;
};

/* False: surely not in it. */
static bool may_be_in(const struct set_search *search, int set)
{
	struct kcmp_epoll_slot slot = {.efd = set, .tfd = search->number};
	long r = syscall(SYS_kcmp, search->tid, search->tid, KCMP_EPOLL_TFD,
			 search->number, &slot);

	return r == 0 ||
	       (r < 0 && errno != ENOENT && errno != EBADF && errno != EINVAL);
}

static bool parse_fdinfo(const char *line, const struct set_search *search,
			 struct epoll_event *event)
{
	const char *inode = strstr(line, "ino:");

	return inode && strtoul(inode + 4, NULL, 16) == search->inode &&
	       epoll_parse(line, search->number, event);
}

static bool take_registration(const struct set_search *search, int set,
			      struct epoll_event *event)
{
	char path[64], line[256];
	bool found = false;
	FILE *info;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", search->tid, set);
	info = fopen(path, "re");
	while (info && !found && fgets(line, sizeof(line), info))
		found = parse_fdinfo(line, search, event);
	if (info)
		fclose(info);
	return found;
}

static void look_in(int set, void *arg)
{
	struct set_search *search = arg;
	struct sets_saved *saved = search->saved;
	struct epoll_event event;
	int fd;

	if (saved->n == SETS_MAX || set == search->number ||
	    !may_be_in(search, set) || !take_registration(search, set, &event))
		return;
	fd = task_descriptor(search->tid, set);
	if (fd < 0)
		return;
	saved->in[saved->n].set = fd;
	saved->in[saved->n].fd = search->fd;
	saved->in[saved->n].number = search->number;
	saved->in[saved->n++].event = event;
}

static void find_set(struct set_search *search)
{
	if (__atomic_load_n(&distrusted, __ATOMIC_RELAXED)) {
		task_each_number(search->tid, look_in, search);
		return;
	}
	for (int i = 0; i < SETS_KNOWN; i++) {
		int set = __atomic_load_n(&sets[i], __ATOMIC_RELAXED);

		if (!set)
			return;
		look_in(set - 1, search);
	}
}

/* ---- changing it --------------------------------------------------------- */

struct change {
	int op;
	unsigned from; /* the first in saved */
	const struct sets_saved *saved;
};

/*
 * The lowest number above all that are to be used: the descriptors that are
 * needed meanwhile go there.
 */
static int above_all(const struct change *change)
{
	int above = 0;

	for (unsigned i = change->from; i < change->saved->n; i++)
		if (change->saved->in[i].number >= above)
			above = change->saved->in[i].number + 1;
	return above;
}

/*
 * Whoever joins a thread may go on before its descriptors are closed (do_exit()
 * in kernel/exit.c), so that is done here.
 */
static void *make_change(void *arg)
{
	const struct change *change = arg;
	const struct sets_saved *saved = change->saved;
	int sets_above[SETS_MAX], fds_above[SETS_MAX];
	int above = above_all(change);

	if (unshare(CLONE_FILES))
		return NULL;
	for (unsigned i = change->from; i < saved->n; i++) {
		sets_above[i] = fcntl(saved->in[i].set, F_DUPFD_CLOEXEC, above);
		fds_above[i] = fcntl(saved->in[i].fd, F_DUPFD_CLOEXEC, above);
	}
	for (unsigned i = change->from; i < saved->n; i++) {
		struct epoll_event event = saved->in[i].event;

		if (dup2(fds_above[i], saved->in[i].number) >= 0)
			epoll_ctl(sets_above[i], change->op,
				  saved->in[i].number, &event);
	}
	syscall(SYS_close_range, 0, ~0U, 0);
	return NULL;
}

static void change_all(struct change *change)
{
	pthread_t thread;

	if (change->from == change->saved->n)
		return;
	if (!pthread_create(&thread, NULL, make_change, change))
		pthread_join(thread, NULL);
}

void sets_take(pid_t tid, int fd, ino_t inode, int number,
	       struct sets_saved *saved)
{
	struct set_search search = {tid, fd, number, inode, saved};
	struct change change = {EPOLL_CTL_DEL, saved->n, saved};

	find_set(&search);
	change_all(&change);
}

void sets_restore(struct sets_saved *saved)
{
	struct change change = {EPOLL_CTL_ADD, 0, saved};

	change_all(&change);
	for (unsigned i = 0; i < saved->n; i++)
		close(saved->in[i].set);
	saved->n = 0;
}
