/* SPDX-License-Identifier: MIT */
/* SA_RESTART for calls that wait in poll(2): see restart.h. */
#include <signal.h>

#include "preload/real.h"
#include "preload/restart.h"

/* Raised by the program's own instructions, never while it waits. */
static bool is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
	       number == SIGILL || number == SIGTRAP;
}

bool restart_wanted(void)
{
	struct sigaction action;

	for (int number = 1; number < NSIG; number++) {
		if (is_fault(number) ||
		    real()->sigaction(number, NULL, &action) ||
		    action.sa_handler == SIG_DFL ||
		    action.sa_handler == SIG_IGN)
			continue;
		if (action.sa_flags & SA_RESTART)
			return true;
	}
	return false;
}
