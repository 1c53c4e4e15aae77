/* SPDX-License-Identifier: MIT */
/*
 * What happens when the library is loaded. Hooks also work before this, and
 * nothing is ever torn down.
 */
#include "config.h"

#include <stdint.h>
#include "redirect/state/fork.h"

#include "preload/child.h"
#include "preload/hooks.h"
#include "preload/reached.h"
#include "preload/uring.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"
#include "redirect/report/report.h"
#include "redirect/state/table.h"

#ifdef __GLIBC__
#define NOTE "tcp2vsock\0\0", PACKAGE_VERSION " glibc"
#else
#define NOTE "tcp2vsock\0\0", PACKAGE_VERSION " musl"
#endif

/* What the launcher knows the library by, without loading it: see elf(5). */
static const struct {
	uint32_t name_size, size, type;
	char name[12];
	char text[32];
} note __attribute__((used, aligned(4), section(".note.tcp2vsock"))) = {
	sizeof("tcp2vsock"), sizeof(note.text), 1, NOTE};

__attribute__((constructor)) static void start(void)
{
	real();
	if (!table_get())
		return;
	fork_init();
	usermem_init();
	report_init(true);
	uring_init();
	child_init();
	reached_check();
}
