/* SPDX-License-Identifier: MIT */
/*
 * Makes every call that the library hooks, in sections that strace shows: each
 * begins with a write() to descriptor -1.
 *
 *	calls PORT	on 127.0.0.1, ports PORT to PORT + 9, and on a Unix
 *			socket of that name in /tmp
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int check(int r, const char *what)
{
	if (r < 0)
		die(what);
	return r;
}

/* Everything goes through here, so that no call is made in vain. */
#define MUST(call) check(call, #call)

static void section(const char *name)
{
	if (write(-1, name, strlen(name)) >= 0)
		die("write to -1");
}

static const int one = 1;
static struct sockaddr_in server;

static struct sockaddr *address(int port)
{
	server.sin_family = AF_INET;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons(port);
	return (struct sockaddr *)&server;
}

static int new_socket(int flags)
{
	return MUST(socket(AF_INET, SOCK_STREAM | flags, 0));
}

static int make_listener(int port)
{
	int fd;

	section("socket");
	fd = new_socket(0);
	section("setsockopt SO_REUSEADDR before bind");
	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	section("bind");
	MUST(bind(fd, address(port), sizeof(server)));
	section("listen");
	MUST(listen(fd, 16));
	section("setup");
	return fd;
}

static int connect_blocking(int port)
{
	int fd = new_socket(0);

	section("connect, blocking");
	MUST(connect(fd, address(port), sizeof(server)));
	section("setup");
	return fd;
}

static void wait_for(int fd, short events)
{
	struct pollfd pollfd = {fd, events, 0};

	MUST(poll(&pollfd, 1, -1));
}

static int get_int(int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	MUST(getsockopt(fd, level, name, &value, &len));
	return value;
}

static int connect_pending(int port)
{
	int fd = new_socket(SOCK_NONBLOCK | SOCK_CLOEXEC);

	section("setsockopt TCP_NODELAY before connect");
	MUST(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	section("connect, non-blocking");
	if (connect(fd, address(port), sizeof(server)) && errno != EINPROGRESS)
		die("connect");
	section("poll for the end of connect");
	wait_for(fd, POLLOUT);
	section("getsockopt SO_ERROR");
	if (get_int(fd, SOL_SOCKET, SO_ERROR))
		die("SO_ERROR");
	section("setup");
	return fd;
}

/* As nginx and Boost.Asio do: registered, and then connected. */
static int connect_in_epoll(int port, int set)
{
	struct epoll_event event = {.events = EPOLLOUT | EPOLLET};
	int fd = new_socket(SOCK_NONBLOCK);

	section("epoll_ctl ADD before connect");
	MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	section("connect, in an epoll set");
	if (connect(fd, address(port), sizeof(server)) && errno != EINPROGRESS)
		die("connect");
	section("setup");
	wait_for(fd, POLLOUT);
	return fd;
}

/* As curl sets them. */
static int connect_with_options(int port)
{
	int fd = new_socket(SOCK_NONBLOCK);

	section("setup");
	MUST(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)));
	MUST(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &one, sizeof(one)));
	MUST(setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &one, sizeof(one)));
	section("connect, three options set");
	if (connect(fd, address(port), sizeof(server)) && errno != EINPROGRESS)
		die("connect");
	section("setup");
	wait_for(fd, POLLOUT);
	return fd;
}

/* The same socket, as another process would get it. */
static int received(int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = "", byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int pair[2];

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	MUST(sendmsg(pair[0], &msg, 0));
	MUST(close(fd));
	MUST(recvmsg(pair[1], &msg, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	MUST(close(pair[0]));
	MUST(close(pair[1]));
	return fd;
}

static int copied(int fd)
{
	int copy = MUST(dup(fd));

	MUST(close(fd));
	return copy;
}

static int connect_unknown(int port, int fd, const char *name)
{
	section(name);
	MUST(connect(fd, address(port), sizeof(server)));
	section("setup");
	return fd;
}

static void bind_unknown(int port, int fd, const char *name)
{
	section(name);
	MUST(bind(fd, address(port), sizeof(server)));
	section("setup");
	MUST(close(fd));
}

static int accept_one(int listener)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int fd;

	section("accept");
	fd = MUST(accept(listener, (struct sockaddr *)&sa, &len));
	section("setup");
	return fd;
}

static void names(int listener, int client, int accepted)
{
	struct sockaddr_storage sa;
	struct sockaddr *any = (struct sockaddr *)&sa;
	socklen_t len = sizeof(sa);

	section("getsockname of a listener");
	MUST(getsockname(listener, any, &len));
	len = sizeof(sa);
	section("getsockname of a client");
	MUST(getsockname(client, any, &len));
	len = sizeof(sa);
	section("getsockname of an accepted one");
	MUST(getsockname(accepted, any, &len));
	len = sizeof(sa);
	section("getpeername of a client");
	MUST(getpeername(client, any, &len));
	len = sizeof(sa);
	section("getpeername of an accepted one");
	MUST(getpeername(accepted, any, &len));
}

static void options(int fd)
{
	section("setsockopt TCP_NODELAY");
	MUST(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	section("getsockopt TCP_NODELAY");
	get_int(fd, IPPROTO_TCP, TCP_NODELAY);
	section("setsockopt SO_KEEPALIVE");
	MUST(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)));
	section("getsockopt SO_TYPE");
	get_int(fd, SOL_SOCKET, SO_TYPE);
}

static void data(int client, int accepted)
{
	char buf[8] = "data";
	struct iovec iov = {buf, 4};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	section("data: send");
	MUST(send(client, buf, 4, MSG_NOSIGNAL));
	section("data: recv");
	MUST(recv(accepted, buf, 4, 0));
	section("data: sendto");
	MUST(sendto(client, buf, 4, 0, NULL, 0));
	section("data: recvfrom");
	MUST(recvfrom(accepted, buf, 4, 0, (struct sockaddr *)&sa, &len));
	section("data: sendmsg");
	MUST(sendmsg(client, &msg, 0));
	section("data: recvmsg");
	MUST(recvmsg(accepted, &msg, 0));
	section("data: write");
	MUST(write(client, buf, 4));
	section("data: poll");
	wait_for(accepted, POLLIN);
	section("data: recv MSG_PEEK");
	MUST(recv(accepted, buf, 4, MSG_PEEK));
	section("data: read");
	MUST(read(accepted, buf, 4));
	section("data: recv, nothing there");
	if (recv(accepted, buf, 4, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
		die("recv of nothing");
}

static void epoll(int set, int fd)
{
	struct epoll_event event = {.events = EPOLLOUT};

	section("epoll_ctl ADD");
	MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	section("data: epoll_wait");
	MUST(epoll_wait(set, &event, 1, -1));
	section("epoll_ctl MOD");
	event.events = EPOLLIN;
	MUST(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event));
	section("epoll_ctl DEL");
	MUST(epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL));
}

static void descriptors(int fd)
{
	int copy, n;

	section("dup");
	copy = MUST(dup(fd));
	section("dup2");
	MUST(dup2(fd, copy));
	section("dup3");
	MUST(dup3(fd, copy, O_CLOEXEC));
	section("setup");
	MUST(close(copy));
	section("fcntl F_DUPFD_CLOEXEC");
	copy = MUST(fcntl(fd, F_DUPFD_CLOEXEC, 50));
	section("setup");
	MUST(close(copy));
	section("fcntl F_GETFL, F_SETFL");
	MUST(fcntl(fd, F_SETFL, MUST(fcntl(fd, F_GETFL))));
	section("ioctl FIONBIO");
	n = 0;
	MUST(ioctl(fd, FIONBIO, &n));
}

static void end(int client, int accepted)
{
	char c;

	section("shutdown SHUT_WR");
	MUST(shutdown(client, SHUT_WR));
	section("data: recv at the end");
	MUST(recv(accepted, &c, 1, 0));
	section("close");
	MUST(close(client));
	section("setup");
	MUST(close(accepted));
}

static void drop(int client, int accepted)
{
	section("setup");
	MUST(close(client));
	MUST(close(accepted));
}

/* Sockets of which less is known, or nothing. */
static void unknown(int port, int listener)
{
	int client = connect_with_options(port);

	drop(client, MUST(accept(listener, NULL, NULL)));
	client = connect_unknown(port, copied(new_socket(0)),
				 "connect, blocking, a copy");
	drop(client, MUST(accept(listener, NULL, NULL)));
	client = connect_unknown(port, received(new_socket(0)),
				 "connect, blocking, received");
	drop(client, MUST(accept(listener, NULL, NULL)));
	bind_unknown(port + 5, copied(new_socket(0)), "bind, a copy");
	bind_unknown(port + 5, received(new_socket(0)), "bind, received");
}

static void round_of(int port, int set)
{
	int listener = make_listener(port);
	int client, accepted;

	client = connect_blocking(port);
	accepted = accept_one(listener);
	names(listener, client, accepted);
	options(client);
	data(client, accepted);
	epoll(set, client);
	descriptors(client);
	end(client, accepted);
	client = connect_pending(port);
	section("accept without an address");
	accepted = MUST(accept(listener, NULL, NULL));
	drop(client, accepted);
	client = connect_in_epoll(port, set);
	section("accept4");
	accepted = MUST(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	drop(client, accepted);
	unknown(port, listener);
	MUST(close(listener));
}

static void unix_sockets(int port)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	int client = MUST(socket(AF_UNIX, SOCK_STREAM, 0)), accepted;

	snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/tcp2vsock-calls-%d",
		 port);
	unlink(un.sun_path);
	section("Unix socket: bind");
	MUST(bind(listener, (struct sockaddr *)&un, sizeof(un)));
	section("Unix socket: listen");
	MUST(listen(listener, 5));
	section("Unix socket: connect");
	MUST(connect(client, (struct sockaddr *)&un, sizeof(un)));
	section("Unix socket: accept");
	accepted = MUST(accept(listener, NULL, NULL));
	names(listener, client, accepted);
	section("data: Unix socket");
	MUST(send(client, "x", 1, 0));
	drop(client, accepted);
	MUST(close(listener));
	unlink(un.sun_path);
}

int main(int argc, char **argv)
{
	int port = argc == 2 ? atoi(argv[1]) : 0;
	int set;

	if (!port)
		return 2;
	section("start");
	set = MUST(epoll_create1(0));
	round_of(port, set);
	section("again");
	round_of(port + 1, set);
	unix_sockets(port);
	section("stop");
	return 0;
}
