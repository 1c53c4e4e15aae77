/* SPDX-License-Identifier: MIT */
/* Exported: other names for a file, which may be a Unix socket's. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "preload/hooks.h"
#include "redirect/calls/moved.h"
#include "redirect/kernel/real.h"

/* The kernel has read both. Where the rule's target can't be had it has failed,
 * as bind() would have. */
static int moved(int saved, int from_folder, const char *from, int to_folder,
		 const char *to)
{
	return (int)hook_return(moved_file(from_folder, from, to_folder, to),
				saved);
}

EXPORT int rename(const char *from, const char *to)
{
	int saved = errno, r = real()->rename(from, to);

	return r ? r : moved(saved, AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int renameat(int from_folder, const char *from, int to_folder,
		    const char *to)
{
	int saved = errno,
	    r = real()->renameat(from_folder, from, to_folder, to);

	return r ? r : moved(saved, from_folder, from, to_folder, to);
}

#ifdef HAVE_RENAMEAT2
EXPORT int renameat2(int from_folder, const char *from, int to_folder,
		     const char *to, unsigned flags)
{
	int saved = errno,
	    r = real()->renameat2(from_folder, from, to_folder, to, flags);

	return r ? r : moved(saved, from_folder, from, to_folder, to);
}
#endif

EXPORT int link(const char *from, const char *to)
{
	int saved = errno, r = real()->link(from, to);

	return r ? r : moved(saved, AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int linkat(int from_folder, const char *from, int to_folder,
		  const char *to, int flags)
{
	int saved = errno,
	    r = real()->linkat(from_folder, from, to_folder, to, flags);

	return r ? r : moved(saved, from_folder, from, to_folder, to);
}
