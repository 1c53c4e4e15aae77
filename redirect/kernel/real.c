/* SPDX-License-Identifier: MIT */
/* Finds the calls behind the hooks with dlsym(RTLD_NEXT). */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "redirect/kernel/real.h"

const struct real_calls *real_table;

static struct real_calls found;

#define CALL(name)                                                             \
	{                                                                      \
#name, offsetof(struct real_calls, name)                       \
	}

struct call {
	const char *name;
	size_t offset;
};

static const struct call calls[] = {
	CALL(socket),
	CALL(connect),
	CALL(bind),
	CALL(listen),
	CALL(accept),
	CALL(accept4),
	CALL(getsockname),
	CALL(getpeername),
	CALL(getcwd),
	CALL(getsockopt),
	CALL(setsockopt),
	CALL(shutdown),
	CALL(socketpair),
	CALL(send),
	CALL(sendto),
	CALL(sendmsg),
	CALL(sendmmsg),
	CALL(recv),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(recvmmsg),
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),
#ifdef HAVE_EPOLL_PWAIT2
	CALL(epoll_pwait2),
#endif
	{"poll", offsetof(struct real_calls, poll_point)},
	CALL(ppoll),
	CALL(dup),
	CALL(dup2),
	CALL(dup3),
	{"close", offsetof(struct real_calls, close_point)},
	CALL(vfork),
	CALL(clone),
#ifdef HAVE_CLOSEFROM
	CALL(closefrom),
#endif
#ifdef HAVE__FORK
	CALL(_Fork),
#endif
	CALL(rename),
	CALL(renameat),
#ifdef HAVE_RENAMEAT2
	CALL(renameat2),
#endif
	CALL(link),
	CALL(linkat),
	CALL(fcntl),
	CALL(ioctl),
	CALL(prctl),
	CALL(sigaction),
	CALL(signal),
	CALL(sysv_signal),
	CALL(sigset),
	CALL(siginterrupt),
	CALL(syscall),
	CALL(execve),
	CALL(execv),
	CALL(execvp),
	CALL(execvpe),
	CALL(fexecve),
	CALL(posix_spawn),
	CALL(posix_spawnp),
#ifdef __GLIBC__
	CALL(dlopen),
	CALL(dlmopen),
#endif
};

static const struct call late[] = {
	CALL(posix_spawn_file_actions_addchdir_np),
	CALL(posix_spawn_file_actions_addfchdir_np),
	CALL(getaddrinfo),
#ifdef __GLIBC__
	CALL(getaddrinfo_a),
	CALL(bindresvport),
	CALL(rresvport),
	CALL(rresvport_af),
	CALL(rcmd_af),
	CALL(rexec_af),
#endif
	CALL(getnameinfo),
	CALL(gethostbyname),
	CALL(gethostbyname2),
	CALL(gethostbyaddr),
	CALL(gethostbyname_r),
	CALL(gethostbyname2_r),
	CALL(gethostbyaddr_r),
};

#undef CALL

/* ---- no cancellation points: syscall(2) of libc is none ----------------- */

static int close_calmly(int fd)
{
	return (int)found.syscall(SYS_close, fd);
}

static int poll_calmly(struct pollfd *fds, nfds_t n, int timeout)
{
#ifdef SYS_poll
	return (int)found.syscall(SYS_poll, fds, n, timeout);
#else
	struct timespec time = {timeout / 1000, timeout % 1000 * 1000000L};

	return (int)found.syscall(SYS_ppoll, fds, n, timeout < 0 ? NULL : &time,
				  NULL, 0L);
#endif
}

static int connect_now(int fd, const struct sockaddr *sa, socklen_t len)
{
	return (int)found.syscall(SYS_connect, fd, sa, len);
}

static ssize_t recv_now(int fd, void *buf, size_t size, int flags)
{
	return found.syscall(SYS_recvfrom, fd, buf, size, flags, NULL, NULL);
}

static void add_calm_ones(void)
{
	found.close = close_calmly;
	found.poll = poll_calmly;
	found.connect_now = connect_now;
	found.recv_now = recv_now;
}

/* In place of a call that libc has not. */
static long missing(void)
{
	static const char text[] =
		"tcp2vsock: libc lacks a function that is needed here\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(125);
	_exit(125);
}

static void resolve(const struct call *wanted, size_t n)
{
	int saved = errno;

	for (size_t i = 0; i < n; i++) {
		void *symbol = dlsym(RTLD_NEXT, wanted[i].name);

		if (!symbol)
			symbol = (void *)missing;
		memcpy((char *)&found + wanted[i].offset, &symbol,
		       sizeof(symbol));
	}
	errno = saved;
}

/*
 * Two threads may do this at once: they write the same values. The pointer
 * that makes them visible comes last.
 */
const struct real_calls *real_resolve(void)
{
	resolve(calls, sizeof(calls) / sizeof(calls[0]));
	add_calm_ones();
	__atomic_store_n(&real_table, &found, __ATOMIC_RELEASE);
	return &found;
}

/* Likewise. A test's table has all that it needs. */
const struct real_calls *real_late(void)
{
	static bool done;
	const struct real_calls *table = real();

	if (table != &found || __atomic_load_n(&done, __ATOMIC_ACQUIRE))
		return table;
	resolve(late, sizeof(late) / sizeof(late[0]));
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	return table;
}
