/* SPDX-License-Identifier: MIT */
/*
 * What happens when the library is loaded. Hooks also work before this, and
 * nothing is ever torn down.
 */
#include "config.h"

#include "preload/hooks.h"
#include "preload/log.h"
#include "preload/real.h"
#include "preload/table.h"
#include "preload/trace.h"
#include "preload/uring.h"
#include "preload/usermem.h"

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
