/* SPDX-License-Identifier: MIT */
/*
 * accept() and accept4() of a supervised program.
 *
 * A connection that was taken for a caller who has left, or who has no number
 * free, is kept for the next one who asks that listener.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect/calls/accept.h"
#include "redirect/calls/sockname.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/clock.h"
#include "redirect/state/tag.h"
#include "supervise/heirs.h"
#include "supervise/parked.h"
#include "supervise/serve.h"
#include "supervise/task.h"

#define KEPT 64

static struct kept {
	uint64_t listener; /* its cookie; 0: none */
	int fd;
} kept[KEPT];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void keep(uint64_t listener, int fd)
{
	pthread_mutex_lock(&mutex);
	for (int i = 0; i < KEPT && fd >= 0; i++) {
		if (kept[i].listener)
			continue;
		kept[i].listener = listener;
		kept[i].fd = fd;
		fd = -1;
	}
	pthread_mutex_unlock(&mutex);
	if (fd >= 0)
		close(fd);
}

static int take_kept(uint64_t listener)
{
	int fd = -1;

	pthread_mutex_lock(&mutex);
	for (int i = 0; i < KEPT && fd < 0; i++) {
		if (kept[i].listener != listener)
			continue;
		fd = kept[i].fd;
		kept[i].listener = 0;
	}
	pthread_mutex_unlock(&mutex);
	return fd;
}

static int accept_waiting(struct visit *visit, struct sockaddr_storage *sa,
			  socklen_t *len, int flags)
{
	int fd;

	if (!task_has_room(visit->tid)) /* __sys_accept4() looks first, too */
		return -EMFILE;
	parked_wait(visit);
	do {
		*len = sizeof(*sa);
		fd = accept4_socket(visit->fd, (struct sockaddr *)sa, len,
				    flags);
	} while (fd == -EINTR && !visit->stop);
	parked_done(visit);
	return fd == -EINTR ? visit->stop : fd;
}

/* 0, or what to answer in place of waiting until `end` by now_ms(); 0: none. */
static int wait_for_caller(const struct visit *visit, long end)
{
	struct pollfd pollfd = {visit->fd, POLLIN, 0};
	long left = end ? end - now_ms() : -1;
	int n = poll(&pollfd, 1, end && left < 0 ? 0 : (int)left);

	if (n < 0)
		return visit->stop;
	return n ? 0 : -EAGAIN;
}

/* Who sleeps here when it is shut down wakes as from accept() itself. */
static int accept_either(struct visit *visit, struct sockaddr_storage *sa,
			 socklen_t *len, int flags)
{
	int r = -ENOENT;

	*len = sizeof(*sa);
	if (!(tag_read(visit->fd) & TAG_SHUT))
		r = heirs_accept(visit->cookie, visit->fd,
				 (struct sockaddr *)sa, len, flags);
	return r == -ENOENT ? accept4_socket(visit->fd, (struct sockaddr *)sa,
					     len, flags)
			    : r;
}

static int accept_from_heir(struct visit *visit, struct sockaddr_storage *sa,
			    socklen_t *len, int flags)
{
	int ms = ask_timeout(visit->fd, SO_RCVTIMEO), r;
	long end = ms < 0 ? 0 : now_ms() + ms;
	bool waits = visit_may_wait(visit);

	if (!task_has_room(visit->tid))
		return -EMFILE;
	if (waits)
		parked_wait(visit);
	do
		r = accept_either(visit, sa, len, flags);
	while (r == -EAGAIN && waits && !(r = wait_for_caller(visit, end)));
	if (waits)
		parked_done(visit);
	return r == -EINTR ? visit->stop : r;
}

static int take_connection(struct visit *visit, struct sockaddr_storage *sa,
			   socklen_t *len, int flags)
{
	int fd = take_kept(visit->cookie);

	*len = sizeof(*sa);
	if (fd >= 0) {
		sockname_peer(fd, (struct sockaddr *)sa, len);
		return fd;
	}
	if (heirs_has(visit->cookie))
		return accept_from_heir(visit, sa, len, flags);
	if (visit_may_wait(visit))
		return accept_waiting(visit, sa, len, flags);
	return accept4_socket(visit->fd, (struct sockaddr *)sa, len, flags);
}

static int accept_flags(const struct visit *visit)
{
	return visit->notice.is.data.nr == SYS_accept4 ? (int)visit->args[3]
						       : 0;
}

/*
 * Gives the socket to the program. A caller who has left to handle a signal
 * gets it with the call that it then makes again.
 */
static int give(struct visit *visit, int fd, bool close_on_exec)
{
	uint64_t id;
	int r;

	do {
		id = visit->notice.is.id;
		r = notice_give(&visit->notice, fd, close_on_exec);
	} while (r == -ENOENT && parked_again(visit, id, false));
	return r;
}

long serve_accept(struct visit *visit)
{
	int flags = accept_flags(visit), fd, r;
	struct sockaddr_storage sa;
	socklen_t len;

	if (!visit_is_ours(visit) || (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)))
		return GO_ON;
	fd = take_connection(visit, &sa, &len, flags | SOCK_CLOEXEC);
	if (fd < 0)
		return fd;
	r = visit->args[1] ? serve_put_name(visit, 1, 2, &sa, len) : 0;
	if (!r)
		r = give(visit, fd, flags & SOCK_CLOEXEC);
	if (r == -ENOENT || r == -EMFILE || r == -ENFILE)
		keep(visit->cookie, fd);
	else
		close(fd);
	return r;
}
