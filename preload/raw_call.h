/* SPDX-License-Identifier: MIT */
/* A system call with nothing of libc's in between. */
#ifndef TCP2VSOCK_PRELOAD_RAW_CALL_H
#define TCP2VSOCK_PRELOAD_RAW_CALL_H

/*
 * What the kernel answers: an error is between -4095 and -1; errno stays.
 * Async-signal-safe, and works before libc's functions have been looked up: a
 * malloc that starts calls syscall() under its lock (jemalloc), and in glibc
 * before 2.34 dlsym() calls calloc().
 */
long raw_call(long number, long a, long b, long c, long d, long e, long f);

#endif
