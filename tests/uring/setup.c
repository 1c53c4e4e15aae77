/* SPDX-License-Identifier: MIT */
/* io_uring_setup(2) as liburing makes it: without a function of libc. */
#include <stdio.h>
#include <sys/syscall.h>

int main(void)
{
	char params[256] = {0};
	long r;

#ifdef __x86_64__
	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(SYS_io_uring_setup), "D"(4L), "S"(params)
			 : "rcx", "r11", "memory");
#else
	(void)params;
	r = -77;
#endif
	printf("%s\n", r >= 0	  ? "a descriptor"
		       : r == -38 ? "ENOSYS"
		       : r == -77 ? "skip"
				  : "error");
	return 0;
}
