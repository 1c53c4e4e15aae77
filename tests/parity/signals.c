/* SPDX-License-Identifier: MIT */
/* Signals: calls that they interrupt, and handlers that call us. */
#include "parity.h"

#include <sched.h>
#include <setjmp.h>
#include <sys/time.h>

static volatile sig_atomic_t handled;

static void count(int sig)
{
	(void)sig;
	handled++;
}

static void on_signal(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	MUST(sigaction(sig, &action, NULL));
}

/* ---- Interrupted --------------------------------------------------- */

CHECK(signals, connect_eintr_goes_on)
{
	struct pending p;
	int fd = tcp_socket(AF_INET, 0);

	on_signal(SIGUSR1, count, 0);
	pending_begin(&p);
	interrupt_when_blocked(SIGUSR1);
	TRY(connect(fd, SA(p.addr)));
	say("handled: %d", (int)handled);
	say_poll("going on", fd, POLLOUT, 0);
	pending_end(&p);
	say_poll("over", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
	say_peername("peer", fd);
}

CHECK(signals, connect_eintr_then_connect_waits)
{
	struct pending p;
	int fd = tcp_socket(AF_INET, 0);

	on_signal(SIGUSR1, count, 0);
	pending_begin(&p);
	interrupt_when_blocked(SIGUSR1);
	TRY(connect(fd, SA(p.addr)));
	pending_end(&p);
	TRY(connect(fd, SA(p.addr)));
	TRY(connect(fd, SA(p.addr)));
	say_peername("peer", fd);
}

struct ending {
	struct pending *pending;
	pid_t tid;
	pthread_t thread;
};

/* A signal as soon as connect() sleeps, and an end to it once it does again. */
static void *interrupt_and_end(void *arg)
{
	struct ending *e = arg;

	wait_until_blocked(getpid(), e->tid);
	pthread_kill(e->thread, SIGUSR1);
	while (!handled)
		sched_yield(); /* it may have our very priority */
	wait_until_blocked(getpid(), e->tid);
	pending_end(e->pending);
	return NULL;
}

CHECK(signals, connect_sa_restart)
{
	struct pending p;
	struct ending e = {&p, gettid(), pthread_self()};
	int fd = tcp_socket(AF_INET, 0);
	pthread_t thread;

	on_signal(SIGUSR1, count, SA_RESTART);
	pending_begin(&p);
	thread = thread_start(interrupt_and_end, &e);
	TRY(connect(fd, SA(p.addr)));
	thread_join(thread);
	say("handled: %d", (int)handled);
	say_peername("peer", fd);
}

/* Of two kinds of handlers the one that runs decides: ssh has both. */
CHECK(signals, connect_eintr_among_sa_restart)
{
	struct pending p;
	int fd = tcp_socket(AF_INET, 0);

	on_signal(SIGUSR1, count, 0);
	on_signal(SIGUSR2, count, SA_RESTART);
	pending_begin(&p);
	interrupt_when_blocked(SIGUSR1);
	TRY(connect(fd, SA(p.addr)));
	say("handled: %d", (int)handled);
	pending_end(&p);
	TRY(connect(fd, SA(p.addr)));
	say_peername("peer", fd);
}

CHECK(signals, connect_sa_restart_among_others)
{
	struct pending p;
	struct ending e = {&p, gettid(), pthread_self()};
	int fd = tcp_socket(AF_INET, 0);
	pthread_t thread;

	on_signal(SIGUSR1, count, SA_RESTART);
	on_signal(SIGUSR2, count, 0);
	pending_begin(&p);
	thread = thread_start(interrupt_and_end, &e);
	TRY(connect(fd, SA(p.addr)));
	thread_join(thread);
	say("handled: %d", (int)handled);
	say_peername("peer", fd);
}

struct nuisance {
	pid_t tid;
	pthread_t thread;
	int over;
};

/*
 * More than once: between two tries of a connect() that waits for a queue there
 * is an instant in which a signal is not noticed.
 */
static void *interrupt_until_over(void *arg)
{
	struct nuisance *n = arg;

	wait_until_blocked(getpid(), n->tid);
	while (!__atomic_load_n(&n->over, __ATOMIC_ACQUIRE)) {
		pthread_kill(n->thread, SIGUSR1);
		poll(NULL, 0, 50);
	}
	return NULL;
}

CHECK(signals, connect_eintr_at_a_full_queue)
{
	struct nuisance n = {gettid(), pthread_self(), 0};
	struct crowd crowd;
	int fd = tcp_socket(AF_INET, 0);
	pthread_t thread;

	on_signal(SIGUSR1, count, 0);
	crowd_begin(&crowd, "127.0.0.1");
	thread = thread_start(interrupt_until_over, &n);
	TRY(connect(fd, SA(crowd.addr)));
	say("handled: %d", handled > 0);
	__atomic_store_n(&n.over, 1, __ATOMIC_RELEASE);
	thread_join(thread);
}

/* As a program finds out that did not want to wait in connect(). */
static void say_whether_connected(int fd)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};
	socklen_t len = sizeof(int);
	int error = 0;
	bool ended = poll(&pollfd, 1, 200) > 0;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	say("looks connected: %d", ended && !error);
}

CHECK(signals, connect_eintr_at_a_full_queue_is_no_success)
{
	struct nuisance n = {gettid(), pthread_self(), 0};
	struct crowd crowd;
	int fd = tcp_socket(AF_INET, 0);
	pthread_t thread;

	on_signal(SIGUSR1, count, 0);
	crowd_begin(&crowd, "127.0.0.1");
	thread = thread_start(interrupt_until_over, &n);
	TRY(connect(fd, SA(crowd.addr)));
	__atomic_store_n(&n.over, 1, __ATOMIC_RELEASE);
	thread_join(thread);
	say_whether_connected(fd);
}

CHECK(signals, connect_sndtimeo_at_a_full_queue_is_no_success)
{
	struct timeval time = {0, 100000};
	struct crowd crowd;
	int fd = tcp_socket(AF_INET, 0);

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
	crowd_begin(&crowd, "127.0.0.1");
	TRY(connect(fd, SA(crowd.addr)));
	say_whether_connected(fd);
}

/* As System V's signal() had it: it goes with the signal. */
CHECK(signals, connect_eintr_by_a_handler_for_once)
{
	struct pending p;
	int fd = tcp_socket(AF_INET, 0);

	on_signal(SIGUSR1, count, SA_RESETHAND | SA_NODEFER);
	signal(SIGUSR2, count);
	pending_begin(&p);
	interrupt_when_blocked(SIGUSR1);
	TRY(connect(fd, SA(p.addr)));
	say("handled: %d", (int)handled);
	pending_end(&p);
}

CHECK(signals, connect_many_without_harm)
{
	struct itimerval fast = {{0, 2000}, {0, 2000}}, off = {{0, 0}, {0, 0}};
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 16), good = 0;

	on_signal(SIGALRM, count, SA_RESTART);
	MUST(setitimer(ITIMER_REAL, &fast, NULL));
	for (int i = 0; i < 100; i++) {
		int fd = tcp_socket(AF_INET, 0), peer;

		good += connect(fd, SA(a)) == 0;
		peer = accept(listener, NULL, NULL);
		good += peer >= 0;
		close(peer);
		close(fd);
	}
	MUST(setitimer(ITIMER_REAL, &off, NULL));
	say("good: %d", good);
}

CHECK(signals, accept_eintr)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);

	on_signal(SIGUSR1, count, 0);
	interrupt_when_blocked(SIGUSR1);
	TRY(accept(listener, NULL, NULL));
	connect_to(a);
	TRYFD(accept(listener, NULL, NULL));
}

CHECK(signals, recv_eintr)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	on_signal(SIGUSR1, count, 0);
	interrupt_when_blocked(SIGUSR1);
	TRY(recv(t.client, &c, 1, 0));
	say_ping(t.client, t.server);
}

CHECK(signals, recv_waitall_eintr)
{
	struct trio t = trio_at("127.0.0.1");
	char *buf = malloc(1 << 20);

	on_signal(SIGUSR1, count, 0);
	MUST(write(t.server, "hello", 5));
	wait_for(t.client, POLLIN);
	interrupt_when_blocked(SIGUSR1);
	TRY(recv(t.client, buf, 1 << 20, MSG_WAITALL));
	interrupt_when_blocked(SIGUSR1);
	TRY(recv(t.client, buf, 1 << 20, MSG_WAITALL));
}

static int restart_fds[2];

static void write_from_handler(int sig)
{
	(void)sig;
	handled++;
	if (write(restart_fds[0], "x", 1) != 1)
		abort();
}

CHECK(signals, recv_sa_restart)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	restart_fds[0] = t.server;
	on_signal(SIGUSR1, write_from_handler, SA_RESTART);
	interrupt_when_blocked(SIGUSR1);
	TRY(recv(t.client, &c, 1, 0));
	say("handled: %d", (int)handled);
}

static struct addr handler_addr;

static void connect_from_handler(int sig)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)sig;
	handled += connect(fd, SA(handler_addr)) == 0;
	close(fd);
}

CHECK(signals, accept_sa_restart)
{
	int listener;

	handler_addr = at("127.0.0.1", port(0));
	listener = listen_at(handler_addr, 4);

	on_signal(SIGUSR1, connect_from_handler, SA_RESTART);
	interrupt_when_blocked(SIGUSR1);
	TRYFD(accept(listener, NULL, NULL));
	say("handled: %d", (int)handled);
}

/* ---- Handlers that call the hooked functions ----------------------- */

static void everything_from_handler(int sig)
{
	int err = errno, value = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	struct addr a = nowhere();
	socklen_t len = sizeof(value);

	(void)sig;
	if (connect(fd, SA(handler_addr)) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, len) == 0 &&
	    getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &len) == 0 &&
	    getsockname(fd, SA_OUT(a)) == 0)
		handled++;
	close(fd);
	errno = err;
}

CHECK(signals, handler_calls_everything)
{
	handler_addr = at("127.0.0.1", port(0));
	listen_at(handler_addr, 64);
	on_signal(SIGUSR1, everything_from_handler, 0);
	for (int i = 0; i < 10; i++)
		raise(SIGUSR1);
	say("handled: %d", (int)handled);
}

CHECK(signals, handler_while_the_main_program_does_too)
{
	enum { SIGNALS = 20 };
	struct itimerval fast = {{0, 5000}, {0, 5000}}, off = {{0, 0}, {0, 0}};
	struct addr a = at("127.0.0.1", port(1));
	int listener = listen_at(a, 64), bad = 0;

	handler_addr = at("127.0.0.1", port(0));
	listen_at(handler_addr, 4096);
	on_signal(SIGALRM, everything_from_handler, SA_RESTART);
	MUST(setitimer(ITIMER_REAL, &fast, NULL));
	while (handled < SIGNALS) {
		int fd = connect_to(a);

		bad += set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1) < 0;
		close(fd);
		close(accept(listener, NULL, NULL));
	}
	MUST(setitimer(ITIMER_REAL, &off, NULL));
	say("bad: %d", bad);
}

static sigjmp_buf out;

static void jump_out(int sig)
{
	siglongjmp(out, sig);
}

/* The oldest way to bound a connect(). */
CHECK(signals, longjmp_out_of_connect)
{
	struct addr a = at("127.0.0.1", port(1));
	volatile int fd = tcp_socket(AF_INET, 0);
	struct pending p;
	int listener;

	on_signal(SIGUSR1, jump_out, 0);
	pending_begin(&p);
	if (sigsetjmp(out, 1) == 0) {
		interrupt_when_blocked(SIGUSR1);
		TRY(connect(fd, SA(p.addr)));
	} else {
		say("out");
	}
	pending_end(&p);
	TRY(close(fd));
	listener = listen_at(a, 4);
	fd = connect_to(a);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

/* ---- SIGPIPE ------------------------------------------------------- */

CHECK(signals, sigpipe_after_own_shutdown)
{
	struct trio t = trio_at("127.0.0.1");

	on_signal(SIGPIPE, count, 0);
	MUST(shutdown(t.client, SHUT_WR));
	TRY(write(t.client, "x", 1));
	TRY(send(t.client, "x", 1, 0));
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
	say("SIGPIPE: %d", (int)handled);
}

CHECK(signals, sigpipe_on_a_fresh_socket)
{
	int fd = tcp_socket(AF_INET, 0);

	on_signal(SIGPIPE, count, 0);
	TRY(write(fd, "x", 1));
	TRY(sendto(fd, "x", 1, 0, NULL, 0));
	say("SIGPIPE: %d", (int)handled);
}

CHECK(signals, sigpipe_after_the_peer_closed)
{
	struct trio t = trio_at("127.0.0.1");

	on_signal(SIGPIPE, count, 0);
	MUST(close(t.server));
	wait_for(t.client, POLLRDHUP);
	/* What this one says: data/write-after-the-peer-closed. */
	send(t.client, "x", 1, MSG_NOSIGNAL);
	wait_for(t.client, POLLHUP | POLLERR);
	TRY(write(t.client, "x", 1));
	say("SIGPIPE: %d", (int)handled);
}
