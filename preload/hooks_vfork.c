/* SPDX-License-Identifier: MIT */
/* Exported: vfork(), whose child has our memory: see borrowed.h. */
#include <unistd.h>

#include "preload/hooks.h"
#include "redirect/kernel/real.h"
#include "redirect/state/borrowed.h"

pid_t __vfork(void);

/* It returns twice: with a frame of ours the second time would find another. */
JUMPS EXPORT pid_t vfork(void)
{
	borrowed_begins();
	JUMP real()->vfork();
}

JUMPS EXPORT pid_t __vfork(void)
{
	borrowed_begins();
	JUMP real()->vfork();
}
