/* SPDX-License-Identifier: MIT */
/* The ways to make a connection. */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tests/soak/soak.h"

static void any_address(struct sockaddr_storage *sa)
{
	bool v6 = !account->tcp && one_in(4);

	soak_address(sa, chance() % (PROCESSES - 1), v6 ? AF_INET6 : AF_INET);
}

static void set_any_option(int fd)
{
	int one = 1, ms = 60;

	if (one_in(3))
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (one_in(3))
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	if (one_in(3))
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &ms, sizeof(ms));
}

static int connect_to(const struct sockaddr_storage *sa, int type)
{
	int fd = soak_socket(sa->ss_family, type);

	if (fd < 0)
		return fd;
	set_any_option(fd);
	if (soak_connect(fd, sa)) {
		soak_names(fd, sa);
		return fd;
	}
	complain("connect()");
	soak_close(fd);
	return -1;
}

int connected(enum ending *ending)
{
	struct sockaddr_storage sa;

	any_address(&sa);
	*ending = one_in(3) ? CUT_IN_ORDER : WHOLE;
	return connect_to(&sa, one_in(2) ? SOCK_NONBLOCK : 0);
}

static void finish(int fd, enum ending ending)
{
	if (fd < 0)
		return;
	talk(fd, ending);
	soak_close(fd);
}

static void client_plain(void)
{
	enum ending ending;
	int fd = connected(&ending);

	finish(fd, ending);
}

/* In a set from before connect(), as event loops have it. */
static void client_epoll(void)
{
	struct epoll_event event = {.events = EPOLLOUT};
	struct sockaddr_storage sa;
	int fd = soak_socket(AF_INET, SOCK_NONBLOCK);
	int set = epoll_create1(EPOLL_CLOEXEC);

	soak_address(&sa, chance() % (PROCESSES - 1), AF_INET);
	if (fd >= 0 && set >= 0) {
		epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
		if (!soak_connect(fd, &sa))
			complain("connect() in a set");
		while (epoll_wait(set, &event, 1, -1) < 0 && errno == EINTR)
			;
		if (epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL) < 0)
			complain("EPOLL_CTL_DEL");
		talk(fd, WHOLE);
	}
	if (set >= 0)
		close(set);
	if (fd >= 0)
		soak_close(fd);
}

/* A copy that is older than the connection has it, too. */
static void client_copied(void)
{
	struct sockaddr_storage sa;
	int fd = soak_socket(AF_INET, 0);
	int copy = fd < 0 ? -1 : soak_dup(fd);
	bool good;

	soak_address(&sa, chance() % (PROCESSES - 1), AF_INET);
	soak_holds_limit = true;
	good = copy >= 0 && soak_connect(fd, &sa);
	soak_holds_limit = false;
	if (good) {
		soak_names(copy, &sa);
		soak_close(fd);
		finish(copy, WHOLE);
		return;
	}
	complain("a copy");
	soak_close(fd);
	soak_close(copy);
}

static void vanish(enum ending ending)
{
	struct linger at_once = {1, 0};
	enum ending unused;
	int fd = connected(&unused);

	if (fd >= 0 && one_in(2))
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	finish(fd, ending);
}

static void client_vanishes(void)
{
	vanish(CUT_BY_CLIENT);
}

static void server_vanishes(void)
{
	vanish(CUT_BY_SERVER);
}

/*
 * Nobody listens there; the same socket then goes elsewhere. Where SO_ERROR has
 * taken the error, the next connect() says ECONNABORTED first.
 */
static void client_refused(void)
{
	struct sockaddr_storage sa;
	int fd = soak_socket(AF_INET, one_in(2) ? SOCK_NONBLOCK : 0);

	soak_address(&sa, 100, AF_INET);
	if (fd >= 0 && (soak_connect(fd, &sa) || errno != ECONNREFUSED))
		complain("refused");
	soak_address(&sa, chance() % (PROCESSES - 1), AF_INET);
	if (fd >= 0 && !soak_connect(fd, &sa) &&
	    (errno != ECONNABORTED || !soak_connect(fd, &sa)))
		complain("connect() after a failure");
	finish(fd, WHOLE);
}

/* connect(2): AF_UNSPEC dissolves a connection; then another one. */
static void client_dissolved(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct sockaddr_storage sa;
	int fd;

	soak_address(&sa, chance() % (PROCESSES - 1), AF_INET);
	fd = connect_to(&sa, 0);
	if (fd < 0)
		return;
	talk(fd, WHOLE);
	while (connect(fd, &none, sizeof(none)) < 0)
		if (errno != ENOBUFS) {
			complain("AF_UNSPEC");
			break;
		}
	if (!soak_connect(fd, &sa))
		complain("connect() after AF_UNSPEC");
	finish(fd, WHOLE);
}

static void client_named(void)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_family = AF_INET};
	struct sockaddr_storage sa = {0};
	struct addrinfo *info;
	char port[16];
	int r;

	snprintf(port, sizeof(port), "%d",
		 account->first_port + (int)(chance() % (PROCESSES - 1)));
	r = getaddrinfo(account->tcp ? "127.0.0.1" : "soak.internal", port,
			&hints, &info);
	if (r) {
		complain(gai_strerror(r));
		return;
	}
	memcpy(&sa, info->ai_addr, info->ai_addrlen);
	freeaddrinfo(info);
	finish(connect_to(&sa, 0), WHOLE);
}

static bool pass_on(int pair[2], int fd)
{
	char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room,
			     .msg_controllen = sizeof(room)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(pair[0], &msg, 0) == 1;
}

/* Where there is no room for it, the kernel drops the descriptor. */
static int take(int pair[2])
{
	char byte, room[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room,
			     .msg_controllen = sizeof(room)};
	int fd = -1;

	while (recvmsg(pair[1], &msg, MSG_CMSG_CLOEXEC) < 0)
		if (errno != EINTR)
			return -1;
	if (CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

static void client_passed(void)
{
	enum ending ending;
	int fd = connected(&ending), pair[2], passed = -1;

	if (fd < 0)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
		if (pass_on(pair, fd))
			passed = take(pair);
		close(pair[0]);
		close(pair[1]);
	}
	if (passed < 0) {
		finish(fd, ending);
		return;
	}
	soak_close(fd);
	finish(passed, ending);
}

/* The last ones start a program. */
static void (*const kinds[])(void) = {
	client_plain,	  client_epoll,	  client_copied, client_vanishes,
	server_vanishes,  client_refused, client_named,	 client_passed,
	client_dissolved, client_forked,  client_killed, client_child_connects,
	client_vforked,	  client_spawned,
};

#define N (sizeof(kinds) / sizeof(kinds[0]))
_Static_assert(N <= KINDS, "see struct account");

void client(bool spawn)
{
	unsigned kind = chance() % (spawn ? N : N - 2);

	doing = kind;
	kinds[kind]();
	account->kinds[kind]++;
	account->progress++;
}
