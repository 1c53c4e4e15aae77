/* SPDX-License-Identifier: MIT */
/*
 * libvsock on a real AF_VSOCK, over the loopback CID. Prints a line for each
 * check; exits with 1 when one failed, with 77 where there is no loopback.
 */
#include "vsock/vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* A hang is a failure: the alarm ends the program. */
#define TIME_LIMIT_S 120

static const char *check_name;
static unsigned failures, skipped, check_failures, check_skips;

#define CHECK(what) check((what), #what, __LINE__)

static void check(bool good, const char *what, int line)
{
	if (good)
		return;
	printf("FAIL %s: line %d: %s (errno %d)\n", check_name, line, what,
	       errno);
	check_failures++;
}

static void skip(const char *why)
{
	printf("skip %s: %s\n", check_name, why);
	check_skips++;
}

/* ---- Building blocks ----------------------------------------------- */

static int listen_local(struct vsock_addr *addr)
{
	int fd = vsock_listen_cid(VSOCK_CID_LOCAL, 0);

	CHECK(fd >= 0);
	CHECK(vsock_local_addr(fd, addr) == 0);
	return fd;
}

struct pair {
	int client, server;
};

static struct pair connected(void)
{
	struct vsock_addr addr;
	struct pair pair;
	int fd = listen_local(&addr);

	pair.client = vsock_dial(addr.cid, addr.port, 0);
	CHECK(pair.client >= 0);
	pair.server = vsock_accept(fd, NULL, 0);
	CHECK(pair.server >= 0);
	CHECK(vsock_close(fd) == 0);
	return pair;
}

static void close_pair(struct pair pair)
{
	CHECK(vsock_close(pair.client) == 0);
	CHECK(vsock_close(pair.server) == 0);
}

/* A port of CID 1 that was just given back. */
static uint32_t port_of_nobody(void)
{
	struct vsock_addr addr = {0};

	CHECK(vsock_close(listen_local(&addr)) == 0);
	return addr.port;
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool cloexec_only(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC &&
	       !(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

/* ---- The checks ---------------------------------------------------- */

static void listen_chooses_a_port(void)
{
	struct vsock_addr one = {0}, two = {0};
	int a = listen_local(&one), b = listen_local(&two);

	CHECK(one.cid == VSOCK_CID_LOCAL);
	CHECK(one.port >= 1024 && one.port != VSOCK_PORT_ANY);
	CHECK(two.port != one.port);
	CHECK(cloexec_only(a));
	vsock_close(a);
	vsock_close(b);
}

static void listen_on_a_given_port(void)
{
	uint32_t port = port_of_nobody();
	struct vsock_addr addr = {0};
	int fd = vsock_listen_cid(VSOCK_CID_ANY, port);

	CHECK(vsock_local_addr(fd, &addr) == 0);
	CHECK(addr.cid == VSOCK_CID_ANY && addr.port == port);
	CHECK(vsock_listen_cid(VSOCK_CID_ANY, port) == -1);
	CHECK(errno == EADDRINUSE);
	vsock_close(fd);
	CHECK(vsock_listen_cid(77, port) == -1 && errno == EADDRNOTAVAIL);
}

static void listen_on_our_cid(void)
{
	struct vsock_addr addr = {0};
	uint32_t cid = 77;
	int fd;

	if (vsock_local_cid(&cid) < 0) {
		CHECK(cid == 77);
		CHECK(vsock_listen(0) == -1);
		skip("/dev/vsock can't be asked here");
		return;
	}
	fd = vsock_listen(0);
	CHECK(vsock_local_addr(fd, &addr) == 0);
	CHECK(addr.cid == cid && addr.port >= 1024);
	vsock_close(fd);
}

static void both_ends_agree(void)
{
	struct vsock_addr listener = {0}, local = {0}, peer = {0}, addr = {0};
	int fd = listen_local(&listener);
	int client = vsock_dial(listener.cid, listener.port, 5000);
	int server = vsock_accept(fd, &peer, 0);

	CHECK(vsock_local_addr(client, &local) == 0);
	CHECK(local.cid == VSOCK_CID_ANY);
	CHECK(peer.cid == VSOCK_CID_LOCAL && peer.port == local.port);
	CHECK(vsock_remote_addr(server, &addr) == 0);
	CHECK(addr.cid == peer.cid && addr.port == peer.port);
	CHECK(vsock_remote_addr(client, &addr) == 0);
	CHECK(addr.cid == listener.cid && addr.port == listener.port);
	CHECK(vsock_local_addr(server, &addr) == 0);
	CHECK(addr.cid == listener.cid && addr.port == listener.port);
	close_pair((struct pair){client, server});
	vsock_close(fd);
}

static void descriptors_have_their_flags(void)
{
	struct pair pair = connected();

	CHECK(cloexec_only(pair.client));
	CHECK(cloexec_only(pair.server));
	close_pair(pair);
}

static void accept_takes_nonblock(void)
{
	struct vsock_addr addr = {0};
	int fd = listen_local(&addr);
	int client = vsock_dial(addr.cid, addr.port, 0);
	int server = vsock_accept(fd, NULL, SOCK_NONBLOCK);

	CHECK(fcntl(server, F_GETFL) & O_NONBLOCK);
	CHECK(fcntl(server, F_GETFD) == FD_CLOEXEC);
	CHECK(vsock_accept(fd, NULL, SOCK_CLOEXEC) == -1 && errno == EINVAL);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	CHECK(vsock_accept(fd, NULL, 0) == -1 && errno == EAGAIN);
	close_pair((struct pair){client, server});
	vsock_close(fd);
}

static void say(int from, int to, const char *text)
{
	char buf[64] = {0};
	ssize_t len = (ssize_t)strlen(text);

	CHECK(write(from, text, (size_t)len) == len);
	CHECK(recv(to, buf, (size_t)len, MSG_WAITALL) == len);
	CHECK(strcmp(buf, text) == 0);
}

static void data_flows_both_ways(void)
{
	struct pair pair = connected();
	char c;

	say(pair.client, pair.server, "from the one who dialled");
	say(pair.server, pair.client, "from the one who accepted");
	CHECK(shutdown(pair.client, SHUT_WR) == 0);
	CHECK(read(pair.server, &c, 1) == 0);
	say(pair.server, pair.client, "after half of it is closed");
	close_pair(pair);
}

static void nobody_listens(void)
{
	uint32_t port = port_of_nobody();

	CHECK(vsock_dial(VSOCK_CID_LOCAL, port, 0) == -1);
	CHECK(errno == ECONNRESET);
	CHECK(vsock_dial(VSOCK_CID_LOCAL, port, 5000) == -1);
	CHECK(errno == ECONNRESET);
}

/* Anywhere else CID 77 may be somebody's machine. */
static void no_way_there(void)
{
	const char *rig = getenv("RIG");

	if (!rig || strcmp(rig, "kernel") != 0) {
		skip("not in the test kernel");
		return;
	}
	CHECK(vsock_dial(77, 1024, 0) == -1 && errno == ENODEV);
}

static void no_negative_timeout(void)
{
	CHECK(vsock_dial(VSOCK_CID_LOCAL, 1024, -1) == -1 && errno == EINVAL);
}

static void no_other_sockets(void)
{
	struct vsock_addr addr = {.cid = 5, .port = 6};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int listener = listen_local(&(struct vsock_addr){0});

	CHECK(vsock_local_addr(fd, &addr) == -1 && errno == EAFNOSUPPORT);
	CHECK(vsock_local_addr(-1, &addr) == -1 && errno == EBADF);
	CHECK(vsock_remote_addr(listener, &addr) == -1 && errno == ENOTCONN);
	CHECK(addr.cid == 5 && addr.port == 6);
	CHECK(vsock_close(fd) == 0);
	CHECK(vsock_close(listener) == 0);
	CHECK(vsock_close(-1) == -1 && errno == EBADF);
}

static int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void failures_leave_nothing_open(void)
{
	uint32_t port = port_of_nobody();
	int before = count_descriptors();
	uint32_t cid;

	vsock_dial(VSOCK_CID_LOCAL, port, 0);
	vsock_dial(VSOCK_CID_LOCAL, port, 5000);
	vsock_listen_cid(77, port);
	vsock_local_cid(&cid);
	CHECK(count_descriptors() == before);
}

static void success_leaves_errno(void)
{
	struct pair pair;
	struct vsock_addr addr;

	errno = ENOTTY;
	pair = connected();
	vsock_remote_addr(pair.client, &addr);
	close_pair(pair);
	CHECK(errno == ENOTTY);
}

/* ---- A transport that answers nobody ------------------------------- */

/*
 * Loopback answers at once, and no CID without a machine behind it does at
 * all. So its only worker is made to wait: for the lock of a socket in the
 * middle of send(), which waits for a page that nobody fills in.
 */
struct stall {
	struct pair pair;
	int uffd;
	char *page;
	long size;
	pthread_t sender;
};

/* The signals of these tests are for the thread that dials. */
static void start_thread(pthread_t *thread, void *run(void *), void *arg)
{
	sigset_t all, saved;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	CHECK(pthread_create(thread, NULL, run, arg) == 0);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
}

static void *send_page(void *arg)
{
	struct stall *stall = arg;

	return send(stall->pair.server, stall->page, 1, 0) == 1 ? stall : NULL;
}

static int register_page(struct stall *stall)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register reg = {.mode = UFFDIO_REGISTER_MODE_MISSING};

	stall->uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (stall->uffd < 0)
		return -1;
	stall->size = sysconf(_SC_PAGESIZE);
	stall->page = mmap(NULL, (size_t)stall->size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)stall->page;
	reg.range.len = (uintptr_t)stall->size;
	if (ioctl(stall->uffd, UFFDIO_API, &api) < 0)
		return -1;
	return ioctl(stall->uffd, UFFDIO_REGISTER, &reg);
}

/* The fault is reported when send() has the lock: then the worker is led in. */
static bool start_stall(struct stall *stall)
{
	struct uffd_msg msg;

	if (register_page(stall) < 0) {
		skip("userfaultfd(2) can't be used");
		return false;
	}
	stall->pair = connected();
	start_thread(&stall->sender, send_page, stall);
	CHECK(read(stall->uffd, &msg, sizeof(msg)) == sizeof(msg));
	CHECK(write(stall->pair.client, "x", 1) == 1);
	return true;
}

static void end_stall(struct stall *stall)
{
	struct uffdio_zeropage zero = {
		.range.start = (uintptr_t)stall->page,
		.range.len = (uintptr_t)stall->size,
	};
	void *sent;

	CHECK(ioctl(stall->uffd, UFFDIO_ZEROPAGE, &zero) == 0);
	pthread_join(stall->sender, &sent);
	CHECK(sent == stall);
	close(stall->uffd);
	munmap(stall->page, (size_t)stall->size);
	close_pair(stall->pair);
}

static void dial_in_vain(int timeout_ms)
{
	struct vsock_addr addr = {0};
	int fd = listen_local(&addr);
	int64_t start = now_ms();

	CHECK(vsock_dial(addr.cid, addr.port, timeout_ms) == -1);
	CHECK(errno == ETIMEDOUT);
	CHECK(now_ms() - start >= timeout_ms);
	vsock_close(fd);
}

/* Below the kernel's own limit, at it, and beyond it. */
static void timeout_ends_the_waiting(void)
{
	struct stall stall;

	if (!start_stall(&stall))
		return;
	dial_in_vain(200);
	dial_in_vain(0);
	dial_in_vain(2500);
	end_stall(&stall);
}

static sem_t signals;

static void count_signal(int sig)
{
	(void)sig;
	sem_post(&signals);
}

static void signal_every(int ms)
{
	struct itimerval every = {
		.it_interval.tv_usec = ms * 1000,
		.it_value.tv_usec = ms * 1000,
	};

	CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
}

static void start_signals(struct sigaction *saved)
{
	struct sigaction count = {.sa_handler = count_signal};

	sem_init(&signals, 0, 0);
	sigaction(SIGALRM, &count, saved);
	signal_every(50);
}

static void end_signals(const struct sigaction *saved)
{
	signal_every(0);
	sigaction(SIGALRM, saved, NULL);
	alarm(TIME_LIMIT_S);
}

static void signals_leave_the_timeout(void)
{
	struct sigaction saved;
	struct stall stall;
	int n = 0;

	if (!start_stall(&stall))
		return;
	start_signals(&saved);
	dial_in_vain(500);
	end_signals(&saved);
	sem_getvalue(&signals, &n);
	CHECK(n > 0);
	end_stall(&stall);
}

static void *end_stall_after_signals(void *arg)
{
	for (int i = 0; i < 4; i++)
		sem_wait(&signals);
	end_stall(arg);
	return NULL;
}

static void signals_leave_the_connection(void)
{
	struct sigaction saved;
	struct stall stall;
	struct vsock_addr addr = {0};
	pthread_t ender;
	int listener, fd;

	if (!start_stall(&stall))
		return;
	listener = listen_local(&addr);
	start_signals(&saved);
	start_thread(&ender, end_stall_after_signals, &stall);
	fd = vsock_dial(addr.cid, addr.port, 60000);
	end_signals(&saved);
	CHECK(fd >= 0);
	pthread_join(ender, NULL);
	vsock_close(fd);
	vsock_close(listener);
}

/* ---- Running them -------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(void);
} checks[] = {
	{"listen-chooses-a-port", listen_chooses_a_port},
	{"listen-on-a-given-port", listen_on_a_given_port},
	{"listen-on-our-cid", listen_on_our_cid},
	{"both-ends-agree", both_ends_agree},
	{"descriptors-have-their-flags", descriptors_have_their_flags},
	{"accept-takes-nonblock", accept_takes_nonblock},
	{"data-flows-both-ways", data_flows_both_ways},
	{"nobody-listens", nobody_listens},
	{"no-way-there", no_way_there},
	{"no-negative-timeout", no_negative_timeout},
	{"no-other-sockets", no_other_sockets},
	{"failures-leave-nothing-open", failures_leave_nothing_open},
	{"success-leaves-errno", success_leaves_errno},
	{"timeout-ends-the-waiting", timeout_ends_the_waiting},
	{"signals-leave-the-timeout", signals_leave_the_timeout},
	{"signals-leave-the-connection", signals_leave_the_connection},
};

/* A bind() sends nothing; connections are only made where it succeeds. */
static bool have_loopback(void)
{
	int fd = vsock_listen_cid(VSOCK_CID_LOCAL, 0);

	if (fd < 0)
		return false;
	vsock_close(fd);
	return true;
}

static void run(size_t i)
{
	check_name = checks[i].name;
	check_failures = check_skips = 0;
	checks[i].run();
	failures += check_failures > 0;
	skipped += check_skips > 0;
	if (check_failures + check_skips == 0)
		printf("ok   %s\n", check_name);
}

int main(void)
{
	size_t n = sizeof(checks) / sizeof(checks[0]);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!have_loopback()) {
		puts("no AF_VSOCK loopback here");
		return 77;
	}
	alarm(TIME_LIMIT_S);
	for (size_t i = 0; i < n; i++)
		run(i);
	printf("%zu checks, %u failed, %u skipped\n", n, failures, skipped);
	return failures > 0;
}
