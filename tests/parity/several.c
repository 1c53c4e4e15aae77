/* SPDX-License-Identifier: MIT */
/* Several at once: threads on one socket, listeners on one port. */
#include "parity.h"

#include <sched.h>

#include "vsock/vm_sockets.h"

/* ---- listeners on one port ------------------------------------------------ */

static int sharer_at(const char *ip, bool listens)
{
	struct addr a = at(ip, port(0));
	int fd = tcp_socket(a.sa.sa_family, 0);

	MUST(set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1));
	if (a.sa.sa_family == AF_INET6)
		MUST(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	MUST(bind(fd, SA(a)));
	if (listens)
		MUST(listen(fd, 8));
	return fd;
}

static int sharer(void)
{
	return sharer_at("127.0.0.1", true);
}

/* Whoever dials comes to this one. */
static void say_reached(const char *ip, int listener)
{
	struct addr a = at(ip, port(0));
	int fd = tcp_socket(a.sa.sa_family, 0), server;

	if (TRY(connect(fd, SA(a))))
		return;
	if (!wait_for(listener, POLLIN)) {
		say("nobody came");
		return;
	}
	server = MUST(accept(listener, NULL, NULL));
	say_sockname("own", server);
	say_ping(fd, server);
	close(server);
	close(fd);
}

CHECK(several, first_of_two_closed)
{
	struct addr a = at("127.0.0.1", port(0));
	int one = sharer(), two = sharer(), fd = tcp_socket(AF_INET, 0);

	MUST(close(one));
	say_reached("127.0.0.1", two);
	SAY_OPTION(two, SOL_SOCKET, SO_REUSEPORT);
	MUST(close(two));
	TRY(connect(fd, SA(a)));
}

/* With the first there, nobody comes to the other. */
CHECK(several, nobody_comes_in_time)
{
	struct timeval fifth = {.tv_usec = 200000};
	int two;

	sharer();
	two = sharer();
	MUST(setsockopt(two, SOL_SOCKET, SO_RCVTIMEO, &fifth, sizeof(fifth)));
	TRY(accept(two, NULL, NULL));
	TRY(accept4(two, NULL, NULL, SOCK_NONBLOCK));
}

CHECK(several, first_of_two_covered)
{
	int one = sharer(), two = sharer();

	MUST(dup2(0, one));
	say_reached("127.0.0.1", two);
}

/* Their numbers are others by then, as where a server moves them up. */
CHECK(several, two_that_were_moved)
{
	int one = sharer(), two = sharer(), high[2];

	high[0] = MUST(fcntl(one, F_DUPFD, 100));
	MUST(close(one));
	high[1] = MUST(fcntl(two, F_DUPFD, 100));
	MUST(close(two));
	MUST(close(high[0]));
	say_reached("127.0.0.1", high[1]);
}

CHECK(several, first_of_two_in_a_range)
{
	int one = sharer(), two = sharer();

	MUST(close_range(one, one, 0));
	say_reached("127.0.0.1", two);
}

CHECK(several, first_of_two_shut)
{
	int one = sharer(), two = sharer();

	MUST(shutdown(one, SHUT_RDWR));
	say_reached("127.0.0.1", two);
}

CHECK(several, first_of_two_disconnected)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int one = sharer(), two = sharer();

	TRY(connect(one, &none, sizeof(none)));
	say_reached("127.0.0.1", two);
}

/* As haproxy hands its ports to the next one, which asks by a signal. */
static void bind_elsewhere(void)
{
	struct addr a = at("0.0.0.0", port(0));
	int one = 1, fd, status;
	pid_t pid = MUST(fork());

	if (!pid) {
		fd = tcp_socket(AF_INET, 0);
		MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
				sizeof(one)));
		_exit(bind(fd, SA(a)) || listen(fd, 1) ? errno : 0);
	}
	MUST(waitpid(pid, &status, 0));
	say("elsewhere: %s", errno_text(WEXITSTATUS(status)));
}

CHECK(several, port_of_a_disconnected_listener)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct addr a = at("0.0.0.0", port(0));
	int one = 1, fd = tcp_socket(AF_INET, 0);

	MUST(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	MUST(bind(fd, SA(a)));
	MUST(listen(fd, 5));
	bind_elsewhere();
	TRY(connect(fd, &none, sizeof(none)));
	say_sockname("ended", fd);
	bind_elsewhere();
	TRY(listen(fd, 5));
	say_reached("127.0.0.1", fd);
	bind_elsewhere();
}

CHECK(several, first_of_two_does_not_listen)
{
	int one = sharer_at("127.0.0.1", false), two = sharer();

	say_reached("127.0.0.1", two);
	close(one);
	say_reached("127.0.0.1", two);
}

CHECK(several, one_after_the_other)
{
	int fds[3] = {sharer(), sharer(), sharer()};

	close(fds[0]);
	close(fds[1]);
	say_reached("127.0.0.1", fds[2]);
	fds[0] = sharer();
	close(fds[2]);
	say_reached("127.0.0.1", fds[0]);
}

/* The other family's, at the same port. */
CHECK(several, other_family_closed)
{
	int one = sharer_at("127.0.0.1", true), two = sharer_at("::1", true);

	MUST(close(one));
	say_reached("::1", two);
}

/* Each worker closes what is the others'. */
static void work(void *arg)
{
	int *fds = arg;

	close(fds[0]);
	say_reached("127.0.0.1", fds[1]);
}

CHECK(several, workers_listener)
{
	int fds[2] = {sharer(), sharer()};
	pid_t child;

	close(fds[0]);
	child = child_start(work, fds);
	say_child(child);
}

struct sleeper {
	int fd;
	pid_t tid;
	long result;
	int err;
	pthread_t thread;
};

static void *sleep_in_accept(void *arg)
{
	struct sleeper *s = arg;

	__atomic_store_n(&s->tid, gettid(), __ATOMIC_RELEASE);
	s->result = accept(s->fd, NULL, NULL);
	s->err = errno;
	return NULL;
}

static void *sleep_in_recv(void *arg)
{
	struct sleeper *s = arg;
	char c;

	__atomic_store_n(&s->tid, gettid(), __ATOMIC_RELEASE);
	s->result = recv(s->fd, &c, 1, 0);
	s->err = errno;
	return NULL;
}

static void put_to_sleep(struct sleeper *s, int n, int fd, void *(*run)(void *))
{
	for (int i = 0; i < n; i++) {
		s[i] = (struct sleeper){.fd = fd};
		s[i].thread = thread_start(run, &s[i]);
		while (!__atomic_load_n(&s[i].tid, __ATOMIC_ACQUIRE))
			sched_yield();
		wait_until_blocked(getpid(), s[i].tid);
	}
}

static void say_sleepers(struct sleeper *s, int n)
{
	for (int i = 0; i < n; i++) {
		thread_join(s[i].thread);
		say("woken: %ld %s", s[i].result,
		    s[i].result < 0 ? errno_text(s[i].err) : "");
	}
}

CHECK(several, first_of_two_shut_under_sleepers)
{
	int one = sharer(), two = sharer();
	struct sleeper s[3];

	put_to_sleep(s, 3, one, sleep_in_accept);
	MUST(shutdown(one, SHUT_RD));
	say_sleepers(s, 3);
	say_reached("127.0.0.1", two);
}

/* As the last sleeper of one that was shut down does, which wakes the next. */
static void dial_as_a_waker(void)
{
	struct sockaddr_vm from = {.svm_family = AF_VSOCK,
				   .svm_cid = VMADDR_CID_ANY,
				   .svm_port = 0xfeed0007};
	struct sockaddr_vm to = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = (unsigned)port(0)};
	int fd = (int)MUST(socket(AF_VSOCK, SOCK_STREAM, 0));

	MUST(bind(fd, (struct sockaddr *)&from, sizeof(from)));
	MUST(connect(fd, (struct sockaddr *)&to, sizeof(to)));
	MUST(close(fd));
}

CHECK(several, no_sleeper_where_the_last_one_dials)
{
	int listener = sharer();

	if (redirected_run() && !hybrid_run())
		dial_as_a_waker();
	say_reached("127.0.0.1", listener);
}

/* ---- connect(AF_UNSPEC) --------------------------------------------------- */

static void disconnect_under(int fd, int peer)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct sleeper s[3];

	put_to_sleep(s, 3, fd, sleep_in_recv);
	TRY(connect(fd, &none, sizeof(none)));
	say_sleepers(s, 3);
	say("told: %d", wait_for(peer, POLLIN));
}

CHECK(several, disconnected_while_others_receive)
{
	struct trio t = trio_at("127.0.0.1");

	disconnect_under(t.client, t.server);
}

CHECK(several, accepted_one_disconnected)
{
	struct trio t = trio_at("127.0.0.1");

	disconnect_under(t.server, t.client);
}

/* A copy in another process keeps nothing alive. */
CHECK(several, disconnected_with_a_copy_in_a_child)
{
	struct trio t = trio_at("127.0.0.1");
	pid_t child = fork();

	if (!child) {
		pause();
		_exit(0);
	}
	disconnect_under(t.client, t.server);
	kill(child, SIGKILL);
	say_child(child);
}

CHECK(several, shut_while_others_receive)
{
	static const int hows[] = {SHUT_WR, SHUT_RDWR};

	for (int i = 0; i < 2; i++) {
		struct trio t = trio_at("127.0.0.1");
		struct sleeper s[3];

		put_to_sleep(s, 3, t.client, sleep_in_recv);
		TRY(shutdown(t.client, hows[i]));
		if (hows[i] == SHUT_WR)
			close(t.server);
		say_sleepers(s, 3);
		close(t.client);
		close(t.server);
		close(t.listener);
	}
}

/* ---- threads on one descriptor -------------------------------------------- */

struct team {
	int fd;
	struct addr addr;
	int (*call)(int fd, const struct sockaddr *sa, socklen_t len);
	pthread_barrier_t go;
	pthread_t threads[3];
	int errors[3];
	int next;
};

static void *take_part(void *arg)
{
	struct team *t = arg;
	int me = __atomic_fetch_add(&t->next, 1, __ATOMIC_SEQ_CST);

	pthread_barrier_wait(&t->go);
	t->errors[me] = t->call(t->fd, SA(t->addr)) ? errno : 0;
	return NULL;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void run_team(struct team *t)
{
	pthread_barrier_init(&t->go, NULL, 3);
	t->next = 0;
	for (int i = 0; i < 3; i++)
		t->threads[i] = thread_start(take_part, t);
	for (int i = 0; i < 3; i++)
		thread_join(t->threads[i]);
	pthread_barrier_destroy(&t->go);
	qsort(t->errors, 3, sizeof(int), by_number);
}

/* How often each was seen, whichever thread it was. */
static void say_team(const struct team *t)
{
	for (int i = 0; i < 3; i++) {
		bool said = false;
		int n = 0;

		for (int j = 0; j < 3; j++) {
			n += t->errors[j] == t->errors[i];
			said |= j < i && t->errors[j] == t->errors[i];
		}
		if (!said)
			say("%s: %d", errno_text(t->errors[i]), n);
	}
}

static int count_queue(int listener)
{
	int n = 0, fd;

	MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		close(fd);
		n++;
	}
	return n;
}

CHECK(several, three_connect)
{
	struct team t = {.addr = at("127.0.0.1", port(0)), .call = connect};
	int listener = listen_at(t.addr, 8), server;

	t.fd = tcp_socket(AF_INET, 0);
	run_team(&t);
	say_team(&t);
	server = MUST(accept(listener, NULL, NULL));
	say_ping(t.fd, server);
	say("more: %d", count_queue(listener));
}

CHECK(several, three_are_refused)
{
	struct team t = {.addr = at("127.0.0.1", port(0)), .call = connect};
	int before, listener;

	t.fd = tcp_socket(AF_INET, 0);
	before = count_descriptors();
	run_team(&t);
	say_team(&t);
	say("descriptors: %+d", count_descriptors() - before);
	listener = listen_at(t.addr, 8);
	TRY(connect(t.fd, SA(t.addr)));
	say_ping(t.fd, accept(listener, NULL, NULL));
}

CHECK(several, three_bind)
{
	for (int i = 0; i < 2; i++) {
		struct team t = {.call = bind};
		int listener, fd;

		t.addr = at("127.0.0.1", i ? 0 : port(0));
		t.fd = listener = tcp_socket(AF_INET, 0);
		run_team(&t);
		say_team(&t);
		MUST(listen(listener, 4));
		t.addr = nowhere();
		MUST(getsockname(listener, SA_OUT(t.addr)));
		fd = connect_to(t.addr);
		say_ping(fd, accept(listener, NULL, NULL));
		close(listener);
	}
}
