/* SPDX-License-Identifier: MIT */
/*
 * Memory that ends in the middle of what a call reads or writes there, or that
 * must not be written: EFAULT, where a look from user space would be SIGSEGV.
 */
#include "parity.h"

#include <linux/sockios.h>
#include <sys/mman.h>

/* Two pages, the second of which is not there. */
static char *edge(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(mprotect(page + 4096, 4096, PROT_NONE));
	return page + 4096;
}

static char *read_only(const void *from, size_t size)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(page, from, size);
	MUST(mprotect(page, 4096, PROT_READ));
	return page;
}

/* Read-only memory of the program itself. */
static const struct sockaddr_in6 constant = {.sin6_family = AF_INET6};

/* Where an address of 28 bytes, or less, has no room; and a length. */
struct places {
	struct sockaddr *sa[4];
	socklen_t *len[3];
};

static struct places make_places(void)
{
	static const socklen_t size = sizeof(struct sockaddr_in6);
	struct places p = {
		.sa = {(void *)(edge() - 8), (void *)(edge() - 18),
		       (void *)read_only("", 1), (void *)&constant},
		.len = {(void *)(edge() - 2), (void *)read_only(&size, 4),
			(void *)&size},
	};

	return p;
}

typedef int name_call(int fd, struct sockaddr *sa, socklen_t *len);

static void try_places(name_call *call, int fd)
{
	struct places p = make_places();
	struct addr room = nowhere();
	socklen_t len;

	for (int i = 0; i < 4; i++) {
		len = sizeof(struct sockaddr_in6);
		TRY(call(fd, p.sa[i], &len));
		len = 8;
		TRY(call(fd, p.sa[i], &len));
		len = 0;
		TRY(call(fd, p.sa[i], &len));
	}
	for (int i = 0; i < 3; i++)
		TRY(call(fd, &room.sa, p.len[i]));
}

CHECK(memory, getsockname)
{
	struct trio t = trio_at("127.0.0.1"), t6;

	try_places(getsockname, t.client);
	MUST(close(t.listener));
	t6 = trio_at("::1");
	try_places(getsockname, t6.server);
	try_places(getsockname, t6.listener);
}

CHECK(memory, getpeername)
{
	struct trio t = trio_at("127.0.0.1"), t6;

	try_places(getpeername, t.server);
	MUST(close(t.listener));
	t6 = trio_at("::1");
	try_places(getpeername, t6.client);
	MUST(shutdown(t6.client, SHUT_RDWR));
	try_places(getpeername, t6.client);
}

static struct addr dialled;

/* A failure takes the connection, too. */
static int accept_a_new_one(int fd, struct sockaddr *sa, socklen_t *len)
{
	int client = connect_to(dialled);
	int server = accept(fd, sa, len);
	int err = errno;

	say_poll("client", client, POLLIN, server < 0 ? PATIENCE : 0);
	close(client);
	if (server < 0) {
		errno = err;
		return -1;
	}
	close(server);
	errno = ERRNO_MARK;
	return 0;
}

CHECK(memory, accept)
{
	dialled = at("127.0.0.1", port(0));
	try_places(accept_a_new_one, listen_at(dialled, 8));
}

CHECK(memory, accept_ipv6)
{
	dialled = at("::1", port(0));
	try_places(accept_a_new_one, listen_at(dialled, 8));
}

/* ---- options -------------------------------------------------------------- */

static void try_option(int fd, int level, int name, socklen_t size)
{
	static const int number = 1;
	char *ends = edge();
	char room[256];
	socklen_t len = size;
	void *places[] = {ends - 2, ends - 40, read_only(&number, 4),
			  (void *)&number};

	say("level %d option %d", level, name);
	for (int i = 0; i < 4; i++) {
		len = size;
		TRY(getsockopt(fd, level, name, places[i], &len));
		if (size == sizeof(int))
			TRY(setsockopt(fd, level, name, places[i], size));
	}
	TRY(getsockopt(fd, level, name, room, (void *)(edge() - 2)));
	TRY(getsockopt(fd, level, name, room, (void *)read_only(&size, 4)));
}

CHECK(memory, options)
{
	struct trio t = trio_at("127.0.0.1");

	try_option(t.client, IPPROTO_TCP, TCP_NODELAY, sizeof(int));
	try_option(t.client, IPPROTO_TCP, TCP_KEEPIDLE, sizeof(int));
	try_option(t.client, IPPROTO_IP, IP_TOS, sizeof(int));
	try_option(t.client, SOL_SOCKET, SO_KEEPALIVE, sizeof(int));
	try_option(t.client, SOL_SOCKET, SO_REUSEADDR, sizeof(int));
	try_option(t.client, SOL_SOCKET, SO_REUSEPORT, sizeof(int));
	try_option(t.client, SOL_SOCKET, SO_LINGER, sizeof(struct linger));
	try_option(t.client, SOL_SOCKET, SO_DOMAIN, sizeof(int));
	try_option(t.client, SOL_SOCKET, SO_PROTOCOL, sizeof(int));
	try_option(t.client, SOL_SOCKET, SO_ERROR, sizeof(int));
	try_option(t.client, IPPROTO_TCP, TCP_INFO, 104);
	try_option(t.client, SOL_SOCKET, SO_PEERNAME, 16);
}

CHECK(memory, ioctl)
{
	static const int number = 1;
	struct trio t = trio_at("127.0.0.1");

	MUST(send(t.client, "abc", 3, 0));
	wait_for(t.server, POLLIN);
	TRY(ioctl(t.server, FIONREAD, edge() - 2));
	TRY(ioctl(t.server, FIONREAD, read_only(&number, 4)));
	TRY(ioctl(t.server, FIONREAD, &number));
	TRY(ioctl(t.server, SIOCOUTQ, read_only(&number, 4)));
}

/* ---- data ----------------------------------------------------------------- */

static int receive_from(int fd, struct sockaddr *sa, socklen_t *len)
{
	char c;

	return (int)recvfrom(fd, &c, 1, MSG_DONTWAIT, sa, len);
}

static int receive_all_from(int fd, struct sockaddr *sa, socklen_t *len)
{
	char c[2];

	return (int)recvfrom(fd, c, 2, MSG_DONTWAIT | MSG_TRUNC, sa, len);
}

CHECK(memory, recvfrom)
{
	static char bytes[200];
	struct trio t = trio_at("127.0.0.1");

	MUST(send(t.client, bytes, sizeof(bytes), 0));
	wait_for(t.server, POLLIN);
	try_places(receive_from, t.server);
	try_places(receive_all_from, t.server);
	MUST(shutdown(t.server, SHUT_RD));
	MUST(close(t.client));
	try_places(receive_from, t.server);
}

static void try_messages(int fd, int flags)
{
	char c[4];
	struct iovec iov = {c, 4};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct mmsghdr vec = {.msg_hdr = msg};
	struct msghdr *across = (void *)(edge() - 40);
	struct iovec *parts = (void *)(edge() - 16);

	memcpy(across, &msg, 40);
	TRY(recvmsg(fd, across, flags));
	TRY(recvmsg(fd, (void *)read_only(&msg, sizeof(msg)), flags));
	TRY(recvmmsg(fd, (void *)read_only(&vec, sizeof(vec)), 1, flags, NULL));
	TRY(recvmmsg(fd, (void *)across, 1, flags, NULL));
	parts[0] = iov;
	msg.msg_iov = parts;
	msg.msg_iovlen = 2;
	TRY(recvmsg(fd, &msg, flags));
	TRY(sendmsg(fd, &msg, MSG_NOSIGNAL | flags));
	TRY(sendmsg(fd, across, MSG_NOSIGNAL | flags));
}

CHECK(memory, messages)
{
	static char bytes[200];
	struct trio t = trio_at("127.0.0.1");

	MUST(send(t.client, bytes, sizeof(bytes), 0));
	wait_for(t.server, POLLIN);
	try_messages(t.server, MSG_DONTWAIT);
	try_messages(t.server, MSG_DONTWAIT | MSG_TRUNC);
	try_messages(t.server, MSG_WAITALL | MSG_DONTWAIT);
	MUST(shutdown(t.server, SHUT_RD));
	try_messages(t.server, 0);
}

/* ---- addresses that are given --------------------------------------------- */

CHECK(memory, addresses)
{
	struct addr a = at("127.0.0.1", port(0));
	char *across = edge() - 8;
	int listener = listen_at(a, 8), fd = tcp_socket(AF_INET, 0);

	memcpy(across, &a.in, 8);
	TRY(bind(fd, (void *)across, 16));
	TRY(connect(fd, (void *)across, 16));
	TRY(sendto(fd, "x", 1, MSG_FASTOPEN, (void *)across, 16));
	TRY(connect(fd, (void *)read_only(&a.in, 16), 16));
	TRY(sendto(fd, "x", 1, 0, (void *)across, 16));
	say_ping(fd, MUST(accept(listener, NULL, NULL)));
}

CHECK(memory, events)
{
	struct trio t = trio_at("127.0.0.1");
	struct pollfd p = {t.client, POLLOUT, 0};
	struct pollfd *across = (void *)(edge() - 8);
	struct epoll_event event = {.events = EPOLLOUT};
	int set = epoll_create1(0);

	TRY(epoll_ctl(set, EPOLL_CTL_ADD, t.client, (void *)(edge() - 4)));
	MUST(epoll_ctl(set, EPOLL_CTL_ADD, t.client, &event));
	TRY(epoll_wait(set, (void *)(edge() - 4), 1, 0));
	TRY(epoll_wait(set, (void *)read_only(&event, sizeof(event)), 1, 0));
	across[0] = p;
	TRY(poll(across, 2, 0));
	TRY(poll((void *)read_only(&p, sizeof(p)), 1, 0));
}
