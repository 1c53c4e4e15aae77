/* SPDX-License-Identifier: MIT */
/*
 * What happens when the library is loaded. Hooks also work before this, and
 * nothing is ever torn down.
 */
#include "config.h"

#include "preload/hooks.h"
#include "preload/uring.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"
#include "redirect/report/log.h"
#include "redirect/report/trace.h"
#include "redirect/state/table.h"

/* The launcher compares it with its own. */
EXPORT extern const char tcp2vsock_version[];
const char tcp2vsock_version[] = PACKAGE_VERSION;

__attribute__((constructor)) static void start(void)
{
	real();
	if (!table_get())
		return;
	usermem_init();
	log_init();
	trace_init();
	uring_init();
}
