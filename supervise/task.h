/* SPDX-License-Identifier: MIT */
/*
 * A thread of a supervised program, seen from outside: its descriptors, its
 * memory, its signals. Every function takes its thread id, as the notification
 * names it, and may be called by any thread. What was read counts once the
 * notification is known to be valid still (notice_is_valid()): until then
 * the id may be another thread's already.
 */
#ifndef TCP2VSOCK_SUPERVISE_TASK_H
#define TCP2VSOCK_SUPERVISE_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The process that the thread belongs to; or -errno. */
pid_t task_leader(pid_t tid);

/*
 * A duplicate, close-on-exec, of its descriptor; the caller closes it. -EBADF:
 * it has none of this number. -EPERM: we may not look at it.
 */
int task_descriptor(pid_t tid, int number);

/* The calling thread ends: what it holds of the task it has looked at last. */
void task_forget(void);

/* What stands under one of its numbers (proc_pid_fdinfo(5)). */
struct task_number {
	bool closes_on_exec;
	unsigned long mount;
	unsigned long inode; /* since Linux 5.14; else 0 */
};

/* False: /proc has none such; then all of it is 0. */
bool task_number(pid_t tid, int number, struct task_number *is);

/* Calls visit() for each number. 0 or -errno of /proc. */
int task_each_number(pid_t tid, void (*visit)(int number, void *arg),
		     void *arg);

/* Whether its number is an epoll set. */
bool task_has_set(pid_t tid, int number);

/* Copy `size` bytes from or to its memory. 0, or -EFAULT for less. */
int task_read(pid_t tid, void *to, uint64_t address, size_t size);
int task_write(pid_t tid, uint64_t address, const void *from, size_t size);

/* The same, and a socklen_t `value` at the address `length`. */
int task_write_sized(pid_t tid, uint64_t address, const void *from, size_t size,
		     uint64_t length, uint32_t value);

/* As many bytes as there are at the address, up to size. */
size_t task_read_some(pid_t tid, void *to, uint64_t address, size_t size);

/*
 * What to answer to a call that waits, where a signal is to be handled first:
 * -ERESTARTSYS (512, include/linux/errno.h), which the kernel turns into EINTR
 * or a restart; -EINTR where another thread may take the signal. 0: none.
 */
int task_interrupted(pid_t tid);

/* When the process began, in ticks since the machine did; 0: it is not there. */
unsigned long long task_start(pid_t pid);

/* The name of its program, as ps(1) has it. */
void task_name(pid_t tid, char *name, size_t size);

/* Whether it can get one more descriptor. */
bool task_has_room(pid_t tid);

/* What files that it makes get: whose they are (setfsuid(2)), and its umask. */
struct task_maker {
	uid_t user;
	gid_t group;
	mode_t umask;
};

/* False: it is not there. */
bool task_maker(pid_t tid, struct task_maker *maker);

/* Whether its network is ours, too: a program in one of its own stays in it. */
bool task_shares_network(pid_t tid);

/* Whether it has a capability, by number (capability.h). */
bool task_is_capable(pid_t tid, int capability);

#endif
