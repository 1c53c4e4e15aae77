/* SPDX-License-Identifier: MIT */
/*
 * Calls that a filter can tell by their number alone to be none of ours cost
 * nothing but a bit in a map that the kernel keeps (seccomp_cache_prepare() in
 * kernel/seccomp.c). Sending and receiving are let pass by their flags: what a
 * filter can't see, the address in a message for sendmsg(2), is left alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redirect/kernel/newer.h"
#include "redirect/state/table.h"
#include "supervise/filter.h"
#include "supervise/seccomp.h"

#if defined(__x86_64__) && defined(__LP64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__s390x__)
#define OUR_ARCH AUDIT_ARCH_S390X
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
#define OUR_ARCH AUDIT_ARCH_PPC64LE
#endif

#define X32_BIT 0x40000000 /* asm/unistd.h: __X32_SYSCALL_BIT */

struct code {
	unsigned short n;
	struct sock_filter at[256];
};

static void add(struct code *code, unsigned short what, unsigned k,
		unsigned char yes, unsigned char no)
{
	code->at[code->n++] = (struct sock_filter){what, yes, no, k};
}

static void add_load(struct code *code, size_t offset)
{
	add(code, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void add_equal(struct code *code, unsigned k, unsigned char yes,
		      unsigned char no)
{
	add(code, BPF_JMP | BPF_JEQ | BPF_K, k, yes, no);
}

static void add_end(struct code *code, unsigned verdict)
{
	add(code, BPF_RET | BPF_K, verdict, 0, 0);
}

/* An argument is 64 bits wide, and a filter loads 32 of them. */
static size_t low_half(int arg)
{
	size_t at = offsetof(struct seccomp_data, args) + 8 * arg;

	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? at + 4 : at;
}

static size_t high_half(int arg)
{
	return low_half(arg) ^ 4;
}

/* Each of these begins with the call's number loaded, and leaves it so for the
 * next where the number is another. */

static void verdict_for(struct code *code, int nr, unsigned verdict)
{
	add_equal(code, nr, 0, 1);
	add_end(code, verdict);
}

static void take_call(struct code *code, int nr)
{
	verdict_for(code, nr, SECCOMP_RET_USER_NOTIF);
}

/* Brings the call to us where an argument has one of these bits. */
static void take_with_bits(struct code *code, int nr, int arg, unsigned bits)
{
	add_equal(code, nr, 0, 4);
	add_load(code, low_half(arg));
	add(code, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	add_end(code, SECCOMP_RET_USER_NOTIF);
	add_end(code, SECCOMP_RET_ALLOW);
}

/*
 * Brings the call to us where one argument is a pointer that is not NULL, or
 * where another is 0.
 */
static void take_with_pointer_or_none(struct code *code, int nr, int arg,
				      int other)
{
	add_equal(code, nr, 0, 8);
	add_load(code, low_half(other));
	add_equal(code, 0, 4, 0);
	add_load(code, low_half(arg));
	add_equal(code, 0, 0, 2);
	add_load(code, high_half(arg));
	add_equal(code, 0, 1, 0);
	add_end(code, SECCOMP_RET_USER_NOTIF);
	add_end(code, SECCOMP_RET_ALLOW);
}

/*
 * Brings the call to us where an argument has one of these bits, or where the
 * one before it is 0.
 */
static void take_with_bits_or_none(struct code *code, int nr, int arg,
				   unsigned bits)
{
	add_equal(code, nr, 0, 6);
	add_load(code, low_half(arg - 1));
	add_equal(code, 0, 2, 0);
	add_load(code, low_half(arg));
	add(code, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
	add_end(code, SECCOMP_RET_USER_NOTIF);
	add_end(code, SECCOMP_RET_ALLOW);
}

/* Brings the call to us where an argument is one of these. */
static void take_with_one_of(struct code *code, int nr, int arg,
			     const unsigned *values, unsigned char n)
{
	add_equal(code, nr, 0, n + 3);
	add_load(code, low_half(arg));
	for (unsigned char i = 0; i < n; i++)
		add_equal(code, values[i], n - i, 0);
	add_end(code, SECCOMP_RET_ALLOW);
	add_end(code, SECCOMP_RET_USER_NOTIF);
}

static void take_sockets(struct code *code)
{
	static const int calls[] = {
		SYS_connect,	 SYS_bind,	 SYS_listen,
		SYS_accept,	 SYS_accept4,	 SYS_getsockname,
		SYS_getpeername, SYS_getsockopt, SYS_setsockopt,
		SYS_shutdown,
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		take_call(code, calls[i]);
}

/*
 * A connection can begin with its first message (tcp(7), MSG_FASTOPEN). Calls
 * for several messages are for datagrams, and rare on a stream.
 */
static void take_data(struct code *code)
{
	const unsigned receiving = MSG_TRUNC | MSG_WAITALL | MSG_OOB;
	static const unsigned requests[] = {FIONREAD, SIOCATMARK, SIOCOUTQ};

	take_call(code, SYS_sendmmsg);
	take_call(code, SYS_recvmmsg);
	take_with_pointer_or_none(code, SYS_sendto, 4, 2);
	if (table_has_unix()) /* a descriptor may be on its way elsewhere */
		take_call(code, SYS_sendmsg);
	take_with_bits(code, SYS_sendmsg, 2, MSG_FASTOPEN);
	take_with_bits(code, SYS_recvmsg, 2, receiving);
	take_with_bits_or_none(code, SYS_recvfrom, 3, receiving);
	take_with_one_of(code, SYS_ioctl, 1, requests, 3);
}

/* What gives a socket a second number, or watches it: see put.c. */
static void take_numbers(struct code *code)
{
	static const unsigned commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_SETOWN,
					    F_SETOWN_EX, F_SETSIG};

	take_call(code, SYS_dup);
#ifdef SYS_dup2
	take_call(code, SYS_dup2);
#endif
	take_call(code, SYS_dup3);
	take_with_one_of(code, SYS_fcntl, 1, commands, 5);
#ifdef SYS_epoll_create
	take_call(code, SYS_epoll_create);
#endif
	take_call(code, SYS_epoll_create1);
}

static bool listens_at_files(void)
{
	const struct map_table *table = table_get();
	size_t n = table_has_unix() ? map_count(table) : 0;
	struct map_rule rule;

	for (size_t i = 0; i < n; i++) {
		map_get_rule(table, i, &rule);
		if (!rule.is_peer && (rule.directions & MAP_LISTEN) &&
		    rule.unix_name && rule.unix_name[0] == '/')
			return true;
	}
	return false;
}

/* What gives a socket's file a rule's name: redirect/calls/moved.h. */
static void take_names(struct code *code)
{
#ifdef SYS_rename
	take_call(code, SYS_rename);
#endif
#ifdef SYS_renameat
	take_call(code, SYS_renameat);
#endif
	take_call(code, SYS_renameat2);
#ifdef SYS_link
	take_call(code, SYS_link);
#endif
	take_call(code, SYS_linkat);
}

/* Its operations are calls that no filter sees; programs do without it. */
static void refuse_uring(struct code *code)
{
	verdict_for(code, SYS_io_uring_setup, SECCOMP_RET_ERRNO | ENOSYS);
}

/*
 * What a program does through the machine's other calls would pass us by: it
 * can run, and gets no socket. Where the numbers are not known here (a machine
 * has but one of these), it can do nothing.
 */
static void refuse_other_machines(struct code *code)
{
#ifdef __x86_64__
	static const int i386[] = {102, 359, 361, 362, 363, 364, 425};

	add_equal(code, AUDIT_ARCH_I386, 0, 2 * 7 + 2);
	add_load(code, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < 7; i++)
		verdict_for(code, i386[i], SECCOMP_RET_ERRNO | ENOSYS);
	add_end(code, SECCOMP_RET_ALLOW);
#endif
	add_end(code, SECCOMP_RET_ERRNO | ENOSYS);
}

#ifdef OUR_ARCH

static void write_code(struct code *code)
{
	struct code others = {0};

	refuse_other_machines(&others);
	add_load(code, offsetof(struct seccomp_data, arch));
	add_equal(code, OUR_ARCH, others.n, 0);
	for (unsigned i = 0; i < others.n; i++)
		code->at[code->n++] = others.at[i];
	add_load(code, offsetof(struct seccomp_data, nr));
	add(code, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	add_end(code, SECCOMP_RET_ERRNO | ENOSYS);
	take_sockets(code);
	take_data(code);
	take_numbers(code);
	if (listens_at_files())
		take_names(code);
	refuse_uring(code);
	add_end(code, SECCOMP_RET_ALLOW);
}

static int set_filter(struct sock_fprog *program, unsigned long flags)
{
	int fd =
		(int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, program);

	return fd < 0 ? -errno : fd;
}

static int set_filter_allowed(struct sock_fprog *program, unsigned long flags)
{
	int fd = set_filter(program, flags);

	if (fd != -EACCES)
		return fd;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return set_filter(program, flags);
}

int filter_install(bool *killable)
{
	struct code code = {0};
	struct sock_fprog program = {.filter = code.at};
	int fd;

	write_code(&code);
	program.len = code.n;
	*killable = true;
	fd = set_filter_allowed(&program,
				SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
	if (fd != -EINVAL)
		return fd;
	*killable = false;
	fd = set_filter_allowed(&program, 0);
	return fd == -EINVAL ? -ENOSYS : fd;
}

#else

int filter_install(bool *killable)
{
	*killable = false;
	return -ENOSYS;
}

#endif
