/* SPDX-License-Identifier: MIT */
/* Whose memory it is: see borrowed.h. */
#include <sys/syscall.h>

#include "redirect/kernel/real.h"
#include "redirect/state/borrowed.h"

/* How many threads have called vfork(), and nothing of ours since. */
int borrowed_threads;

/* The process that this thread called vfork() in; 0: it has not. */
static __thread long lender __attribute__((tls_model("initial-exec")));

void borrowed_begins(void)
{
	if (borrowed_is())
		return;
	lender = real()->syscall(SYS_getpid);
	__atomic_add_fetch(&borrowed_threads, 1, __ATOMIC_RELAXED);
}

/* The child is this thread, too: the parent's sleeps until it has left. */
bool borrowed_by_child(void)
{
	if (!lender)
		return false;
	if (real()->syscall(SYS_getpid) != lender)
		return true;
	lender = 0;
	__atomic_sub_fetch(&borrowed_threads, 1, __ATOMIC_RELAXED);
	return false;
}
