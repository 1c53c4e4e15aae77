/* SPDX-License-Identifier: MIT */
/*
 * What was seen to be done to each socket of the whole tree, by its cookie, so
 * that a swap need not ask the kernel for a hundred options. In place of the
 * hints that a preloaded library keeps by number (redirect/state/hints.h), and
 * with their flags, which are copied to and from the number of a duplicate.
 */
#ifndef TCP2VSOCK_SUPERVISE_KNOWN_H
#define TCP2VSOCK_SUPERVISE_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

/* Beside those of enum hint_flag. */
enum known_flag {
	KNOWN_COPIED = 1 << 24, /* it may have several numbers in a process */
	KNOWN_UNSURE = 1 << 25, /* more may have been done: it is to be asked */
	KNOWN_SEEN = 1 << 26,	/* set in all that known_get() finds */
	KNOWN_INHERITED = 1 << 27, /* from before the tree, not looked at yet */
	KNOWN_ASKS = 1 << 28, /* asks our name server (resolver.h) */
};

/* The flags of a socket; 0 where it has not been seen before. */
unsigned known_get(uint64_t cookie);

void known_put(uint64_t cookie, unsigned flags);
void known_add(uint64_t cookie, unsigned flags);

/*
 * Whether a socket that has not been seen is surely new. What was forgotten for
 * want of room is older than any new one.
 */
bool known_is_new(uint64_t cookie);

#endif
