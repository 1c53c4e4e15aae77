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
#include <sys/socket.h>
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
static struct task_number sockets; /* what all of them have in common */

/* The socket `old` of the program, which is to be `new`. */
struct exchange {
	struct visit *visit;
	int old, new;
	int number; /* the one that the call is about */
	ino_t inode;
};

static bool is_same_socket(const struct exchange *exchange, int number)
{
	int fd = task_descriptor(exchange->visit->tid, number);
	bool same;

	if (fd < 0)
		return false;
	same = remembered_cookie(fd) == remembered_cookie(exchange->old);
	close(fd);
	return same;
}

/*
 * Whether the number is still the same socket. /proc tells it in one call;
 * where it can't be read, or is an older kernel's, a duplicate is looked at.
 */
static bool is_still(const struct exchange *exchange, int number,
		     bool *closes_on_exec)
{
	struct task_number is;

	*closes_on_exec = true;
	if (task_number(exchange->visit->tid, number, &is))
		*closes_on_exec = is.closes_on_exec;
	return (is.inode == exchange->inode && is.mount == sockets.mount) ||
	       is_same_socket(exchange, number);
}

/* It is looked at directly before, each time that the call comes again. */
static int put_at(const struct exchange *exchange, int number)
{
	struct visit *visit = exchange->visit;
	bool closes_on_exec;
	uint64_t id;
	int r;

	sets_take(visit->tid, exchange->old, exchange->inode, number,
		  &visit->sets);
	do {
		id = visit->notice.is.id;
		if (!is_still(exchange, number, &closes_on_exec))
			return -EBADF;
		r = notice_put(&visit->notice, number, exchange->new,
			       closes_on_exec);
	} while (r == -ENOENT && parked_again(visit, id, true));
	return r;
}

static void put_at_copy(int number, void *arg)
{
	const struct exchange *exchange = arg;

	if (number != exchange->number && is_same_socket(exchange, number))
		put_at(exchange, number);
}

static int put_in_program(struct visit *visit, int number, int old, int new)
{
	struct exchange exchange = {visit, old, new, number, 0};
	struct stat st;
	int r;

	if (fstat(old, &st))
		return -errno;
	exchange.inode = st.st_ino;
	r = put_at(&exchange, number);
	if (!r && (visit->flags & KNOWN_COPIED))
		task_each_number(visit->tid, put_at_copy, &exchange);
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

static void learn_sockets(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	task_number(getpid(), fd, &sockets);
	close(fd);
}

void put_begin(void)
{
	learn_sockets();
	calls = libc_calls;
	calls.dup3 = put;
	calls.bind = place_bind;
	calls.getcwd = place_folder;
	__atomic_store_n(&real_table, &calls, __ATOMIC_RELEASE);
}
