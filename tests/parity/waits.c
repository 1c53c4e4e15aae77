/* SPDX-License-Identifier: MIT */
/* How long calls wait, and for what. */
#include "parity.h"

#include <sys/time.h>

#define SOME 40000

CHECK(waits, all_of_more_than_the_window)
{
	static char buf[SOME];
	struct iovec iov = {buf, SOME};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct addr to = at("127.0.0.1", port(0)), peer = nowhere();
	int listener = listen_at(to, 1), size = 8192;
	int fd = socket(AF_INET, SOCK_STREAM, 0), server;
	pid_t child;

	MUST(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	MUST(connect(fd, SA(to)));
	server = MUST(accept(listener, NULL, NULL));
	child = MUST(fork());
	if (!child) {
		for (int i = 0; i < 3 * 40; i++)
			MUST(send(server, buf, SOME / 40, 0));
		_exit(0);
	}
	TRY(recv(fd, buf, SOME, MSG_WAITALL));
	TRY(recvmsg(fd, &msg, MSG_WAITALL));
	TRY(recvfrom(fd, buf, SOME, MSG_WAITALL, SA_OUT(peer)));
	MUST(waitpid(child, NULL, 0));
}

struct dripping {
	int fd;
	bool stop;
};

/* Never so slowly that a single byte would be waited for in vain. */
static void *drip(void *arg)
{
	struct dripping *d = arg;

	while (!__atomic_load_n(&d->stop, __ATOMIC_RELAXED)) {
		MUST(send(d->fd, "x", 1, 0));
		usleep(20000);
	}
	return NULL;
}

/* SO_RCVTIMEO is of the whole call (tcp_recvmsg_locked() in net/ipv4/tcp.c). */
CHECK(waits, for_all_but_not_for_ever)
{
	static char buf[1 << 20];
	struct timeval limit = {0, 300000};
	struct trio t = trio_at("127.0.0.1");
	struct dripping d = {.fd = t.client};
	pthread_t thread;
	ssize_t r;

	MUST(setsockopt(t.server, SOL_SOCKET, SO_RCVTIMEO, &limit,
			sizeof(limit)));
	thread = thread_start(drip, &d);
	r = recv(t.server, buf, sizeof(buf), MSG_WAITALL);
	say("some: %d, all: %d", r > 0, r == (ssize_t)sizeof(buf));
	__atomic_store_n(&d.stop, true, __ATOMIC_RELAXED);
	thread_join(thread);
}

static void say_linger(int fd)
{
	struct linger linger = {-1, -1};
	socklen_t len = sizeof(linger);

	TRY(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len));
	say("linger: %d", linger.l_onoff ? linger.l_linger : -1);
}

/* TCP's close() waits until the peer has the data, not until it reads them. */
CHECK(waits, lingering_close)
{
	struct linger minutes = {1, 300}, none = {0, 0};
	struct addr to = at("127.0.0.1", port(0));
	int listener = listen_at(to, 1), server, accepted;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char c;

	MUST(setsockopt(listener, SOL_SOCKET, SO_LINGER, &minutes,
			sizeof(minutes)));
	MUST(setsockopt(fd, SOL_SOCKET, SO_LINGER, &minutes, sizeof(minutes)));
	MUST(connect(fd, SA(to)));
	say_linger(fd);
	TRY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none)));
	say_linger(fd);
	TRY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &minutes, sizeof(minutes)));
	say_linger(fd);
	server = accepted = MUST(accept(listener, NULL, NULL));
	say_linger(accepted);
	MUST(send(fd, "x", 1, 0));
	TRY(close(fd));
	TRY(recv(server, &c, 1, 0));
	TRY(recv(server, &c, 1, 0));
	MUST(setsockopt(server, SOL_SOCKET, SO_LINGER, &none, sizeof(none)));
}
