/* SPDX-License-Identifier: MIT */
/*
 * How host names are spelled, in rules and in questions. Async-signal-safe; no
 * memory but the caller's.
 */
#ifndef TCP2VSOCK_CONFIG_HOSTNAME_H
#define TCP2VSOCK_CONFIG_HOSTNAME_H

#include "config/word.h"

#define NAME_SIZE 256 /* RFC 1035: 253 characters; "*." comes on top */

/*
 * Whether the last label is a number, of base 16, too: RFC 1123 keeps those
 * for IPv4, and inet_aton(3) takes them.
 */
bool looks_like_v4(struct word w);

/* A host name and no address; its first label may be "*". */
bool is_host_name(struct word w);

/* "localhost" in any case, with or without a final dot. */
bool is_localhost(struct word w);

/* Lower case and without a final dot. Its length; 0: too long or empty. */
size_t fold_name(struct word w, char folded[NAME_SIZE]);

#endif
