/* SPDX-License-Identifier: MIT */
/* Another process's descriptors, memory and state: see task.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "redirect/kernel/newer.h"
#include "supervise/task.h"

#define ERESTARTSYS 512

/* ---- /proc/TID ----------------------------------------------------------- */

/* The start of a file there, as a string: "" where it can't be read. */
static size_t read_proc(pid_t tid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? n : 0;
}

/* The number after "\nNAME:", or 0. */
static unsigned long long field(const char *text, const char *name, int base)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, base) : 0;
}

/* ---- which process ------------------------------------------------------- */

#define LEADERS 1024

/* A thread id in the upper half, that of its leader in the lower. */
static uint64_t leaders[LEADERS];

/* A signal of 0 is sent to nobody, and checks that the two belong together. */
static bool is_thread_of(pid_t leader, pid_t tid)
{
	return syscall(SYS_tgkill, leader, tid, 0) == 0 || errno == EPERM;
}

pid_t task_leader(pid_t tid)
{
	uint64_t *place = &leaders[(unsigned)tid % LEADERS];
	uint64_t known = __atomic_load_n(place, __ATOMIC_RELAXED);
	char text[1024];
	pid_t leader = (pid_t)known;

	if ((pid_t)(known >> 32) == tid && is_thread_of(leader, tid))
		return leader;
	if (is_thread_of(tid, tid)) /* its own; and /proc may not be there */
		return tid;
	if (!read_proc(tid, "status", text, sizeof(text)))
		return -ESRCH;
	leader = (pid_t)field(text, "\nTgid:", 10);
	if (leader <= 0)
		return -ESRCH;
	__atomic_store_n(place, (uint64_t)tid << 32 | (uint32_t)leader,
			 __ATOMIC_RELAXED);
	return leader;
}

/* ---- descriptors --------------------------------------------------------- */

/* The process that this thread has looked at last; its pidfd stays open. */
static __thread struct {
	pid_t leader;
	int pidfd;
} last = {.pidfd = -1};

void task_forget(void)
{
	if (last.pidfd >= 0)
		close(last.pidfd);
	last.leader = 0;
	last.pidfd = -1;
}

static int get_number(int number)
{
	int fd = (int)syscall(SYS_pidfd_getfd, last.pidfd, number, 0);

	return fd < 0 ? -errno : fd;
}

static int get_anew(pid_t leader, int number)
{
	task_forget();
	last.pidfd = (int)syscall(SYS_pidfd_open, leader, 0);
	if (last.pidfd < 0)
		return -errno;
	last.leader = leader;
	return get_number(number);
}

/* As task_leader(), without asking for the thread that was looked at last. */
static pid_t leader_of(pid_t tid)
{
	return tid == last.leader ? tid : task_leader(tid);
}

/* -ESRCH of the last one: it has ended, and the id is another's by now. */
int task_descriptor(pid_t tid, int number)
{
	pid_t leader = leader_of(tid);
	int fd;

	if (leader == last.leader) {
		fd = get_number(number);
		if (fd != -ESRCH)
			return fd;
		leader = task_leader(tid);
	}
	return leader < 0 ? leader : get_anew(leader, number);
}

/*
 * To open a file of /proc takes ten times as long as to read it again, and a
 * program's sockets have the same few numbers all the time. What is read is what
 * the number is now; of a process that has ended nothing can be read any more.
 */
#define HELD 64

static struct {
	pid_t pid; /* 0: none */
	int number;
	int file;
} held[HELD];
static pthread_mutex_t held_mutex = PTHREAD_MUTEX_INITIALIZER;

static size_t read_held(pid_t pid, int number, char *text, size_t size)
{
	unsigned at = (unsigned)number % HELD;
	ssize_t n = 0;

	if (held[at].pid == pid && held[at].number == number)
		n = pread(held[at].file, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? n : 0;
}

static void hold_file(pid_t pid, int number)
{
	unsigned at = (unsigned)number % HELD;
	char path[64];

	if (held[at].pid)
		close(held[at].file);
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, number);
	held[at].file = open(path, O_RDONLY | O_CLOEXEC);
	held[at].pid = held[at].file < 0 ? 0 : pid;
	held[at].number = number;
}

bool task_number(pid_t tid, int number, struct task_number *is)
{
	pid_t pid = leader_of(tid);
	char text[256];
	bool known;

	pthread_mutex_lock(&held_mutex);
	known = read_held(pid, number, text, sizeof(text));
	if (!known) {
		hold_file(pid, number);
		known = read_held(pid, number, text, sizeof(text));
	}
	pthread_mutex_unlock(&held_mutex);
	is->closes_on_exec = field(text, "\nflags:", 8) & O_CLOEXEC;
	is->mount = field(text, "\nmnt_id:", 10);
	is->inode = field(text, "\nino:", 10);
	return known;
}

int task_each_number(pid_t tid, void (*visit)(int number, void *arg), void *arg)
{
	const struct dirent *entry;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", tid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			visit(atoi(entry->d_name), arg);
	closedir(dir);
	return 0;
}

bool task_has_set(pid_t tid, int number)
{
	char path[64], text[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", tid, number);
	n = readlink(path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return !strcmp(text, "anon_inode:[eventpoll]");
}

/* ---- memory -------------------------------------------------------------- */

size_t task_read_some(pid_t tid, void *to, uint64_t address, size_t size)
{
	struct iovec here = {to, size}, there = {(void *)address, size};
	ssize_t n = process_vm_readv(tid, &here, 1, &there, 1, 0);

	return n > 0 ? n : 0;
}

int task_read(pid_t tid, void *to, uint64_t address, size_t size)
{
	return task_read_some(tid, to, address, size) == size ? 0 : -EFAULT;
}

static int write_pieces(pid_t tid, const struct iovec *here,
			const struct iovec *there, int n)
{
	size_t size = 0;

	for (int i = 0; i < n; i++)
		size += here[i].iov_len;
	if (!size)
		return 0;
	return process_vm_writev(tid, here, n, there, n, 0) == (ssize_t)size
		       ? 0
		       : -EFAULT;
}

int task_write(pid_t tid, uint64_t address, const void *from, size_t size)
{
	const struct iovec here = {(void *)from, size},
			   there = {(void *)address, size};

	return write_pieces(tid, &here, &there, 1);
}

int task_write_sized(pid_t tid, uint64_t address, const void *from, size_t size,
		     uint64_t length, uint32_t value)
{
	const struct iovec here[] = {{(void *)from, size}, {&value, 4}},
			   there[] = {{(void *)address, size},
				      {(void *)length, 4}};

	return write_pieces(tid, here, there, 2);
}

/* ---- state --------------------------------------------------------------- */

/*
 * What is pending for this thread alone it will handle for sure; a signal to
 * the process only where there is no other thread.
 */
int task_interrupted(pid_t tid)
{
	char text[2048];
	unsigned long long blocked;

	if (!read_proc(tid, "status", text, sizeof(text)))
		return 0;
	blocked = field(text, "\nSigBlk:", 16);
	if (field(text, "\nSigPnd:", 16) & ~blocked)
		return -ERESTARTSYS;
	if (!(field(text, "\nShdPnd:", 16) & ~blocked))
		return 0;
	return field(text, "\nThreads:", 10) == 1 ? -ERESTARTSYS : -EINTR;
}

bool task_is_capable(pid_t tid, int capability)
{
	char text[2048];

	read_proc(tid, "status", text, sizeof(text));
	return field(text, "\nCapEff:", 16) >> capability & 1;
}

/* "Uid:" and three more, of which the last is for files: proc(5). */
static unsigned long of_files(const char *text, const char *name)
{
	const char *at = strstr(text, name);
	char *end = (char *)(at ? at + strlen(name) : "");
	unsigned long id = 0;

	for (int i = 0; i < 4; i++)
		id = strtoul(end, &end, 10);
	return id;
}

bool task_maker(pid_t tid, struct task_maker *maker)
{
	char text[2048];

	if (!read_proc(tid, "status", text, sizeof(text)))
		return false;
	maker->user = of_files(text, "\nUid:");
	maker->group = of_files(text, "\nGid:");
	maker->umask = field(text, "\nUmask:", 8);
	return true;
}

/* The 22nd field; the second is a name, in brackets: proc(5). */
unsigned long long task_start(pid_t pid)
{
	char text[1024];
	const char *at;

	read_proc(pid, "stat", text, sizeof(text));
	at = strrchr(text, ')');
	for (int i = 2; at && i < 22; i++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

void task_name(pid_t tid, char *name, size_t size)
{
	read_proc(tid, "comm", name, size);
	name[strcspn(name, "\n")] = '\0';
}

bool task_shares_network(pid_t tid)
{
	struct stat ours, its;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)tid);
	return !stat("/proc/self/ns/net", &ours) && !stat(path, &its) &&
	       ours.st_ino == its.st_ino;
}

static void count_number(int number, void *arg)
{
	rlim_t *left = arg;

	if ((rlim_t)number < left[1])
		--left[0];
}

/* The lowest free number is taken: there is room where the last is free. */
bool task_has_room(pid_t tid)
{
	struct rlimit limit;
	rlim_t left[2];
	int fd;

	if (prlimit(tid, RLIMIT_NOFILE, NULL, &limit))
		return true;
	fd = task_descriptor(tid, (int)limit.rlim_cur - 1);
	if (fd < 0)
		return true;
	close(fd);
	left[0] = left[1] = limit.rlim_cur;
	return task_each_number(tid, count_number, left) || left[0];
}
