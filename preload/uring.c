/* SPDX-License-Identifier: MIT */
/* Switches io_uring off with a seccomp filter: see uring.h. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "preload/uring.h"
#include "redirect/kernel/newer.h"
#include "redirect/kernel/real.h"
#include "redirect/report/sink.h"

/*
 * The number is the same on every architecture that has io_uring. liburing
 * makes the call without libc, so only the kernel can answer it.
 */
static int install_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(code) / sizeof(code[0]),
		.filter = code,
	};

	if (real()->prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return 0;
	if (real()->prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
		return -errno;
	return real()->prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
		       ? -errno
		       : 0;
}

void uring_init(void)
{
	static bool said;
	const char *value = secure_getenv("TCP2VSOCK_IO_URING");

	if (!value || !*value || strcmp(value, "on") == 0)
		return;
	if (strcmp(value, "off") != 0)
		sink_complain(&said, "TCP2VSOCK_IO_URING: expected off or on");
	else if (install_filter() == 0)
		return;
	else
		sink_complain(&said,
			      "TCP2VSOCK_IO_URING=off: this kernel has no "
			      "seccomp filters; unset it to go on without");
	_exit(125);
}
