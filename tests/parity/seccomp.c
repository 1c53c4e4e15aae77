/* SPDX-License-Identifier: MIT */
/* Programs in a sandbox: what the filter takes away must not show. */
#include "parity.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "redirect/kernel/newer.h"

enum { MAX_DENIED = 16 };

static void apply(struct sock_filter *filter, size_t n)
{
	struct sock_fprog prog = {.len = (unsigned short)n, .filter = filter};

	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) < 0)
		skip("no seccomp filters here");
}

#define LOAD_NUMBER                                                            \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
/* An argument has 64 bits, of which the low ones are looked at. */
#define LOW_HALF (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)
#define LOAD_ARGUMENT(n)                                                       \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                     \
		 offsetof(struct seccomp_data, args[n]) + LOW_HALF)
#define SKIP_UNLESS(value, n)                                                  \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))
#define ANSWER(err) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (err))
#define ALLOW	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Where libc has one system call for all a filter sees no difference. */
static void needs_a_call_for_each(void)
{
#ifdef SYS_socketcall
	skip("socket(), connect() and others are socketcall(2) here");
#endif
}

/* As Docker's default profile does, with the errno to choose. */
static void deny_vsock(int err)
{
	struct sock_filter filter[] = {
		LOAD_NUMBER,	       SKIP_UNLESS(SYS_socket, 3),
		LOAD_ARGUMENT(0),      SKIP_UNLESS(AF_VSOCK, 1),
		ANSWER((unsigned)err), ALLOW};

	needs_a_call_for_each();
	apply(filter, sizeof(filter) / sizeof(*filter));
}

/* System calls that are answered with an errno; -1 ends the list. */
static void deny(int err, const long *numbers)
{
	struct sock_filter filter[2 * MAX_DENIED + 2] = {LOAD_NUMBER};
	size_t n = 1;

	for (; *numbers >= 0 && n < 2 * MAX_DENIED; numbers++) {
		filter[n++] =
			(struct sock_filter)SKIP_UNLESS((unsigned)*numbers, 1);
		filter[n++] = (struct sock_filter)ANSWER((unsigned)err);
	}
	filter[n++] = (struct sock_filter)ALLOW;
	apply(filter, n);
}

static void vsock_denied(int err)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), told[2];
	char byte;

	listen_at(a, 4);
	MUST(pipe2(told, O_NONBLOCK));
	MUST(dup2(told[1], STDERR_FILENO));
	deny_vsock(err);
	TRY(connect(fd, SA(a)));
	say_sockname("after", fd);
	say("nothing at descriptor 2: %d", read(told[0], &byte, 1) < 0);
}

CHECK(seccomp, vsock_eperm)
{
	vsock_denied(EPERM);
}

CHECK(seccomp, vsock_eacces)
{
	vsock_denied(EACCES);
}

CHECK(seccomp, vsock_eafnosupport)
{
	vsock_denied(EAFNOSUPPORT);
}

CHECK(seccomp, vsock_denied_to_a_listener)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), null = open("/dev/null", O_WRONLY);

	MUST(dup2(null, STDERR_FILENO));
	deny_vsock(EPERM);
	say("bound: %d", bind(fd, SA(a)) == 0);
}

CHECK_WITH(seccomp, vsock_denied_unmapped_works, CHECK_DIRECT)
{
	struct addr a = at("127.0.0.1", direct_port(0));
	int listener = tcp_socket(AF_INET, 0), fd = tcp_socket(AF_INET, 0);

	deny_vsock(EPERM);
	MUST(set_int(listener, SOL_SOCKET, SO_REUSEADDR, 1));
	TRY(bind(listener, SA(a)));
	TRY(listen(listener, 4));
	TRY(connect(fd, SA(a)));
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

/* What the kernel's connect() may answer, and what becomes of it. */
static void connect_answers(int err)
{
	static const long numbers[] = {SYS_connect, -1};
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	needs_a_call_for_each();
	listen_at(a, 4);
	deny(err, numbers);
	TRY(connect(fd, SA(a)));
	say_sockname("after", fd);
}

CHECK(seccomp, connect_enodev)
{
	connect_answers(ENODEV);
}

CHECK(seccomp, connect_etimedout)
{
	connect_answers(ETIMEDOUT);
}

CHECK(seccomp, connect_enetunreach)
{
	connect_answers(ENETUNREACH);
}

CHECK(seccomp, connect_eacces)
{
	connect_answers(EACCES);
}

static void everything(void)
{
	struct addr a = at("127.0.0.1", port(0)), peer = nowhere();
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;
	int copy = (int)MUST(dup(fd));

	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	server = TRYFD(accept(listener, SA_OUT(peer)));
	say_addr("peer", &peer);
	say_ping(fd, server);
	TRY(set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	say_sockname("client", fd);
	say_peername("client's peer", fd);
	TRY(shutdown(fd, SHUT_WR));
	TRY(close(copy));
}

CHECK(seccomp, no_files)
{
	static const long numbers[] = {
#ifdef SYS_open
		SYS_open,
#endif
		SYS_openat, SYS_getdents64, SYS_readlinkat, -1};

	libc(); /* opens nothing from here on */
	deny(EPERM, numbers);
	everything();
}

CHECK(seccomp, no_looking_into_processes)
{
	static const long numbers[] = {SYS_process_vm_readv,
				       SYS_process_vm_writev,
				       SYS_ptrace,
				       SYS_pidfd_open,
				       SYS_pidfd_getfd,
				       SYS_kcmp,
				       -1};
	struct sockaddr *none = NULL;

	libc();
	deny(EPERM, numbers);
	everything();
	TRY(connect(tcp_socket(AF_INET, 0), none, 16));
}

CHECK(seccomp, no_netlink_and_no_new_memory)
{
	static const long numbers[] = {SYS_mmap, SYS_brk, SYS_mremap,
				       SYS_mprotect, -1};

	libc();
	deny(ENOMEM, numbers);
	everything();
}
