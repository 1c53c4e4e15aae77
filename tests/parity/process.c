/* SPDX-License-Identifier: MIT */
/* Threads, children and helper programs of a check. */
#include "parity.h"

#include <sched.h>
#include <sys/syscall.h>

pthread_t thread_start(void *(*run)(void *), void *arg)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, run, arg);
	if (errno)
		give_up("pthread_create");
	return thread;
}

void thread_join(pthread_t thread)
{
	pthread_join(thread, NULL);
}

/* The letter after the command's name in /proc/PID/task/TID/stat. */
static char thread_state(pid_t pid, pid_t tid)
{
	char path[64], text[256], *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return '?';
	text[n] = '\0';
	end = strrchr(text, ')');
	return end ? end[2] : '?';
}

/* 'D' where a supervisor waits in its place. */
void wait_until_blocked(pid_t pid, pid_t tid)
{
	int seen = 0;

	while (seen < 3) {
		char state = thread_state(pid, tid);

		seen = state == 'S' || state == 'D' ? seen + 1 : 0;
		sched_yield();
	}
}

struct interruption {
	pthread_t thread;
	pid_t tid;
	int sig;
};

static void *interrupt(void *arg)
{
	struct interruption *it = arg;

	wait_until_blocked(getpid(), it->tid);
	pthread_kill(it->thread, it->sig);
	free(it);
	return NULL;
}

void interrupt_when_blocked(int sig)
{
	struct interruption *it = malloc(sizeof(*it));

	it->thread = pthread_self();
	it->tid = gettid();
	it->sig = sig;
	thread_start(interrupt, it);
}

pid_t child_start(void (*run)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid == 0) {
		run(arg);
		_exit(0);
	}
	return pid;
}

pid_t helper_start(const char *name, enum library library, const char *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid > 0)
		return pid;
	if (library == WITHOUT_LIBRARY)
		unsetenv("LD_PRELOAD");
	execl("/proc/self/exe", "parity", "--helper", name, arg, NULL);
	_exit(127);
}

/* ---- descriptors --------------------------------------------------- */

void send_fd(int through, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {"f", 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.room,
			     .msg_controllen = sizeof(control.room)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	MUST(sendmsg(through, &msg, 0));
}

int receive_fd(int through)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.room,
			     .msg_controllen = sizeof(control.room)};
	int fd = -1;

	MUST(recvmsg(through, &msg, MSG_CMSG_CLOEXEC));
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}
