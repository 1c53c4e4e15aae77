/* SPDX-License-Identifier: MIT */
/* See syscall(2), "Architecture calling conventions". */
#include "preload/raw_call.h"

#define FUNCTION(code)                                                         \
	__asm__(".text\n"                                                      \
		".hidden raw_call\n"                                           \
		".globl raw_call\n"                                            \
		".type raw_call, %function\n"                                  \
		"raw_call:\n" code ".size raw_call, . - raw_call\n")

#if defined(__x86_64__) && !defined(__ILP32__)

FUNCTION("	movq %rdi, %rax\n"
	 "	movq %rsi, %rdi\n"
	 "	movq %rdx, %rsi\n"
	 "	movq %rcx, %rdx\n"
	 "	movq %r8, %r10\n"
	 "	movq %r9, %r8\n"
	 "	movq 8(%rsp), %r9\n"
	 "	syscall\n"
	 "	ret\n");

#elif defined(__i386__)

FUNCTION("	pushl %ebp\n"
	 "	pushl %ebx\n"
	 "	pushl %esi\n"
	 "	pushl %edi\n"
	 "	movl 20(%esp), %eax\n"
	 "	movl 24(%esp), %ebx\n"
	 "	movl 28(%esp), %ecx\n"
	 "	movl 32(%esp), %edx\n"
	 "	movl 36(%esp), %esi\n"
	 "	movl 40(%esp), %edi\n"
	 "	movl 44(%esp), %ebp\n"
	 "	int $0x80\n"
	 "	popl %edi\n"
	 "	popl %esi\n"
	 "	popl %ebx\n"
	 "	popl %ebp\n"
	 "	ret\n");

#elif defined(__aarch64__)

FUNCTION("	mov x8, x0\n"
	 "	mov x0, x1\n"
	 "	mov x1, x2\n"
	 "	mov x2, x3\n"
	 "	mov x3, x4\n"
	 "	mov x4, x5\n"
	 "	mov x5, x6\n"
	 "	svc #0\n"
	 "	ret\n");

#else /* by way of libc */

#include <errno.h>

#include "redirect/kernel/real.h"

long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	int saved = errno;
	long r = real()->syscall(number, a, b, c, d, e, f);

	if (r == -1)
		r = -errno;
	errno = saved;
	return r;
}

#endif
