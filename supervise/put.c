/* SPDX-License-Identifier: MIT */
/*
 * The engine puts a socket under a number with dup3(2). Where that number is
 * our duplicate of a program's descriptor, the socket is put under the
 * program's number first, and under its other numbers for the same socket.
 *
 * The number may be another socket's by now: another thread has closed it. So
 * it is compared directly before, and the call fails quietly if it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "redirect/state/remembered.h"
#include "supervise/known.h"
#include "supervise/libc_calls.h"
#include "supervise/parked.h"
#include "supervise/place.h"
#include "supervise/put.h"
#include "supervise/task.h"
#include "supervise/visit.h"

static struct real_calls calls;

/* One number of the program for the socket `old`, which is to be `new`. */
struct exchange {
	struct visit *visit;
	int old, new;
	int number; /* the one that the call is about */
	ino_t inode;
};

static bool is_still(const struct exchange *exchange, int number)
{
	int fd = task_descriptor(exchange->visit->tid, number);
	bool same;

	if (fd < 0)
		return false;
	same = remembered_cookie(fd) == remembered_cookie(exchange->old);
	close(fd);
	return same;
}

/* may() is asked directly before, each time that the call comes again. */
static int put_at(const struct exchange *exchange, int number,
		  bool (*may)(const struct exchange *exchange, int number))
{
	struct visit *visit = exchange->visit;
	uint64_t id;
	int r;

	sets_take(visit->tid, exchange->old, number, &visit->sets);
	do {
		id = visit->notice.is.id;
		if (!may(exchange, number))
			return -EBADF;
		r = notice_put(&visit->notice, number, exchange->new,
			       task_closes_on_exec(visit->tid, number));
	} while (r == -ENOENT && parked_again(visit, id, true));
	return r;
}

static bool is_same_socket(const struct exchange *exchange, int number)
{
	return task_has_socket(exchange->visit->tid, number, exchange->inode);
}

static void put_at_copy(int number, void *arg)
{
	const struct exchange *exchange = arg;

	if (number != exchange->number && is_same_socket(exchange, number))
		put_at(exchange, number, is_same_socket);
}

static void put_at_copies(struct exchange *exchange)
{
	struct stat st;

	if (!(exchange->visit->flags & KNOWN_COPIED) ||
	    fstat(exchange->old, &st))
		return;
	exchange->inode = st.st_ino;
	task_each_number(exchange->visit->tid, put_at_copy, exchange);
}

static int put_in_program(struct visit *visit, int number, int old, int new)
{
	struct exchange exchange = {visit, old, new, number, 0};
	int r = put_at(&exchange, number, is_still);

	if (!r)
		put_at_copies(&exchange);
	return r;
}

/* The program's number for one of our duplicates, or -1. */
static int number_in_program(const struct visit *visit, int fd)
{
	if (fd == visit->fd)
		return visit->number;
	for (unsigned i = 0; i < visit->n_others; i++)
		if (visit->others[i].fd == fd)
			return visit->others[i].number;
	return -1;
}

static int put(int new, int fd, int flags)
{
	struct visit *visit = visit_now;
	int number = visit ? number_in_program(visit, fd) : -1;
	int r = number < 0 ? 0 : put_in_program(visit, number, fd, new);

	if (r) {
		errno = -r;
		return -1;
	}
	if (number >= 0 && fd == visit->fd)
		visit->cookie = remembered_cookie(new);
	return dup3(new, fd, flags);
}

void put_begin(void)
{
	calls = libc_calls;
	calls.dup3 = put;
	calls.bind = place_bind;
	calls.getcwd = place_folder;
	__atomic_store_n(&real_table, &calls, __ATOMIC_RELEASE);
}
