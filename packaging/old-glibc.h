/* SPDX-License-Identifier: MIT */
/*
 * Included before every file of a library that is to run with glibc 2.17 and
 * later (scripts/bundle): what has a newer symbol version in today's glibc gets
 * the one that it has had since the beginning. The other way would be an old
 * glibc's headers and stubs; no release of Debian that can still be had has one
 * so old, and one would have to be built with a compiler of its time.
 * strerrorname_np() (2.32) has a stand-in, see configure.ac.
 */
#ifndef TCP2VSOCK_PACKAGING_OLD_GLIBC_H
#define TCP2VSOCK_PACKAGING_OLD_GLIBC_H

#include <features.h>

#ifdef __GLIBC__

/* 2.38: strtol() and its kin as C23 has them. */
#undef __GLIBC_USE_ISOC2X
#define __GLIBC_USE_ISOC2X 0
#undef __GLIBC_USE_C2X_STRTOL
#define __GLIBC_USE_C2X_STRTOL 0
#undef __GLIBC_USE_C23_STRTOL
#define __GLIBC_USE_C23_STRTOL 0

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The first version of each machine's glibc; _STAT_VER of its old <bits/stat.h> */
#if defined(__x86_64__) && !defined(__ILP32__)
#define OLD_GLIBC_FIRST	  "GLIBC_2.2.5"
#define OLD_GLIBC_CANCEL  "GLIBC_2.3.3"
#define OLD_GLIBC_STAT	  1
#elif defined(__i386__)
#define OLD_GLIBC_FIRST	  "GLIBC_2.0"
#define OLD_GLIBC_CANCEL  "GLIBC_2.3.3"
#define OLD_GLIBC_STAT	  3
#elif defined(__aarch64__)
#define OLD_GLIBC_FIRST	  "GLIBC_2.17"
#define OLD_GLIBC_CANCEL  "GLIBC_2.17"
#define OLD_GLIBC_STAT	  0
#else
#error "the versions of this machine's glibc are not known here"
#endif

#define OLD_GLIBC_USE(name, version)                                           \
	__asm__(".symver " #name ", " #name "@" version)

/* 2.34: they were in libdl, which the library is linked with for this. */
OLD_GLIBC_USE(dlsym, OLD_GLIBC_FIRST);
OLD_GLIBC_USE(dladdr, OLD_GLIBC_FIRST);

/*
 * 2.33: before, stat() and its kin were a part of each program. Those with a 64
 * are what a file gets that asks for _FILE_OFFSET_BITS.
 */
int __xstat64(int version, const char *path, struct stat64 *st);
int __lxstat64(int version, const char *path, struct stat64 *st);
int __fxstat64(int version, int fd, struct stat64 *st);
int __fxstatat64(int version, int at, const char *path, struct stat64 *st,
		 int flags);
#define stat			stat64 /* the struct, too */
#define stat64(path, st)	__xstat64(OLD_GLIBC_STAT, path, st)
#define lstat64(path, st)	__lxstat64(OLD_GLIBC_STAT, path, st)
#define fstat64(fd, st)		__fxstat64(OLD_GLIBC_STAT, fd, st)
#define lstat(path, st)		lstat64(path, st)
#define fstat(fd, st)		fstat64(fd, st)
#define fstatat(at, path, st, flags)                                           \
	__fxstatat64(OLD_GLIBC_STAT, at, path, st, flags)

/* 2.25, and Linux 3.17 */
#define getrandom(buf, size, flags) syscall(SYS_getrandom, buf, size, flags)

/* 2.32: libpthread's before, which the program may not have; 0 or not 0. */
#define pthread_sigmask(how, set, old) sigprocmask(how, set, old)

/*
 * 2.34: a program without libpthread has no threads to cancel, and none of
 * these. One that loads it later only leaks what such a handler would close.
 */
OLD_GLIBC_USE(pthread_testcancel, OLD_GLIBC_FIRST);
OLD_GLIBC_USE(__pthread_register_cancel, OLD_GLIBC_CANCEL);
OLD_GLIBC_USE(__pthread_unregister_cancel, OLD_GLIBC_CANCEL);
OLD_GLIBC_USE(__pthread_unwind_next, OLD_GLIBC_CANCEL);
#pragma weak pthread_testcancel
#pragma weak __pthread_register_cancel
#pragma weak __pthread_unregister_cancel
#pragma weak __pthread_unwind_next

#define pthread_testcancel()                                                   \
	((void)(&pthread_testcancel ? (pthread_testcancel)() : (void)0))
#define __pthread_register_cancel(buf)                                         \
	((void)(&__pthread_register_cancel ? (__pthread_register_cancel)(buf)  \
					   : (void)0))
#define __pthread_unregister_cancel(buf)                                       \
	((void)(&__pthread_unregister_cancel                                   \
			? (__pthread_unregister_cancel)(buf)                   \
			: (void)0))

#endif /* __GLIBC__ */
#endif
