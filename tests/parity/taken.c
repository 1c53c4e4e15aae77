/* SPDX-License-Identifier: MIT */
/*
 * What is taken away from a call, or takes the thread away: numbers that are
 * closed and used again while connect() waits for them, cancellation where
 * POSIX lists no point, handlers that jump, children in the middle of it.
 */
#include "parity.h"

#include <setjmp.h>
#include <sys/stat.h>
#include <sys/time.h>

/* ---- cancellation -------------------------------------------------------- */

struct uncancelled {
	int listener, client, fresh;
	struct addr addr;
	int which;
	bool returned;
};

static void call_no_point(struct uncancelled *u)
{
	int number = 33;
	socklen_t len = sizeof(number);
	struct addr own = nowhere();

	switch (u->which) {
	case 0:
		setsockopt(u->client, IPPROTO_TCP, TCP_KEEPIDLE, &number, len);
		break;
	case 1:
		getsockopt(u->client, IPPROTO_TCP, TCP_KEEPIDLE, &number, &len);
		break;
	case 2:
		setsockopt(u->fresh, IPPROTO_TCP, TCP_KEEPIDLE, &number, len);
		bind(u->fresh, SA(u->addr));
		break;
	case 3:
		listen(u->listener, 5);
		break;
	case 4:
		getsockname(u->client, SA_OUT(own));
		break;
	case 5:
		getpeername(u->client, SA_OUT(own));
		break;
	case 6:
		ioctl(u->client, FIONREAD, &number);
		break;
	case 7:
		shutdown(u->client, SHUT_RD);
		break;
	case 8:
		shutdown(u->listener, SHUT_RD);
		break;
	}
}

static void *cancel_and_call(void *arg)
{
	struct uncancelled *u = arg;

	pthread_cancel(pthread_self());
	call_no_point(u);
	u->returned = true;
	pthread_testcancel();
	return NULL;
}

CHECK(taken, no_cancellation_point)
{
	static const char *const names[] = {
		"setsockopt", "getsockopt",	      "bind",
		"listen",     "getsockname",	      "getpeername",
		"ioctl",      "shutdown of a client", "shutdown of a listener",
	};
	struct uncancelled u = {.addr = at("127.0.0.1", port(1))};
	struct addr to = at("127.0.0.1", port(0));

	u.listener = listen_at(to, 5);
	u.client = socket(AF_INET, SOCK_STREAM, 0);
	MUST(connect(u.client, SA(to)));
	for (u.which = 0; u.which < 9; u.which++) {
		int before;

		u.fresh = socket(AF_INET, SOCK_STREAM, 0);
		u.returned = false;
		before = count_descriptors();
		thread_join(thread_start(cancel_and_call, &u));
		say("%s returned: %d, descriptors: %+d", names[u.which],
		    u.returned, count_descriptors() - before);
		close(u.fresh);
	}
}

/* ---- numbers ------------------------------------------------------------- */

struct dialler {
	int fd, result;
	struct addr to;
	pthread_barrier_t go;
};

static void *dial(void *arg)
{
	struct dialler *d = arg;

	pthread_barrier_wait(&d->go);
	d->result = connect(d->fd, SA(d->to));
	return NULL;
}

/* What has come to the number meanwhile is a file, and stays one. */
static bool is_file_still(struct dialler *d, int round)
{
	struct timespec moment = {0, round % 40 * 20000L};
	pthread_t thread;
	struct stat st;
	int file, fd;

	d->fd = fd = socket(AF_INET, SOCK_STREAM, 0);
	pthread_barrier_init(&d->go, NULL, 2);
	thread = thread_start(dial, d);
	pthread_barrier_wait(&d->go);
	nanosleep(&moment, NULL);
	close(fd);
	file = open("/dev/null", O_RDWR);
	thread_join(thread);
	MUST(fstat(file, &st));
	close(file);
	return S_ISCHR(st.st_mode) && file == fd;
}

CHECK(taken, number_in_connect)
{
	struct dialler d = {.to = at("127.0.0.1", port(0))};
	int listener = listen_at(d.to, 300), before = count_descriptors();
	int good = 0;

	for (int round = 0; round < 120; round++)
		good += is_file_still(&d, round);
	say("files: %d, descriptors: %+d", good, count_descriptors() - before);
	close(listener);
}

/* ---- jumps --------------------------------------------------------------- */

static sigjmp_buf out;

static void jump(int number)
{
	(void)number;
	siglongjmp(out, 1);
}

static void set_alarm(long us)
{
	struct itimerval time = {.it_value = {0, us}};

	MUST(setitimer(ITIMER_REAL, &time, NULL));
}

/* Wherever the handler comes, nothing is left that the program did not make. */
CHECK(taken, jumps_out_of_connect)
{
	struct addr to = at("127.0.0.1", port(0));
	int listener = listen_at(to, 300), before, state;
	volatile int left_over = 0;

	signal(SIGALRM, jump);
	before = count_descriptors();
	for (volatile int round = 0; round < 60; round++) {
		volatile int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (!sigsetjmp(out, 1)) {
			set_alarm(1 + round * 20);
			connect(fd, SA(to));
			set_alarm(0);
		}
		close(fd);
	}
	left_over = count_descriptors() - before;
	say("a few at most: %d", left_over <= 3);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	say("enabled: %d", state == PTHREAD_CANCEL_ENABLE);
	close(listener);
}

/* ---- children ------------------------------------------------------------ */

struct binder {
	struct addr addr;
	int number;
	bool stop;
};

static void *bind_and_close(void *arg)
{
	struct binder *b = arg;
	int one = 1;

	while (!__atomic_load_n(&b->stop, __ATOMIC_RELAXED)) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		bind(fd, SA(b->addr));
		close(fd);
	}
	return NULL;
}

static bool has_sockets(int except)
{
	int type, n = 0;
	socklen_t len = sizeof(type);

	for (int fd = 0; fd < 64; fd++)
		n += fd != except &&
		     !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	return n > 0;
}

CHECK(taken, children_have_no_strangers)
{
	struct binder b = {.addr = at("127.0.0.1", port(0))};
	int strangers = 0, status;
	pthread_t thread;

	b.number = dup(0); /* the one that the thread's socket has */
	close(b.number);
	thread = thread_start(bind_and_close, &b);
	for (int i = 0; i < 60; i++) {
		pid_t child = fork();

		if (!child)
			_exit(has_sockets(b.number));
		MUST(waitpid(child, &status, 0));
		strangers += status != 0;
	}
	__atomic_store_n(&b.stop, true, __ATOMIC_RELAXED);
	thread_join(thread);
	say("strangers: %d", strangers);
}
