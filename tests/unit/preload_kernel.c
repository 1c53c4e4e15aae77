/* SPDX-License-Identifier: MIT */
/* What the interposer keeps in the kernel, and asks of it. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/diag.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"
#include "redirect/kernel/wait.h"
#include "redirect/state/hints.h"
#include "redirect/state/tag.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/epoll.h"
#include "redirect/swap/window.h"
#include "vsock/vm_sockets.h"

TestSuite(kernel, .timeout = 30);

/* ---- ask ----------------------------------------------------------------- */

static int timeout_set_to(long seconds, long microseconds)
{
	struct timeval time = {seconds, microseconds};
	int fds[2];

	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	cr_assert(!setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &time,
			      sizeof(time)));
	cr_expect(ask_timeout(fds[0], SO_SNDTIMEO) == -1);
	return ask_timeout(fds[0], SO_RCVTIMEO);
}

/* The kernel keeps multiples of its tick, which is 10 ms at most. */
Test(kernel, a_timeout_has_parts_of_a_second)
{
	cr_expect_eq(timeout_set_to(1, 500000), 1500);
	cr_expect_eq(timeout_set_to(0, 300000), 300);
	cr_expect_eq(timeout_set_to(2, 0), 2000);
	cr_expect_eq(timeout_set_to(0, 0), -1);
}

/* ---- tag ----------------------------------------------------------------- */

Test(kernel, only_marked_sockets_have_a_tag)
{
	int fds[2], pipes[2];

	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds) && !pipe(pipes));
	cr_expect(tag_read(fds[0]) == -ENOENT);
	cr_expect(tag_read(pipes[0]) == -ENOENT);
	cr_expect(tag_read(-1) == -ENOENT);
	cr_expect(tag_read(9999) == -ENOENT);
	cr_expect(tag_write(fds[0], TAG_V6 | TAG_BOUND) == 0);
	cr_expect(tag_read(fds[0]) == (TAG_V6 | TAG_BOUND));
	cr_expect(tag_read(fds[1]) == -ENOENT);
	cr_expect(tag_read(dup(fds[0])) == (TAG_V6 | TAG_BOUND));
	cr_expect(tag_write(fds[0], TAG_CLIENT) == 0);
	cr_expect(tag_read(fds[0]) == TAG_CLIENT);
	cr_expect(tag_write(pipes[0], 0) == -ENOTSOCK);
}

Test(kernel, a_rate_that_somebody_set_is_no_tag)
{
	static const uint64_t rates[] = {1,	     1000,	 125000000,
					 1250000000, 5000000000, 12500000000};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_expect(tag_read(fd) == -ENOENT);
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		cr_assert(!setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE,
				      &rates[i], sizeof(rates[i])));
		cr_expect(tag_read(fd) == -ENOENT, "%zu", i);
	}
}

/* Those that mean different things to a bound socket and another. */
Test(kernel, every_flag_is_kept)
{
	static const int kept[] = {
		TAG_CLIENT | TAG_PENDING,
		TAG_CLIENT | TAG_OWN | TAG_NODELAY,
		TAG_CLIENT | TAG_V6 | TAG_V6ONLY | TAG_INHERIT,
		TAG_CLIENT | TAG_REFUSED | TAG_PENDING | TAG_HYBRID,
		TAG_BOUND | TAG_QUIET,
		TAG_BOUND | TAG_SHUT | TAG_REUSEADDR,
		TAG_BOUND | TAG_V6 | TAG_MAPPED,
		TAG_ACCEPTED | TAG_HYBRID | TAG_NODELAY,
		TAG_ACCEPTED | TAG_V6 | TAG_V6ONLY,
	};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		struct endpoint any = {.port = 80};

		any.addr.family = kept[i] & TAG_V6 ? AF_INET6 : AF_INET;
		cr_assert(!tag_write_named(fd, kept[i], &any));
		cr_expect(tag_read(fd) == kept[i], "%zu", i);
		cr_assert(!tag_write(fd, kept[i]));
		cr_expect(tag_read_named(fd, &any) == kept[i], "%zu", i);
		cr_expect(any.port == 80, "%zu", i);
	}
}

static struct endpoint name_of(const char *text, uint16_t port)
{
	struct endpoint name = {.port = port};

	name.addr.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	cr_assert(inet_pton(name.addr.family, text, &name.addr.ip) == 1);
	return name;
}

static const char *const addresses[] = {
	"0.0.0.0",
	"127.0.0.1",
	"255.255.255.255",
	"10.0.0.5",
	"198.18.0.1",
	"100.64.0.3",
	"::",
	"::1",
	"fd76:736f:636b:1::5",
	"fd76:736f:636b::3",
	"fd76:736f:636b::ffff:fffe",
	"2001:db8::7",
	"fe80::1234:5678:9abc:def0",
};

static const uint16_t ports[] = {0, 1, 80, 32768, 65535};

static void write_and_read(int fd, const char *text, uint16_t port)
{
	struct endpoint name = name_of(text, port), got = {0};

	int flags = TAG_CLIENT | TAG_OWN |
		    (name.addr.family == AF_INET6 ? TAG_V6 : 0);

	cr_assert(tag_write_named(fd, flags, &name) == 0);
	cr_assert(tag_read_named(fd, &got) == flags);
	cr_expect(got.port == port, "%s port %u", text, got.port);
	cr_expect(got.addr.family == name.addr.family, "%s", text);
	cr_expect(!memcmp(&got.addr.ip, &name.addr.ip,
			  name.addr.family == AF_INET ? 4 : 16),
		  "%s", text);
}

Test(kernel, a_socket_keeps_any_name)
{
	int fds[2];

	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
		for (size_t k = 0; k < sizeof(ports) / sizeof(*ports); k++)
			write_and_read(fds[0], addresses[i], ports[k]);
}

/* Where nobody may make one there is nothing to check. */
Test(kernel, a_real_vsock_socket_keeps_tag_and_name)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0)
		cr_skip_test("no AF_VSOCK: %s", strerror(errno));
	cr_expect(tag_read(fd) == -ENOENT);
	cr_expect(tag_write(fd, TAG_CLIENT | TAG_OWN) == 0);
	cr_expect(tag_read(fd) == (TAG_CLIENT | TAG_OWN));
	write_and_read(fd, "2001:db8::7", 65535);
	write_and_read(fd, "10.0.0.5", 5432);
	cr_expect(tag_read(fd) == (TAG_CLIENT | TAG_OWN));
}

/* ---- epoll --------------------------------------------------------------- */

/* A pair whose first end is registered, and another pair to put there. */
struct pairs {
	int a[2], b[2];
};

static struct pairs make_pairs(unsigned hints)
{
	struct pairs pairs;

	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, pairs.a));
	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, pairs.b));
	hint_reset(pairs.a[0], hints);
	return pairs;
}

static void swap(const struct pairs *pairs)
{
	struct epoll_saved saved;

	epoll_take(pairs->a[0], &saved);
	cr_assert(dup3(pairs->b[0], pairs->a[0], 0) == pairs->a[0]);
	epoll_give(pairs->a[0], &saved);
	close(pairs->b[0]);
}

static void add_noted(int set, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event event = {.events = events, .data.u64 = data};

	cr_assert(!epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	epoll_note(set, EPOLL_CTL_ADD, fd, &event);
}

static int ready(int set, struct epoll_event *event)
{
	memset(event, 0, sizeof(*event));
	return epoll_wait(set, event, 1, 0);
}

static void expect_moved(const struct pairs *pairs, int set, uint64_t data)
{
	struct epoll_event event;

	cr_assert(write(pairs->a[1], "x", 1) <= 1);
	cr_expect(ready(set, &event) == 0, "the old socket is still there");
	cr_assert(write(pairs->b[1], "x", 1) == 1);
	cr_expect(ready(set, &event) == 1, "the new socket is not there");
	cr_expect(event.data.u64 == data && event.events == EPOLLIN);
}

static const unsigned kinds[] = {HINT_BORN, 0};

Test(kernel, a_registration_moves_with_its_data)
{
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < 2; i++) {
		struct pairs pairs = make_pairs(kinds[i]);
		int set = epoll_create1(0);

		add_noted(set, pairs.a[0], EPOLLIN, 0xfedcba9876543210);
		swap(&pairs);
		expect_moved(&pairs, set, 0xfedcba9876543210);
	}
}

/* Whoever registered it before the library was there. */
Test(kernel, a_registration_in_an_inherited_set_moves)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 5};
	struct pairs pairs = make_pairs(0);
	int set = epoll_create1(0);

	signal(SIGPIPE, SIG_IGN);
	cr_assert(!epoll_ctl(set, EPOLL_CTL_ADD, pairs.a[0], &event));
	epoll_inherited(set);
	swap(&pairs);
	expect_moved(&pairs, set, 5);
}

/* What the kernel says of the set comes in several pieces, cut anywhere. */
Test(kernel, each_registration_of_a_large_set_is_found)
{
	enum { MANY = 300 };
	int set = epoll_create1(0), fds[MANY];

	epoll_distrust();
	for (int i = 0; i < MANY; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.fd = i};

		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		hint_reset(fds[i], HINT_BORN);
		cr_assert(!epoll_ctl(set, EPOLL_CTL_ADD, fds[i], &event));
	}
	for (int i = 0; i < MANY; i++) {
		struct epoll_saved saved;

		epoll_take(fds[i], &saved);
		cr_expect(saved.n == 1 && saved.in[0].event.data.fd == i,
			  "number %d of %d", i, MANY);
		epoll_give(fds[i], &saved);
	}
}

Test(kernel, io_uring_makes_every_set_worth_a_look)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 6};
	struct pairs pairs = make_pairs(HINT_BORN);
	int set = epoll_create1(0);

	signal(SIGPIPE, SIG_IGN);
	epoll_distrust();
	cr_assert(!epoll_ctl(set, EPOLL_CTL_ADD, pairs.a[0], &event));
	swap(&pairs);
	expect_moved(&pairs, set, 6);
}

Test(kernel, several_sets_get_their_own_registration_back)
{
	struct pairs pairs = make_pairs(HINT_BORN);
	struct epoll_event event;
	int sets[5];

	for (int i = 0; i < 5; i++) {
		sets[i] = epoll_create1(0);
		add_noted(sets[i], pairs.a[0], EPOLLIN, 100 + i);
	}
	swap(&pairs);
	cr_assert(write(pairs.b[1], "x", 1) == 1);
	for (int i = 0; i < 5; i++) {
		cr_expect(ready(sets[i], &event) == 1, "set %d", i);
		cr_expect(event.data.u64 == 100u + i);
	}
}

Test(kernel, edge_triggered_stays_so)
{
	struct pairs pairs = make_pairs(HINT_BORN);
	struct epoll_event event;
	int set = epoll_create1(0);

	add_noted(set, pairs.a[0], EPOLLIN | EPOLLET, 1);
	swap(&pairs);
	cr_assert(write(pairs.b[1], "x", 1) == 1);
	cr_expect(ready(set, &event) == 1);
	cr_expect(ready(set, &event) == 0);
}

Test(kernel, one_shot_stays_armed_or_disarmed)
{
	struct pairs armed = make_pairs(HINT_BORN);
	struct pairs spent = make_pairs(HINT_BORN);
	struct epoll_event event;
	int set = epoll_create1(0);

	add_noted(set, spent.a[0], EPOLLIN | EPOLLONESHOT, 2);
	cr_assert(write(spent.a[1], "x", 1) == 1);
	cr_assert(ready(set, &event) == 1 && event.data.u64 == 2);
	add_noted(set, armed.a[0], EPOLLIN | EPOLLONESHOT, 1);
	swap(&armed);
	swap(&spent);
	cr_assert(write(spent.b[1], "x", 1) == 1);
	cr_expect(ready(set, &event) == 0, "it was disarmed");
	cr_assert(write(armed.b[1], "x", 1) == 1);
	cr_expect(ready(set, &event) == 1 && event.data.u64 == 1);
	cr_expect(ready(set, &event) == 0);
}

Test(kernel, nothing_is_registered_that_was_not)
{
	struct pairs pairs = make_pairs(HINT_BORN);
	struct epoll_event event = {.events = EPOLLIN};
	int set = epoll_create1(0);

	add_noted(set, pairs.a[0], EPOLLIN, 1);
	cr_assert(!epoll_ctl(set, EPOLL_CTL_DEL, pairs.a[0], NULL));
	epoll_note(set, EPOLL_CTL_DEL, pairs.a[0], NULL);
	swap(&pairs);
	cr_expect(epoll_ctl(set, EPOLL_CTL_MOD, pairs.a[0], &event) == -1 &&
		  errno == ENOENT);
}

/* The set's number is a pipe's now, and another set has the descriptor. */
Test(kernel, a_set_that_was_closed_does_no_harm)
{
	struct pairs pairs = make_pairs(HINT_BORN);
	int old = epoll_create1(0), set = epoll_create1(0);
	struct epoll_event event;
	int pipes[2];

	add_noted(old, pairs.a[0], EPOLLIN, 1);
	add_noted(set, pairs.a[0], EPOLLIN, 2);
	close(old);
	cr_assert(!pipe(pipes));
	swap(&pairs);
	cr_assert(write(pairs.b[1], "x", 1) == 1);
	cr_expect(ready(set, &event) == 1 && event.data.u64 == 2);
}

/* ---- usermem ------------------------------------------------------------- */

#define PAGE 4096

Test(kernel, bad_pointers_are_found)
{
	char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert(pages != MAP_FAILED);
	usermem_init();
	mprotect(pages + PAGE, PAGE, PROT_NONE);
	errno = 1234;
	cr_expect(!usermem_readable(NULL, 1));
	cr_expect(!usermem_readable((void *)1, 1));
	cr_expect(!usermem_readable((void *)PAGE, 16));
	cr_expect(!usermem_readable((void *)-1, 1));
	cr_expect(!usermem_readable((void *)-8, 16), "past the end of all");
	cr_expect(!usermem_readable((void *)-16, 8), "the kernel's own");
	cr_expect(!usermem_readable(pages + PAGE, 1));
	cr_expect(!usermem_readable(pages + PAGE - 1, 2), "into a bad page");
	cr_expect(!usermem_readable(pages + 2 * PAGE - 1, 1));
	cr_expect(errno == 1234);
}

Test(kernel, good_pointers_are_good)
{
	char *pages = mmap(NULL, 2 * PAGE, PROT_READ,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static char bss[PAGE];
	char *small = malloc(32), *large = malloc(1 << 20), stack[128];

	usermem_init();
	munmap(pages + PAGE, PAGE);
	cr_expect(usermem_readable(pages, 16));
	cr_expect(usermem_readable(pages + PAGE - 1, 1), "a page's last byte");
	cr_expect(usermem_readable(pages + PAGE - 16, 16), "up to its end");
	cr_expect(!usermem_readable(pages + PAGE - 16, 17), "one more");
	cr_expect(usermem_readable(bss, sizeof(bss)));
	cr_expect(usermem_readable("text", 5));
	cr_expect(usermem_readable(small, 32) && usermem_readable(large, 64));
	cr_expect(usermem_readable(stack, sizeof(stack)));
	cr_expect(usermem_readable(stack, 0));
	free(small);
	free(large);
}

static void *look_at_stack(void *arg)
{
	char here[256];

	memset(here, 0, sizeof(here));
	if (!usermem_readable(here, sizeof(here)) ||
	    !usermem_readable(arg, 16) || usermem_readable(NULL, 1))
		return arg;
	return NULL;
}

Test(kernel, threads_look_at_their_stacks)
{
	char mine[16] = "";

	usermem_init();
	for (int i = 0; i < 8; i++) {
		pthread_t thread;
		void *failed;

		cr_assert(!pthread_create(&thread, NULL, look_at_stack, mine));
		pthread_join(thread, &failed);
		cr_expect(failed == NULL);
	}
}

/* ---- carry --------------------------------------------------------------- */

static int number(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, level, option, &value, &len);
	return value;
}

static void set(int fd, int level, int option, int value)
{
	cr_assert(!setsockopt(fd, level, option, &value, sizeof(value)),
		  "option %d: %s", option, strerror(errno));
}

Test(kernel, socket_options_are_carried)
{
	static const int options[] = {SO_KEEPALIVE, SO_OOBINLINE, SO_BROADCAST,
				      SO_RCVLOWAT};
	int from = socket(AF_INET, SOCK_STREAM, 0);
	int to = socket(AF_UNIX, SOCK_STREAM, 0);
	int back = socket(AF_INET, SOCK_STREAM, 0);
	struct timeval time = {3, 500000}, got = {0};
	struct linger linger = {1, 7}, got_linger = {0};
	struct window_asked asked;
	socklen_t len = sizeof(got);

	for (size_t i = 0; i < 4; i++) {
		set(from, SOL_SOCKET, options[i], 1);
		carry_note(SOL_SOCKET, options[i]);
	}
	carry_note(SOL_SOCKET, SO_PRIORITY);
	set(from, SOL_SOCKET, SO_PRIORITY, 5);
	setsockopt(from, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(from, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	set(from, SOL_SOCKET, SO_RCVBUF, 20000);
	window_asked(from, &asked);
	cr_expect(carry_options(from, to, 0, &asked));
	cr_expect(number(to, SOL_SOCKET, SO_RCVBUF) == 40000, "shown twice");
	for (size_t i = 0; i < 4; i++)
		cr_expect(number(to, SOL_SOCKET, options[i]) == 1, "option %d",
			  options[i]);
	cr_expect(number(to, SOL_SOCKET, SO_PRIORITY) == 5);
	getsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &got, &len);
	cr_expect(!memcmp(&got, &time, sizeof(time)));
	len = sizeof(got_linger);
	getsockopt(to, SOL_SOCKET, SO_LINGER, &got_linger, &len);
	cr_expect(!got_linger.l_onoff, "close() would wait for a reader");
	carry_remembered(to, back);
	len = sizeof(got_linger);
	getsockopt(back, SOL_SOCKET, SO_LINGER, &got_linger, &len);
	cr_expect(!memcmp(&got_linger, &linger, sizeof(linger)));
}

Test(kernel, a_buffer_that_was_asked_for_is_known)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct window_asked asked;

	window_asked(fd, &asked);
	cr_expect(asked.send == 0 && asked.receive == 0, "nobody asked");
	set(fd, SOL_SOCKET, SO_RCVBUF, 20000);
	set(fd, SOL_SOCKET, SO_SNDBUF, 50000);
	window_asked(fd, &asked);
	cr_expect(asked.send == 50000 && asked.receive == 20000);
}

Test(kernel, tcp_options_come_back)
{
	int from = socket(AF_INET, SOCK_STREAM, 0);
	int between = socket(AF_UNIX, SOCK_STREAM, 0);
	int to = socket(AF_INET, SOCK_STREAM, 0);

	set(from, IPPROTO_TCP, TCP_KEEPIDLE, 33);
	set(from, IPPROTO_TCP, TCP_USER_TIMEOUT, 4444);
	set(from, IPPROTO_IP, IP_TOS, 16);
	cr_expect(!carry_tcp_options(from, between, 0, AF_INET), "unseen");
	carry_note(IPPROTO_TCP, TCP_KEEPIDLE);
	carry_note(IPPROTO_TCP, TCP_USER_TIMEOUT);
	carry_note(IPPROTO_IP, IP_TOS);
	cr_expect(carry_tcp_options(from, between, 0, AF_INET));
	carry_remembered(between, to);
	cr_expect(number(to, IPPROTO_TCP, TCP_KEEPIDLE) == 33);
	cr_expect(number(to, IPPROTO_TCP, TCP_USER_TIMEOUT) == 4444);
	cr_expect(number(to, IPPROTO_IP, IP_TOS) == 16);
}

/* ---- restart, queue ------------------------------------------------------ */

static volatile sig_atomic_t handled;

static void count_signal(int signum)
{
	(void)signum;
	handled++;
}

static void handle(int signum, int flags)
{
	struct sigaction action = {.sa_handler = count_signal,
				   .sa_flags = flags};

	cr_assert(!sigaction(signum, &action, NULL));
}

static void no_handlers(void)
{
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
}

/* What a poll() that only a signal ends says of it. */
static int poll_until_alarm(void)
{
	struct itimerval soon = {{0, 10000}, {0, 10000}}, off = {{0}, {0}};
	struct pollfd pollfd = {-1, 0, 0};
	int r;

	wait_handlers_changed();
	setitimer(ITIMER_REAL, &soon, NULL);
	handled = 0;
	do
		r = wait_poll(&pollfd, 20000);
	while (r == -ERESTART && handled < 3);
	setitimer(ITIMER_REAL, &off, NULL);
	return r;
}

Test(kernel, restart_poll_knows_which_handler_has_run)
{
	no_handlers();
	handle(SIGALRM, 0);
	cr_expect(poll_until_alarm() == -EINTR);
	handle(SIGALRM, SA_RESTART);
	cr_expect(poll_until_alarm() == -ERESTART);
	handle(SIGUSR1, 0);
	cr_expect(poll_until_alarm() == -ERESTART, "beside another kind");
	handle(SIGUSR1, SA_RESTART);
	handle(SIGALRM, 0);
	cr_expect(poll_until_alarm() == -EINTR, "beside another kind");
}

Test(kernel, restart_poll_ends_when_its_time_does)
{
	struct pollfd pollfd = {-1, 0, 0};
	int r;

	no_handlers();
	wait_handlers_changed();
	cr_expect(wait_poll(&pollfd, 0) == 0);
	cr_expect(wait_poll(&pollfd, 1) == 0);
	handle(SIGUSR1, 0);
	handle(SIGUSR2, SA_RESTART);
	wait_handlers_changed();
	cr_expect(wait_poll(&pollfd, 0) == 0);
	r = wait_poll(&pollfd, 1000);
	cr_expect(r == -ERESTART, "a part of it");
}

Test(kernel, faults_do_not_interrupt)
{
	no_handlers();
	handle(SIGALRM, 0);
	handle(SIGSEGV, SA_RESTART);
	cr_expect(poll_until_alarm() == -EINTR);
}

static int no_netlink(int domain, int type, int protocol)
{
	if (domain != AF_NETLINK)
		return socket(domain, type, protocol);
	errno = EPROTONOSUPPORT;
	return -1;
}

Test(kernel, nobody_can_say_without_netlink)
{
	struct real_calls table = *real_resolve();

	table.socket = no_netlink;
	real_table = &table;
	cr_expect(diag_ask(VMADDR_CID_LOCAL, 4321) == DIAG_UNKNOWN);
	cr_expect(diag_ask(3, 4321) == DIAG_UNKNOWN, "another machine");
}

/* As linux/vm_sockets_diag.h has it: sdiag_type to vdiag_cookie. */
struct listener_answer {
	struct nlmsghdr header;
	uint8_t family, type, state, shut;
	uint32_t own_cid, own_port, peer_cid, peer_port, inode, cookie[2];
};

static int socket_of_a_pair(int domain, int type, int protocol)
{
	int pair[2];

	(void)domain;
	(void)type;
	(void)protocol;
	return socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) ? -1 : pair[0];
}

static unsigned datagrams;

/* A listener a datagram, the fourth at port 4321; then the end. */
static ssize_t next_listener(int fd, void *buf, size_t size, int flags)
{
	struct listener_answer answer = {
		.header = {.nlmsg_len = sizeof(answer),
			   .nlmsg_type = SOCK_DIAG_BY_FAMILY},
		.state = TCP_LISTEN,
		.own_cid = VMADDR_CID_ANY,
		.own_port = 4318 + datagrams,
	};

	(void)fd;
	(void)flags;
	if (datagrams++ == 6) {
		answer.header.nlmsg_type = NLMSG_DONE;
		datagrams = 0;
	}
	memcpy(buf, &answer, sizeof(answer) < size ? sizeof(answer) : size);
	return sizeof(answer);
}

static long all_is_sent(long number, ...)
{
	va_list args;
	long size;

	if (number != SYS_sendto)
		return -1;
	va_start(args, number);
	(void)va_arg(args, long);
	(void)va_arg(args, long);
	size = va_arg(args, long);
	va_end(args);
	return size;
}

/* Of many listeners: more than one datagram holds. */
Test(kernel, a_listener_is_found_in_any_datagram)
{
	struct real_calls table = *real_resolve();

	table.socket = socket_of_a_pair;
	table.recv_now = next_listener;
	table.syscall = all_is_sent;
	real_table = &table;
	cr_expect(diag_ask(VMADDR_CID_LOCAL, 4321) == DIAG_LISTENER);
	datagrams = 0;
	cr_expect(diag_ask(VMADDR_CID_LOCAL, 4320) == DIAG_LISTENER);
	datagrams = 0;
	cr_expect(diag_ask(VMADDR_CID_LOCAL, 4999) == DIAG_NOBODY);
}
