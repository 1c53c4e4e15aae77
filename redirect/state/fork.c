/* SPDX-License-Identifier: MIT */
/* Children without strangers: see fork.h. */
#include <errno.h>
#include <pthread.h>

#include "redirect/kernel/own.h"
#include "redirect/state/fork.h"
#include "redirect/state/hold.h"

void fork_begins(void)
{
	own_fork_begins();
}

void fork_ends(void)
{
	own_fork_ends();
}

void fork_child(void)
{
	int saved = errno;

	hold_clear_forked();
	own_fork_child();
	errno = saved;
}

void fork_init(void)
{
	hold_start();
	pthread_atfork(fork_begins, fork_ends, fork_child);
}
