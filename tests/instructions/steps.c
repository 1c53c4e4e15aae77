/* SPDX-License-Identifier: MIT */
/* One step of another process after the other: see steps.h. */
#include <signal.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "tests/instructions/steps.h"

int steps_begin(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static bool is_sent_by_itself(pid_t child)
{
	siginfo_t info;

	return !ptrace(PTRACE_GETSIGINFO, child, NULL, &info) &&
	       info.si_code == SI_TKILL;
}

/* How to go on after it; 0 where it is none of the two signals. */
static int request_of(int signum)
{
	return signum == SIGTRAP   ? PTRACE_SINGLESTEP
	       : signum == SIGUSR1 ? PTRACE_SYSCALL
				   : 0;
}

/* A system call stops twice: as it begins, and as it ends. */
static long stops(int request, long n)
{
	return request == PTRACE_SYSCALL ? n / 2 : n;
}

int steps_watch(pid_t child, void (*note)(long count))
{
	int request = PTRACE_CONT, status;
	long n = 0;

	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		int signum = WSTOPSIG(status);

		if (signum == SIGTRAP && !is_sent_by_itself(child)) {
			n++;
			signum = 0;
		} else if (request_of(signum)) {
			if (request != PTRACE_CONT)
				note(stops(request, n));
			request = request == PTRACE_CONT ? request_of(signum)
							 : PTRACE_CONT;
			n = signum = 0;
		}
		ptrace(request, child, NULL, (void *)(long)signum);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
