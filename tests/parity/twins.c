/* SPDX-License-Identifier: MIT */
/*
 * The same calls under their other names: syscall(2), what _FORTIFY_SOURCE and
 * large-file support make of them, and glibc's names with two underscores.
 */
#ifdef __OPTIMIZE__
#undef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 3
#endif
#define _FILE_OFFSET_BITS 64
#include "parity.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* ---- syscall(2) ---------------------------------------------------- */

CHECK(twins, syscall_socket_then_libc)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = TRYFD(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));

	listen_at(a, 4);
	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	say_peername("peer", fd);
}

CHECK(twins, syscall_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	TRY(syscall(SYS_connect, fd, &a.sa, a.len));
	expect_redirected(fd);
	TRY(syscall(SYS_connect, fd, &a.sa, a.len));
}

CHECK(twins, syscall_connect_refused)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	TRY(syscall(SYS_connect, fd, &a.sa, a.len));
	TRY(syscall(SYS_connect, -1, &a.sa, a.len));
}

CHECK(twins, syscall_server)
{
	struct addr a = at("127.0.0.1", port(0)), peer = nowhere();
	int fd = TRYFD(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0)), server;

	TRY(syscall(SYS_bind, fd, &a.sa, a.len));
	TRY(syscall(SYS_listen, fd, 4));
	expect_redirected(fd);
	connect_to(a);
	server = TRYFD(
		syscall(SYS_accept4, fd, &peer.sa, &peer.len, SOCK_CLOEXEC));
	say_addr("peer", &peer);
	TRY(fcntl(server, F_GETFD));
#ifdef SYS_accept
	connect_to(a);
	peer = nowhere();
	TRYFD(syscall(SYS_accept, fd, &peer.sa, &peer.len));
	say_addr("peer", &peer);
#endif
}

CHECK(twins, syscall_names)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = nowhere();

	TRY(syscall(SYS_getsockname, t.client, &a.sa, &a.len));
	say_addr("own", &a);
	a = nowhere();
	TRY(syscall(SYS_getpeername, t.client, &a.sa, &a.len));
	say_addr("peer", &a);
}

CHECK(twins, syscall_options)
{
	struct trio t = trio_at("127.0.0.1");
	int value = 1;
	socklen_t len = sizeof(value);

	TRY(syscall(SYS_setsockopt, t.client, IPPROTO_TCP, TCP_NODELAY, &value,
		    sizeof(value)));
	value = 0;
	TRY(syscall(SYS_getsockopt, t.client, IPPROTO_TCP, TCP_NODELAY, &value,
		    &len));
	say("TCP_NODELAY: %d", value);
	TRY(syscall(SYS_getsockopt, t.client, SOL_SOCKET, SO_DOMAIN, &value,
		    &len));
	say("SO_DOMAIN: %d", value);
}

CHECK(twins, syscall_data)
{
	struct trio t = trio_at("127.0.0.1");
	struct iovec iov = {"cd", 2};
	struct msghdr msg = {.msg_name = &t.addr.sa,
			     .msg_namelen = t.addr.len,
			     .msg_iov = &iov,
			     .msg_iovlen = 1};
	char buf[8] = "";

	TRY(syscall(SYS_sendto, t.client, "ab", 2, 0, &t.addr.sa, t.addr.len));
	TRY(syscall(SYS_sendmsg, t.client, &msg, 0));
	TRY(syscall(SYS_recvfrom, t.server, buf, 4, MSG_WAITALL, NULL, NULL));
	say("\"%s\"", buf);
	TRY(syscall(SYS_shutdown, t.client, SHUT_WR));
	TRY(syscall(SYS_recvfrom, t.server, buf, 4, 0, NULL, NULL));
}

CHECK(twins, syscall_sendmmsg)
{
	struct trio t = trio_at("127.0.0.1");
	struct iovec iov = {"ab", 2};
	struct mmsghdr msg = {.msg_hdr = {.msg_name = &t.addr.sa,
					  .msg_namelen = t.addr.len,
					  .msg_iov = &iov,
					  .msg_iovlen = 1}};

	TRY(syscall(SYS_sendmmsg, t.client, &msg, 1, 0));
	say("sent %u", msg.msg_len);
}

CHECK(twins, syscall_fionread)
{
	struct trio t = trio_at("127.0.0.1");
	int n = -1;

	MUST(write(t.client, "hello", 5));
	wait_for(t.server, POLLIN);
	TRY(syscall(SYS_ioctl, t.server, FIONREAD, &n));
	say("readable %d", n);
}

CHECK(twins, syscall_dup_and_close)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;
	int copy = TRYFD(syscall(SYS_dup, fd));

	TRY(syscall(SYS_connect, fd, &a.sa, a.len));
	server = (int)MUST(accept(listener, NULL, NULL));
	say_ping(copy, server);
	TRY(syscall(SYS_close, fd));
	say("the number again: %d", tcp_socket(AF_INET, 0) == fd);
	say_peername("fresh", fd);
}

CHECK(twins, syscall_fcntl)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;
	int copy = TRYFD(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 80));

	TRY(syscall(SYS_fcntl, fd, F_GETFL));
	TRY(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	signal(SIGPIPE, SIG_IGN);
	say_ping(copy, server);
}

CHECK(twins, syscall_epoll_ctl)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;
	int set = (int)MUST(epoll_create1(0));
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 5};

	TRY(syscall(SYS_epoll_ctl, set, EPOLL_CTL_ADD, fd, &event));
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(write(server, "x", 1));
	TRY(epoll_wait(set, &event, 1, PATIENCE));
	say("data %d", (int)event.data.u64);
	TRY(syscall(SYS_epoll_ctl, set, EPOLL_CTL_DEL, fd, &event));
}

CHECK(twins, syscall_passed_on)
{
	char *page;

	say("getpid: %d", syscall(SYS_getpid) == getpid());
	TRY(syscall(9999));
	TRY(syscall(-1));
	page = (char *)syscall(SYS_mmap, NULL, 4096L, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
	say("mmap: %d", page != MAP_FAILED && page[4095] == 0);
	TRY(syscall(SYS_munmap, page, 4096L));
	TRY(syscall(SYS_close, -1));
}

/* ---- _FORTIFY_SOURCE and large files ------------------------------- */

/* Sizes that the compiler can't know, of a buffer that it can measure. */
static volatile size_t five = 5, six = 6;

CHECK(twins, recv_chk)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr from = nowhere();
	char buf[8] = "";

	MUST(write(t.client, "helloworld!", 11));
	TRY(recv(t.server, buf, five, MSG_WAITALL));
	say("\"%s\"", buf);
	TRY(recvfrom(t.server, buf, five, MSG_WAITALL, SA_OUT(from)));
	say("\"%s\", length %u", buf, from.len);
	TRY(read(t.server, buf, five));
}

CHECK(twins, recv_chk_trunc)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8] = "kept";

	MUST(write(t.client, "helloworld!", 11));
	wait_for(t.server, POLLIN);
	TRY(recv(t.server, buf, five, MSG_TRUNC));
	TRY(recv(t.server, buf, six, MSG_WAITALL));
	say("\"%.6s\"", buf);
}

CHECK(twins, poll_chk)
{
	struct trio t = trio_at("127.0.0.1");
	struct pollfd p[2] = {{t.client, POLLOUT, 0}, {t.server, POLLOUT, 0}};
	struct timespec none = {0, 0};
	volatile nfds_t two = 2;

	TRY(poll(p, two, 0));
	TRY(ppoll(p, two, &none, NULL));
}

CHECK(twins, fcntl64)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);
	int copy = (int)MUST(fcntl(fd, F_DUPFD, 70));

	TRY(fcntl(fd, F_SETFL, O_NONBLOCK));
	TRY(connect(fd, SA(a)));
	say("woken: %d", wait_for(copy, POLLOUT));
	say("nonblocking: %d", !!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	TRY(fcntl(fd, F_SETFL, 0));
	say_ping(copy, TRYFD(accept(listener, NULL, NULL)));
}

/* ---- Two underscores ----------------------------------------------- */

int twin_connect(int, const struct sockaddr *, socklen_t) __asm__("__connect");
int twin_dup2(int, int) __asm__("__dup2");
int twin_fcntl(int, int, ...) __asm__("__fcntl");
int twin_close(int) __asm__("__close");

/* glibc 2.36 links no new program with this one, but for x86's. */
static ssize_t twin_send(int fd, const void *buf, size_t size, int flags)
{
	ssize_t (*found)(int, const void *, size_t, int) =
		dlsym(RTLD_DEFAULT, "__send");

	return (found ? found : send)(fd, buf, size, flags);
}

CHECK(twins, double_underscore)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;

	TRY(twin_dup2(fd, 77));
	TRY(twin_fcntl(fd, F_SETFD, FD_CLOEXEC));
	TRY(twin_connect(fd, SA(a)));
	expect_redirected(fd);
	expect_redirected(77);
	TRY(twin_send(fd, "x", 1, 0));
	server = TRYFD(accept(listener, NULL, NULL));
	TRY(twin_fcntl(fd, F_GETFD));
	TRY(twin_close(fd));
	TRY(recv(server, &(char){0}, 1, 0));
	say_ping(77, server);
}
