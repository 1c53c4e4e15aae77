/* SPDX-License-Identifier: MIT */
/*
 * Exported: dlopen(). A plug-in loaded with RTLD_DEEPBIND, as PHP loads all of
 * its extensions, finds libc's functions before ours. Without the flag it finds
 * ours, and libraries of its own as ever, unless the program has functions of
 * the same names.
 *
 * Whoever calls the real one is who dlopen() looks at for RUNPATH, $ORIGIN and
 * the namespace: so it is jumped to, and never sees us.
 */
#include <dlfcn.h>

#include "preload/hooks.h"
#include "redirect/kernel/real.h"
#include "redirect/state/table.h"

#ifdef __GLIBC__

static int without_deepbind(int flags)
{
	return table_get() ? flags & ~RTLD_DEEPBIND : flags;
}

JUMPS EXPORT void *dlopen(const char *file, int flags)
{
	flags = without_deepbind(flags);
	JUMP real()->dlopen(file, flags);
}

JUMPS EXPORT void *dlmopen(Lmid_t namespace, const char *file, int flags)
{
	flags = without_deepbind(flags);
	JUMP real()->dlmopen(namespace, file, flags);
}

#endif
