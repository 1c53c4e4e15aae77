/* SPDX-License-Identifier: MIT */
/* One flag: see sandbox.h. */
#include "redirect/kernel/sandbox.h"

static bool entered;

void sandbox_entered(void)
{
	__atomic_store_n(&entered, true, __ATOMIC_RELAXED);
}

bool sandbox_is_on(void)
{
	return __atomic_load_n(&entered, __ATOMIC_RELAXED);
}
