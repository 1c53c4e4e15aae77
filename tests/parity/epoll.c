/* SPDX-License-Identifier: MIT */
/* epoll: what was registered before the redirect is still there after it. */
#include "parity.h"

#include <stdint.h>

static const char *epoll_text(uint32_t events, char *buf, size_t size)
{
	/* The low bits are poll's own. */
	poll_text((short)(events & 0x3fff), buf, size);
	return buf;
}

static int epoll_set(void)
{
	return (int)MUST(epoll_create1(EPOLL_CLOEXEC));
}

static int control(int set, int operation, int fd, uint32_t events,
		   uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};

	return epoll_ctl(set, operation, fd, &event);
}

static void say_wait(const char *label, int set, int milliseconds)
{
	struct epoll_event events[4];
	char buf[64];
	int n = epoll_wait(set, events, 4, milliseconds);

	if (n < 0)
		say("%s: epoll_wait %s", label, errno_text(errno));
	else if (n == 0)
		say("%s: no event", label);
	for (int i = 0; i < n; i++)
		say("%s: data %llx,%s", label,
		    (unsigned long long)events[i].data.u64,
		    epoll_text(events[i].events, buf, sizeof(buf)));
}

/* Takes what a fresh TCP socket or an early wake-up has left. */
static void drain(int set)
{
	struct epoll_event events[4];

	epoll_wait(set, events, 4, 0);
}

CHECK(epoll, add_after_connect)
{
	struct trio t = trio_at("127.0.0.1");
	int set = epoll_set();

	TRY(control(set, EPOLL_CTL_ADD, t.client, EPOLLIN, 7));
	say_wait("idle", set, 0);
	MUST(write(t.server, "x", 1));
	say_wait("readable", set, PATIENCE);
}

/* Connected to nobody, in a set that was told of it with this data. */
static int refused_in(int set, uint32_t events, bool data_is_number)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	MUST(control(set, EPOLL_CTL_ADD, fd, events,
		     data_is_number ? (uint64_t)fd : 0x123456789abcdef));
	drain(set);
	say("connect: %s", connect(fd, SA(a)) ? errno_text(errno) : "0");
	return fd;
}

CHECK(epoll, refused)
{
	int set = epoll_set();

	refused_in(set, EPOLLIN | EPOLLOUT | EPOLLRDHUP, false);
	say_wait("refused", set, PATIENCE);
	say_wait("again", set, PATIENCE);
}

CHECK(epoll, refused_and_asked_for_nothing)
{
	int set = epoll_set();

	refused_in(set, 0, false);
	say_wait("refused", set, PATIENCE);
}

CHECK(epoll, refused_by_epoll_pwait)
{
	struct epoll_event event;
	char buf[64];
	int set = epoll_set();

	refused_in(set, EPOLLIN | EPOLLET, true);
	say("%d", epoll_pwait(set, &event, 1, PATIENCE, NULL));
	say("refused: %s", epoll_text(event.events, buf, sizeof(buf)));
}

CHECK(epoll, refused_by_epoll_pwait2)
{
	struct timespec patience = {PATIENCE / 1000, 0};
	struct epoll_event event;
	char buf[64];
	int set = epoll_set();

	refused_in(set, EPOLLIN | EPOLLET, true);
	say("%d", epoll_pwait2(set, &event, 1, &patience, NULL));
	say("refused: %s", epoll_text(event.events, buf, sizeof(buf)));
}

/* More than are kept account of by number; and one that is in many of them. */
CHECK(epoll, among_hundreds_of_sets)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), sets[500];

	for (int i = 0; i < 500; i++) {
		sets[i] = epoll_set();
		MUST(control(sets[i], EPOLL_CTL_ADD, listener, 0, i));
	}
	for (int i = 0; i < 500; i += 8)
		MUST(control(sets[i], EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLET,
			     1000 + i));
	TRY(connect(fd, SA(a)));
	for (int i = 0; i < 500; i += 8)
		say_wait("connected", sets[i], PATIENCE);
	MUST(accept(listener, NULL, NULL));
}

CHECK(epoll, add_before_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), set = epoll_set();
	int fd = tcp_socket(AF_INET, 0), server;

	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 0x123456789abcdef));
	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	server = (int)MUST(accept(listener, NULL, NULL));
	say_wait("idle", set, 0);
	MUST(write(server, "x", 1));
	say_wait("readable", set, PATIENCE);
}

CHECK(epoll, add_before_nonblocking_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	listen_at(a, 4);
	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLONESHOT, 7));
	TRY(connect(fd, SA(a)));
	say_wait("connected", set, PATIENCE);
	say_so_error(fd);
	say_wait("disarmed", set, 0);
}

CHECK(epoll, add_before_refused_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, SOCK_NONBLOCK);
	struct epoll_event event;

	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLONESHOT, 7));
	TRY(connect(fd, SA(a)));
	TRY(epoll_wait(set, &event, 1, PATIENCE));
	say("data %d, error or hang-up %d", (int)event.data.u64,
	    !!(event.events & (EPOLLERR | EPOLLHUP)));
	say_so_error(fd);
}

CHECK(epoll, add_before_bind)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 9));
	drain(set);
	TRY(bind(fd, SA(a)));
	TRY(listen(fd, 4));
	say_wait("idle", set, 0);
	connect_to(a);
	say_wait("waiting", set, PATIENCE);
	TRYFD(accept(fd, NULL, NULL));
	say_wait("idle", set, 0);
}

CHECK(epoll, add_between_bind_and_listen)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	TRY(bind(fd, SA(a)));
	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 9));
	TRY(listen(fd, 4));
	connect_to(a);
	say_wait("waiting", set, PATIENCE);
}

CHECK(epoll, mod_after_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), set = epoll_set();
	int fd = tcp_socket(AF_INET, 0), server;

	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 1));
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	TRY(control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 2));
	say_wait("writable", set, 0);
	TRY(control(set, EPOLL_CTL_MOD, fd, EPOLLIN, 3));
	MUST(write(server, "x", 1));
	say_wait("readable", set, PATIENCE);
}

CHECK(epoll, del_after_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), set = epoll_set();
	int fd = tcp_socket(AF_INET, 0), server;

	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 1));
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	TRY(control(set, EPOLL_CTL_DEL, fd, 0, 0));
	MUST(write(server, "x", 1));
	wait_for(fd, POLLIN);
	say_wait("gone", set, 0);
	TRY(control(set, EPOLL_CTL_DEL, fd, 0, 0));
	TRY(control(set, EPOLL_CTL_MOD, fd, 0, 0));
	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 4));
	say_wait("again", set, PATIENCE);
}

CHECK(epoll, add_twice_is_eexist)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 1));
	MUST(connect(fd, SA(a)));
	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 1));
}

CHECK(epoll, not_added_is_not_there)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(connect(fd, SA(a)));
	TRY(control(set, EPOLL_CTL_MOD, fd, EPOLLIN, 1));
	TRY(control(set, EPOLL_CTL_DEL, fd, EPOLLIN, 1));
	say_wait("nothing", set, 0);
}

CHECK(epoll, deleted_before_connect_stays_away)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 1));
	MUST(control(set, EPOLL_CTL_DEL, fd, 0, 0));
	MUST(connect(fd, SA(a)));
	say_wait("nothing", set, 0);
}

CHECK(epoll, closed_socket_leaves_the_set)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 1));
	MUST(connect(fd, SA(a)));
	say_wait("writable", set, PATIENCE);
	MUST(close(fd));
	say_wait("closed", set, 0);
	fd = connect_to(a);
	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLOUT, 2));
	say_wait("the next", set, PATIENCE);
}

CHECK(epoll, et_kept)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), set = epoll_set();
	int fd = tcp_socket(AF_INET, 0), server;

	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, 1));
	drain(set);
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(write(server, "x", 1));
	wait_for(fd, POLLIN);
	drain(set);
	say_wait("once only", set, 0);
	MUST(write(server, "y", 1));
	say_wait("again", set, PATIENCE);
	say_wait("once only", set, 0);
}

CHECK(epoll, et_out_after_nonblocking_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	listen_at(a, 4);
	MUST(control(set, EPOLL_CTL_ADD, fd,
		     EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1));
	drain(set);
	TRY(connect(fd, SA(a)));
	say_wait("connected", set, PATIENCE);
	say_wait("once only", set, 0);
	say_so_error(fd);
}

CHECK(epoll, oneshot_kept)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), set = epoll_set();
	int fd = tcp_socket(AF_INET, 0), server;

	MUST(connect(fd, SA(a)));
	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, 1));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(write(server, "x", 1));
	say_wait("first", set, PATIENCE);
	say_wait("disarmed", set, 0);
	TRY(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT, 2));
	say_wait("armed again", set, PATIENCE);
}

CHECK(epoll, disarmed_oneshot_stays_disarmed)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLOUT | EPOLLONESHOT, 1));
	say_wait("fresh", set, 0);
	MUST(connect(fd, SA(a)));
	say_wait("disarmed", set, 0);
	TRY(control(set, EPOLL_CTL_MOD, fd, EPOLLOUT, 2));
	say_wait("armed", set, PATIENCE);
}

CHECK(epoll, exclusive_kept)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	TRY(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE, 1));
	drain(set);
	MUST(bind(fd, SA(a)));
	MUST(listen(fd, 4));
	TRY(control(set, EPOLL_CTL_MOD, fd, EPOLLIN, 1));
	connect_to(a);
	say_wait("waiting", set, PATIENCE);
}

CHECK(epoll, several_sets)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), one = epoll_set(), two = epoll_set();
	int fd = tcp_socket(AF_INET, 0), server;

	MUST(control(one, EPOLL_CTL_ADD, fd, EPOLLIN, 11));
	MUST(control(two, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT, 22));
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(write(server, "x", 1));
	say_wait("one", one, PATIENCE);
	wait_for(fd, POLLIN);
	say_wait("two", two, PATIENCE);
}

CHECK(epoll, nested)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), inner = epoll_set();
	int outer = epoll_set(), fd = tcp_socket(AF_INET, 0), server;

	MUST(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 1));
	MUST(control(inner, EPOLL_CTL_ADD, fd, EPOLLIN, 2));
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(write(server, "x", 1));
	say_wait("outer", outer, PATIENCE);
	say_wait("inner", inner, PATIENCE);
}

CHECK(epoll, set_has_a_copy)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), copy = (int)MUST(dup(set));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(control(copy, EPOLL_CTL_ADD, fd, EPOLLOUT, 1));
	MUST(connect(fd, SA(a)));
	say_wait("set", set, PATIENCE);
	say_wait("copy", copy, PATIENCE);
	TRY(control(set, EPOLL_CTL_DEL, fd, 0, 0));
	say_wait("copy", copy, 0);
}

CHECK(epoll, several_sockets)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 8), set = epoll_set(), fds[3], server;

	for (int i = 0; i < 3; i++) {
		fds[i] = tcp_socket(AF_INET, 0);
		MUST(control(set, EPOLL_CTL_ADD, fds[i], EPOLLIN,
			     (uint64_t)i + 1));
	}
	for (int i = 0; i < 3; i++) {
		char c;

		MUST(connect(fds[i], SA(a)));
		TRY(control(set, EPOLL_CTL_MOD, fds[i], EPOLLIN,
			    (uint64_t)i + 4));
		server = (int)MUST(accept(listener, NULL, NULL));
		MUST(write(server, "x", 1));
		wait_for(fds[i], POLLIN);
		MUST(read(fds[i], &c, 1));
	}
	say_wait("nothing left", set, 0);
}

/* A copy that stayed a fresh TCP socket would report a hang-up for ever. */
CHECK(epoll, no_spin_with_a_dup)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, 0), copy;

	listen_at(a, 4);
	copy = (int)MUST(dup(fd));
	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLIN, 1));
	MUST(connect(fd, SA(a)));
	say_wait("idle", set, 50);
	say_wait("idle", set, 50);
	MUST(close(copy));
	say_wait("idle", set, 50);
}

CHECK(epoll, copy_registered_too)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), set = epoll_set(), server;
	int fd = tcp_socket(AF_INET, 0), copy = (int)MUST(dup(fd));

	MUST(control(set, EPOLL_CTL_ADD, copy, EPOLLIN, 5));
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	say_wait("idle", set, 0);
	MUST(write(server, "x", 1));
	say_wait("readable", set, PATIENCE);
	TRY(control(set, EPOLL_CTL_DEL, copy, 0, 0));
}

CHECK(epoll, retry_keeps_the_registration)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = epoll_set(), fd = tcp_socket(AF_INET, 0), server, listener;

	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, 5));
	TRY(connect(fd, SA(a)));
	drain(set);
	listener = listen_at(a, 4);
	TRY(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	drain(set);
	MUST(write(server, "x", 1));
	say_wait("readable", set, PATIENCE);
}

CHECK(epoll, end_of_stream)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), set = epoll_set();
	int fd = tcp_socket(AF_INET, 0);

	MUST(control(set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLRDHUP, 1));
	MUST(connect(fd, SA(a)));
	MUST(shutdown(accept(listener, NULL, NULL), SHUT_WR));
	wait_for(fd, POLLRDHUP);
	say_wait("the end", set, PATIENCE);
}

struct waiter {
	int set;
	pid_t tid;
	int n;
	uint64_t data;
};

static void *wait_in_thread(void *arg)
{
	struct waiter *w = arg;
	struct epoll_event event;

	__atomic_store_n(&w->tid, gettid(), __ATOMIC_RELEASE);
	w->n = epoll_wait(w->set, &event, 1, PATIENCE);
	w->data = event.data.u64;
	return NULL;
}

CHECK(epoll, thread_waits_while_redirected)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;
	struct waiter w = {.set = epoll_set()};
	pthread_t thread;

	MUST(control(w.set, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, 3));
	drain(w.set);
	thread = thread_start(wait_in_thread, &w);
	while (!__atomic_load_n(&w.tid, __ATOMIC_ACQUIRE))
		;
	wait_until_blocked(getpid(), w.tid);
	MUST(connect(fd, SA(a)));
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(write(server, "x", 1));
	thread_join(thread);
	say("events %d, data %d", w.n, (int)w.data);
}

CHECK(epoll, bad_arguments)
{
	struct trio t = trio_at("127.0.0.1");
	int set = epoll_set();
	struct epoll_event *none = NULL;

	TRY(epoll_ctl(set, EPOLL_CTL_ADD, t.client, none));
	TRY(epoll_ctl(-1, EPOLL_CTL_ADD, t.client, none));
	TRY(control(t.client, EPOLL_CTL_ADD, t.server, EPOLLIN, 1));
	TRY(control(set, 77, t.client, EPOLLIN, 1));
	TRY(control(set, EPOLL_CTL_ADD, -1, EPOLLIN, 1));
	TRY(control(set, EPOLL_CTL_ADD, set, EPOLLIN, 1));
}

/* A child of vfork() has our memory, and descriptors of its own. */
CHECK(epoll, vfork_child_has_other_sockets)
{
	struct addr a = at("127.0.0.1", port(0));
	int set = MUST(epoll_create1(0)), listener = listen_at(a, 4);
	int fd = tcp_socket(AF_INET, 0), server, status;
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = 5};
	pid_t child;

	MUST(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	child = vfork();
	if (!child) {
		close(fd);
		_exit(socket(AF_INET6, SOCK_STREAM, 0) != fd);
	}
	MUST(waitpid(child, &status, 0));
	say("child: %d", status);
	TRY(connect(fd, SA(a)));
	server = MUST(accept(listener, NULL, NULL));
	MUST(send(server, "x", 1, 0));
	TRY(epoll_wait(set, &event, 1, PATIENCE / 4));
	say("data %u", event.data.u32);
	say_ping(fd, server);
}
