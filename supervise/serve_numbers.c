/* SPDX-License-Identifier: MIT */
/* What gives a socket another number, or watches it: only noted. */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "redirect/state/hints.h"
#include "supervise/known.h"
#include "supervise/serve.h"

long serve_dup(struct visit *visit)
{
	known_add(visit->cookie, KNOWN_COPIED);
	visit->flags |= KNOWN_COPIED;
	return GO_ON;
}

/*
 * Before the call is made only dup2() and dup3() tell which number the copy
 * will have.
 */
bool serve_dup_of_set(const struct visit *visit)
{
	if (!sets_is_known(visit->number))
		return false;
	switch (visit->notice.is.data.nr) {
#ifdef SYS_dup2
	case SYS_dup2:
#endif
	case SYS_dup3:
		sets_note((int)visit->args[1]);
		return false;
	case SYS_dup:
	case SYS_fcntl:
		sets_distrust();
	}
	return false;
}

long serve_fcntl(struct visit *visit)
{
	int command = (int)visit->args[1];

	if (command == F_DUPFD || command == F_DUPFD_CLOEXEC)
		return serve_dup(visit);
	hint_add(visit->fd, HINT_OWNER);
	return GO_ON;
}

static int create(const struct visit *visit)
{
#ifdef SYS_epoll_create
	if (visit->notice.is.data.nr == SYS_epoll_create)
		return epoll_create((int)visit->args[0]);
#endif
	return epoll_create1((int)visit->args[0]);
}

static bool is_close_on_exec(const struct visit *visit)
{
	return visit->notice.is.data.nr == SYS_epoll_create1 &&
	       (visit->args[0] & EPOLL_CLOEXEC);
}

/* Made for the program, so that its number is known (sets.h). */
long serve_epoll_create(struct visit *visit)
{
	int fd = create(visit), number;

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	number = notice_give(&visit->notice, fd, is_close_on_exec(visit));
	close(fd);
	if (number >= 0)
		sets_note(number);
	return number;
}
