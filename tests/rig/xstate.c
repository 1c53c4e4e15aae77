/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into User Mode Linux, which gives ptrace(2) room for the registers
 * of a processor with AVX-512 and no more. One with AMX has more of them, and
 * the kernel takes all or none: the rest is added here, as it was.
 */
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#define ROOM (64 * 1024)

typedef long ptrace_call(int, pid_t, void *, void *);

static long set_registers(ptrace_call *real, pid_t pid, void *type,
			  const struct iovec *given)
{
	static char registers[ROOM];
	struct iovec all = {registers, sizeof(registers)};

	if (real(PTRACE_GETREGSET, pid, type, &all) < 0)
		return -1;
	memcpy(registers, given->iov_base,
	       given->iov_len < all.iov_len ? given->iov_len : all.iov_len);
	return real(PTRACE_SETREGSET, pid, type, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_call *real;
	void *address, *data;
	pid_t pid;
	va_list ap;

	va_start(ap, request);
	pid = va_arg(ap, pid_t);
	address = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);
	if (!real)
		real = (ptrace_call *)dlsym(RTLD_NEXT, "ptrace");
	if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE)
		return set_registers(real, pid, address, data);
	return real(request, pid, address, data);
}
