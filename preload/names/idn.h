/* SPDX-License-Identifier: MIT */
/*
 * Names with letters beyond ASCII, for those calls that ask for it (AI_IDN,
 * AI_CANONIDN, NI_IDN): by libidn2, in the encoding of the locale, as glibc has
 * them. Neither function is async-signal-safe.
 */
#ifndef TCP2VSOCK_PRELOAD_NAMES_IDN_H
#define TCP2VSOCK_PRELOAD_NAMES_IDN_H

#include <stdbool.h>

bool idn_is_ascii(const char *name);

/*
 * The name as it is looked up ("xn--..."), to be freed. NULL: libidn2 is not
 * there, or does not take the name; libc refuses it then.
 */
char *idn_encode(const char *name);

/* The name as people read it, to be freed. NULL: libidn2 as above. */
char *idn_decode(const char *name);

#endif
