/* SPDX-License-Identifier: MIT */
/* Numbers as text, without stdio, which takes 1.5 KB of stack. */
#ifndef TCP2VSOCK_CONFIG_DIGITS_H
#define TCP2VSOCK_CONFIG_DIGITS_H

#define DIGITS_SIZE 24

/*
 * Writes the number, in a base of 16 at most, before `end`. Where it begins.
 * Pure.
 */
static inline char *digits_before(char *end, unsigned long number,
				  unsigned base)
{
	do
		*--end = "0123456789abcdef"[number % base];
	while (number /= base);
	return end;
}

#endif
