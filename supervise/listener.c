/* SPDX-License-Identifier: MIT */
/* The filter's listener, taken from the program: see listener.h. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervise/filter.h"
#include "supervise/listener.h"
#include "supervise/task.h"

const char *listener_reason(int error)
{
	switch (error) {
	case ENOSYS:
		return "this kernel has no seccomp user notification "
		       "(Linux 5.9), or a sandbox denies it; --engine=preload "
		       "needs none, and a bridge serves any program";
	case EBUSY:
		return "it is under a supervisor already, and there can be "
		       "one: "
		       "an outer tcp2vsock's rules hold for all that it runs, "
		       "so give it these, or run this outside of it";
	case EPERM:
	case EACCES:
		return "one process may not look at another here (pidfd_getfd, "
		       "process_vm_readv): a container's profile denies it, or "
		       "Yama (kernel.yama.ptrace_scope above 1): give the "
		       "container SYS_PTRACE, or run as root in it";
	default:
		return strerror(error);
	}
}

/*
 * Takes a descriptor over from the program by its number: that of the filter's
 * listener.
 */
int listener_take(pid_t program, const struct listener_news *news)
{
	char byte;
	int fd;

	if (news->listener < 0)
		return news->listener;
	fd = task_descriptor(program, news->listener);
	if (fd >= 0 && task_read(program, &byte, (uintptr_t)&byte, 1)) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

/* No call that is brought to us may be made here: nobody would answer. */
static void be_looked_at(int gate)
{
	struct listener_news news = {0, false};
	char end;

	news.listener = filter_install(&news.killable);
	if (write(gate, &news, sizeof(news)) == sizeof(news) &&
	    read(gate, &end, 1) >= 0)
		_exit(0);
	_exit(1);
}

int listener_try(bool *killable)
{
	struct listener_news news = {-ENOSYS, false};
	int gate[2], fd;
	pid_t program;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, gate))
		return -errno;
	program = fork();
	if (program == 0) {
		close(gate[0]);
		be_looked_at(gate[1]);
	}
	close(gate[1]);
	if (read(gate[0], &news, sizeof(news)) != sizeof(news))
		news.listener = -ENOSYS;
	fd = program < 0 ? -EAGAIN : listener_take(program, &news);
	close(gate[0]);
	if (fd >= 0)
		close(fd);
	task_forget();
	while (program > 0 && waitpid(program, NULL, 0) < 0 && errno == EINTR)
		;
	*killable = news.killable;
	return fd < 0 ? fd : 0;
}
