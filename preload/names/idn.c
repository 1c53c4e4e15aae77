/* SPDX-License-Identifier: MIT */
/*
 * libidn2, loaded when it is asked for the first time, as glibc does
 * (inet/idna.c): few programs set these flags.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "preload/names/idn.h"

/* idn2.h: 0 is success, and what it allocates is for free(3). */
typedef int convert(const char *name, char **converted, int flags);

static char *call(const char *function, const char *name)
{
	void *library = dlopen("libidn2.so.0", RTLD_NOW);
	convert *function_there =
		library ? (convert *)dlsym(library, function) : NULL;
	char *converted = NULL;

	if (!function_there || function_there(name, &converted, 0))
		return NULL;
	return converted;
}

bool idn_is_ascii(const char *name)
{
	while (*name && !(*name & 0x80))
		name++;
	return !*name;
}

char *idn_encode(const char *name)
{
	/* It may be an escape of DNS: glibc encodes none. */
	return strchr(name, '\\') ? NULL : call("idn2_lookup_ul", name);
}

char *idn_decode(const char *name)
{
	return call("idn2_to_unicode_lzlz", name);
}
