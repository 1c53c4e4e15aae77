/* SPDX-License-Identifier: MIT */
/* connect(), bind(), accept() and the names, on the fake kernel. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "preload/names/resolve.h"
#include "redirect/calls/accept.h"
#include "redirect/calls/bind.h"
#include "redirect/calls/connect.h"
#include "redirect/calls/options.h"
#include "redirect/calls/sockname.h"
#include "redirect/state/hints.h"
#include "redirect/state/tag.h"
#include "redirect/swap/epoll.h"
#include "tests/unit/fake.h"

static void start(void)
{
	fake_start("connect 127.0.0.1:5432=vsock:3:5432;"
		   "connect [::1]:5432=vsock:3:5432;"
		   "connect 10.0.0.7:80=vsock:7:8080;"
		   "connect 10.0.0.8:80=refuse;"
		   "connect 10.0.0.9:80=vsock:9:80 timeout=1500ms buffer=64K;"
		   "connect db.internal:5432=vsock:2:5432;"
		   "connect *.wild.internal:443=vsock:2:443;"
		   "connect [fd00::7]:80=vsock:7:8080;"
		   "peer vsock:9=10.9.9.9;"
		   "listen 0.0.0.0:1=refuse; listen *:*=vsock:any:*");
}

TestSuite(calls, .timeout = 30, .init = start);

union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage storage;
};

static socklen_t address(union sockaddr_any *any, const char *text, int port)
{
	memset(any, 0, sizeof(*any));
	if (strchr(text, ':')) {
		any->v6.sin6_family = AF_INET6;
		any->v6.sin6_port = htons(port);
		cr_assert(inet_pton(AF_INET6, text, &any->v6.sin6_addr) == 1);
		return sizeof(any->v6);
	}
	any->v4.sin_family = AF_INET;
	any->v4.sin_port = htons(port);
	cr_assert(inet_pton(AF_INET, text, &any->v4.sin_addr) == 1);
	return sizeof(any->v4);
}

static int connect_to(int fd, const char *text, int port)
{
	union sockaddr_any any;
	socklen_t len = address(&any, text, port);

	return connect_socket(fd, &any.sa, len);
}

static int bind_to(int fd, const char *text, int port)
{
	union sockaddr_any any;
	socklen_t len = address(&any, text, port);

	return bind_socket(fd, &any.sa, len);
}

static void expect_sockaddr(const union sockaddr_any *any, const char *text,
			    int port)
{
	char buf[INET6_ADDRSTRLEN] = "(another family)";

	if (any->sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &any->v4.sin_addr, buf, sizeof(buf));
	if (any->sa.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &any->v6.sin6_addr, buf, sizeof(buf));
	cr_expect(!strcmp(buf, text), "%s, and not %s", buf, text);
	cr_expect(ntohs(any->v4.sin_port) == port, "port %d, and not %d",
		  ntohs(any->v4.sin_port), port);
}

static void expect_peer(int fd, const char *text, int port)
{
	union sockaddr_any any;
	socklen_t len = sizeof(any);

	cr_assert(sockname_peer(fd, &any.sa, &len) == 0);
	expect_sockaddr(&any, text, port);
}

static void expect_own(int fd, const char *text, int port)
{
	union sockaddr_any any;
	socklen_t len = sizeof(any);

	cr_assert(sockname_own(fd, &any.sa, &len) == 0);
	expect_sockaddr(&any, text, port);
}

/* ---- connect ------------------------------------------------------------- */

Test(calls, connect_goes_to_the_target)
{
	int fd = fake_tcp(AF_INET, 0);

	fake.connect_error = EINPROGRESS;
	cr_expect(connect_to(fd, "10.0.0.7", 80) == 0);
	cr_expect(fake_is_vsock(fd));
	cr_expect(fake.dialled.svm_cid == 7 && fake.dialled.svm_port == 8080);
	cr_expect(tag_read(fd) & TAG_CLIENT);
	cr_expect(!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	cr_expect(fcntl(fd, F_GETFD) == 0);
	expect_peer(fd, "10.0.0.7", 80);
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -EISCONN);
}

Test(calls, flags_of_the_descriptor_stay)
{
	int fd = fake_tcp(AF_INET, SOCK_NONBLOCK | SOCK_CLOEXEC);

	fake.connect_error = EINPROGRESS;
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -EINPROGRESS);
	cr_expect(fake_is_vsock(fd));
	cr_expect(fcntl(fd, F_GETFL) & O_NONBLOCK);
	cr_expect(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	fake.connecting = true;
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -EALREADY);
	fake.connecting = false;
	fake.connected = true;
	cr_expect(connect_to(fd, "10.0.0.7", 80) == 0, "once");
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -EISCONN);
}

Test(calls, a_failed_try_leaves_a_new_tcp_socket)
{
	int fd = fake_tcp(AF_INET, SOCK_NONBLOCK);

	fake.connect_error = EINPROGRESS;
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -EINPROGRESS);
	fake.so_error = ECONNRESET;
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -ECONNREFUSED);
	cr_expect(!fake_is_vsock(fd) && tag_read(fd) == -ENOENT);
	cr_expect(fcntl(fd, F_GETFL) & O_NONBLOCK);
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -EINPROGRESS);
	cr_expect(fake_is_vsock(fd));
}

/* The fake poll() shows no POLLERR, as the kernel's where it fails meanwhile.
 */
Test(calls, a_failed_try_is_not_just_writable)
{
	int fd = fake_tcp(AF_INET, 0);

	fake.connect_error = EINPROGRESS;
	fake.so_error = ETIMEDOUT;
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -ETIMEDOUT);
	cr_expect(!fake_is_vsock(fd));
}

Test(calls, the_kernel_gives_up_when_the_rule_says)
{
	int fd = fake_tcp(AF_INET, 0), other = fake_tcp(AF_INET, 0);

	cr_assert(connect_to(fd, "10.0.0.9", 80) == 0);
	cr_expect(fake.timeout.tv_sec == 1 && fake.timeout.tv_usec == 500000);
	cr_assert(connect_to(other, "127.0.0.1", 5432) == 0);
	cr_expect(fake.timeout.tv_sec == 30 && fake.timeout.tv_usec == 0);
}

static int set_receive_buffer(int fd, int size)
{
	return options_set(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

Test(calls, a_rules_buffer_is_not_the_programs_to_change)
{
	int fd = fake_tcp(AF_INET, 0), other = fake_tcp(AF_INET, 0);

	cr_assert(set_receive_buffer(fd, 100000) == 0);
	cr_assert(connect_to(fd, "10.0.0.9", 80) == 0);
	cr_expect(fake.window == 65536, "before: %lu", (long)fake.window);
	cr_assert(set_receive_buffer(fd, 100000) == 0);
	cr_expect(fake.window == 65536, "after: %lu", (long)fake.window);

	cr_assert(set_receive_buffer(other, 100000) == 0);
	cr_assert(connect_to(other, "127.0.0.1", 5432) == 0);
	cr_expect(fake.window == 100000, "no rule: %lu", (long)fake.window);
	cr_assert(set_receive_buffer(other, 120000) == 0);
	cr_expect(fake.window == 120000, "no rule: %lu", (long)fake.window);
}

/* Whoever finds it full is refused, where TCP lets him wait. */
Test(calls, a_queue_is_as_long_as_can_be)
{
	int fd = fake_tcp(AF_INET, 0);

	cr_assert(bind_to(fd, "127.0.0.1", 8080) == 0);
	cr_assert(listen_socket(fd, 1) == 0);
	cr_expect(fake.listening && fake.backlog == SOMAXCONN);
}

Test(calls, errors_leave_the_programs_socket)
{
	static const struct {
		int vsock, tcp;
	} errors[] = {
		{ENODEV, EHOSTUNREACH},
		{ENETUNREACH, ENETUNREACH},
		{ETIMEDOUT, ETIMEDOUT},
		{ECONNRESET, ECONNREFUSED},
	};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		int fd = fake_tcp(AF_INET, 0);

		fake.connect_error = errors[i].vsock;
		cr_expect(connect_to(fd, "10.0.0.7", 80) == -errors[i].tcp,
			  "%s", strerrorname_np(errors[i].vsock));
		cr_expect(!fake_is_vsock(fd));
	}
}

Test(calls, refuse_asks_nobody)
{
	int fd = fake_tcp(AF_INET, 0);

	cr_expect(connect_to(fd, "10.0.0.8", 80) == -ECONNREFUSED);
	for (unsigned i = 0; i < fake.calls; i++)
		cr_expect(fake.log[i] != FAKE_CONNECT);
	cr_expect(bind_to(fd, "0.0.0.0", 1) == -EACCES);
	for (unsigned i = 0; i < fake.calls; i++)
		cr_expect(fake.log[i] != FAKE_BIND);
}

Test(calls, an_address_without_a_rule_is_one_real_call)
{
	int fd = fake_tcp(AF_INET, 0);

	/* Nobody listens at port 1 of the loopback interface. */
	cr_expect(connect_to(fd, "127.0.0.1", 1) == -ECONNREFUSED);
	cr_expect(fake.calls == 1 && fake.log[0] == FAKE_CONNECT);
}

Test(calls, af_unspec_dissolves)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = fake_tcp(AF_INET, 0);

	cr_assert(connect_to(fd, "10.0.0.7", 80) == 0 && fake_is_vsock(fd));
	cr_expect(connect_socket(fd, &none, sizeof(none)) == 0);
	cr_expect(!fake_is_vsock(fd));
}

/* Of which nothing is known, while others have such options. */
static unsigned v6_asked_of(int family, const char *address)
{
	int other = fake_tcp(AF_INET6, SOCK_STREAM);
	int fd = fake_tcp(family, SOCK_STREAM);

	options_set(other, IPPROTO_IPV6, IPV6_TCLASS, &(int){8}, 4);
	hint_reset(fd, HINT_COPIED);
	fake.connected = true;
	fake.v6_asked = 0;
	cr_assert(connect_to(fd, address, 5432) == 0);
	close(other);
	close(fd);
	return fake.v6_asked;
}

/* Kernels up to 6.1 look for a module that knows it: half a second. */
Test(calls, no_option_of_ipv6_is_asked_of_an_ipv4_socket)
{
	cr_expect(v6_asked_of(AF_INET, "127.0.0.1") == 0);
	cr_expect(v6_asked_of(AF_INET6, "::1") > 0);
}

Test(calls, a_copy_made_before_is_redirected_too)
{
	int fd = fake_tcp(AF_INET, 0);
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 100), stranger;

	hint_copy(fd, copy);
	stranger = fake_tcp(AF_INET, 0);
	cr_assert(connect_to(fd, "10.0.0.7", 80) == 0);
	cr_expect(fake_is_vsock(fd) && fake_is_vsock(copy));
	cr_expect(fcntl(copy, F_GETFD) == FD_CLOEXEC, "a flag of its own");
	cr_expect(fcntl(fd, F_GETFD) == 0);
	cr_expect(hint_get(copy) & HINT_REDIRECTED);
	cr_expect(!fake_is_vsock(stranger));
}

Test(calls, a_copy_out_of_reach_keeps_both_on_tcp)
{
	int fd = fake_tcp(AF_INET, 0);
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	struct rlimit limit;
	rlim_t before;

	hint_copy(fd, copy);
	cr_assert(!getrlimit(RLIMIT_NOFILE, &limit));
	before = limit.rlim_cur;
	limit.rlim_cur = 100;
	cr_assert(!setrlimit(RLIMIT_NOFILE, &limit));
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -ENOBUFS);
	cr_expect(!fake_is_vsock(fd) && !fake_is_vsock(copy));
	limit.rlim_cur = before;
	cr_assert(!setrlimit(RLIMIT_NOFILE, &limit));
	cr_expect(connect_to(fd, "10.0.0.7", 80) == 0);
	cr_expect(fake_is_vsock(fd) && fake_is_vsock(copy));
}

Test(calls, epoll_goes_along)
{
	int fd = fake_tcp(AF_INET, SOCK_NONBLOCK), set = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 9};

	cr_assert(!epoll_ctl(set, EPOLL_CTL_ADD, fd, &event));
	epoll_note(set, EPOLL_CTL_ADD, fd, &event);
	cr_assert(connect_to(fd, "10.0.0.7", 80) == 0 && fake_is_vsock(fd));
	cr_expect(epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) == 0);
}

/* Of the wrong kind, or connected already: the kernel's own answer. */
Test(calls, other_sockets_are_not_touched)
{
	union sockaddr_any any;
	socklen_t len = address(&any, "10.0.0.7", 80);
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	int pair[2], pipes[2];

	cr_assert(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair) && !pipe(pipes));
	cr_expect(connect_socket(pipes[0], &any.sa, len) == -ENOTSOCK);
	cr_expect(connect_socket(-1, &any.sa, len) == -EBADF);
	connect_socket(udp, &any.sa, len);
	cr_expect(!fake_is_vsock(udp));
	cr_expect(bind_socket(pipes[0], &any.sa, len) == -ENOTSOCK);
	cr_expect(bind_socket(-1, &any.sa, len) == -EBADF);
	cr_expect(tag_read(pair[0]) == -ENOENT);
}

Test(calls, bad_addresses_are_the_kernels_to_refuse)
{
	union sockaddr_any any;
	int fd = fake_tcp(AF_INET, 0);

	address(&any, "10.0.0.7", 80);
	cr_expect(connect_socket(fd, NULL, sizeof(any.v4)) == -EFAULT);
	cr_expect(connect_socket(fd, (void *)1, sizeof(any.v4)) == -EFAULT);
	cr_expect(connect_socket(fd, &any.sa, 15) == -EINVAL);
	cr_expect(connect_socket(fd, &any.sa, 0) == -EINVAL);
	cr_expect(connect_socket(fd, &any.sa, -1) == -EINVAL);
	cr_expect(bind_socket(fd, NULL, sizeof(any.v4)) == -EFAULT);
	cr_expect(bind_socket(fd, &any.sa, 1) == -EINVAL);
	cr_expect(!fake_is_vsock(fd));
}

Test(calls, a_bad_address_of_a_redirected_socket)
{
	union sockaddr_any any;
	int fd = fake_tcp(AF_INET, 0);

	address(&any, "10.0.0.7", 80);
	cr_assert(connect_to(fd, "10.0.0.7", 80) == 0);
	cr_expect(connect_socket(fd, (void *)1, 1000) == -EINVAL);
	cr_expect(connect_socket(fd, &any.sa, 1) == -EINVAL);
	cr_expect(connect_to(fd, "10.0.0.7", 80) == -EISCONN);
}

/* ---- bind and accept ----------------------------------------------------- */

static int listener(int family, const char *text, int port)
{
	int fd = fake_tcp(family, 0);

	cr_assert(bind_to(fd, text, port) == 0 && fake_is_vsock(fd));
	cr_assert(listen_socket(fd, 5) == 0);
	return fd;
}

Test(calls, a_bound_socket_shows_its_address)
{
	int fd = listener(AF_INET, "0.0.0.0", 8080);

	cr_expect(fake.bound.svm_cid == VMADDR_CID_ANY);
	cr_expect(fake.bound.svm_port == 8080);
	expect_own(fd, "0.0.0.0", 8080);
	fd = listener(AF_INET6, "::1", 8081);
	expect_own(fd, "::1", 8081);
}

Test(calls, port_0_gets_a_port_that_is_shown)
{
	union sockaddr_any any;
	socklen_t len = sizeof(any);
	int fd;

	fake.bind_error = EADDRINUSE;
	fd = listener(AF_INET, "127.0.0.1", 0);
	cr_assert(sockname_own(fd, &any.sa, &len) == 0);
	cr_expect(ntohs(any.v4.sin_port) >= 1024);
	cr_expect(ntohs(any.v4.sin_port) == fake.bound.svm_port);
}

static const struct {
	uint32_t cid;
	const char *v4, *v6, *mapped;
} peers[] = {
	{0, "100.64.0.0", "fd76:736f:636b::", "::ffff:100.64.0.0"},
	{1, "127.0.0.1", "::1", "::ffff:127.0.0.1"},
	{2, "198.18.137.2", "fd76:736f:636b:1::8902", "::ffff:198.18.137.2"},
	/* A connect rule of 127.0.0.1 and ::1 leads to it: all the same. */
	{3, "100.64.0.3", "fd76:736f:636b::3", "::ffff:100.64.0.3"},
	{7, "10.0.0.7", "fd00::7", "::ffff:10.0.0.7"},
	{9, "10.9.9.9", "fd76:736f:636b::9", "::ffff:10.9.9.9"},
	{0xfffffffe, "100.127.255.254", "fd76:736f:636b::ffff:fffe",
	 "::ffff:100.127.255.254"},
};

static void accept_from(int listener, uint32_t cid, const char *shown,
			const char *own)
{
	union sockaddr_any any;
	socklen_t len = sizeof(any);
	int fd;

	fake.peer.svm_cid = cid;
	fake.peer.svm_port = 0x29001;
	fake.connected = true;
	fd = accept_socket(listener, &any.sa, &len);
	cr_assert(fd >= 0);
	expect_sockaddr(&any, shown, 0x9001);
	expect_peer(fd, shown, 0x9001);
	if (own)
		expect_own(fd, own, 8080);
	cr_expect(tag_read(fd) & TAG_ACCEPTED);
	close(fd);
}

Test(calls, every_peer_shows_its_address)
{
	for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
		int v4 = listener(AF_INET, "10.1.1.1", 8080), v6;

		accept_from(v4, peers[i].cid, peers[i].v4, "10.1.1.1");
		v6 = fake_tcp(AF_INET6, 0);
		cr_assert(!setsockopt(v6, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1},
				      sizeof(int)));
		cr_assert(bind_to(v6, "::", 8080) == 0);
		accept_from(v6, peers[i].cid, peers[i].v6, NULL);
		v6 = listener(AF_INET6, "::", 8080);
		accept_from(v6, peers[i].cid, peers[i].mapped, NULL);
		close(v4);
		close(v6);
	}
}

Test(calls, accept_fills_no_more_than_there_is_room)
{
	int l = listener(AF_INET6, "::1", 8080);
	char room[64];

	for (socklen_t given = 0; given <= sizeof(struct sockaddr_in6);
	     given++) {
		socklen_t len = given;
		int fd;

		memset(room, 0x5a, sizeof(room));
		fd = accept_socket(l, (struct sockaddr *)room, &len);
		cr_assert(fd >= 0);
		cr_expect(len == sizeof(struct sockaddr_in6));
		for (socklen_t i = given; i < sizeof(room); i++)
			cr_expect(room[i] == 0x5a, "byte %u of %u", i, given);
		close(fd);
	}
}

Test(calls, accept_without_an_address)
{
	int l = listener(AF_INET, "127.0.0.1", 8080);
	int fd = accept4_socket(l, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	cr_assert(fd >= 0);
	cr_expect(tag_read(fd) & TAG_ACCEPTED);
	cr_expect(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	cr_expect(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

/* What was known of a number ends when accept() gives it again. */
Test(calls, a_plain_accepted_socket_has_no_hints)
{
	int l = socket(AF_INET, SOCK_STREAM, 0), client, fd, next;
	union sockaddr_any any;
	socklen_t len = address(&any, "127.0.0.1", 0);

	cr_assert(!bind(l, &any.sa, len) && !listen(l, 1));
	cr_assert(!getsockname(l, &any.sa, &len));
	client = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert(!connect(client, &any.sa, len));
	/* The number that accept() will give: the lowest that is free. */
	next = dup(l);
	hint_reset(next, HINT_BORN | HINT_REDIRECTED);
	close(next);
	fd = accept_socket(l, &any.sa, &len);
	cr_assert(fd == next);
	cr_expect(hint_get(fd) == HINT_OTHER);
	expect_peer(fd, "127.0.0.1", ntohs(any.v4.sin_port));
}

Test(calls, names_fill_no_more_than_there_is_room)
{
	int fd = listener(AF_INET, "127.0.0.1", 8080);
	char room[32];

	for (socklen_t given = 0; given <= sizeof(struct sockaddr_in);
	     given++) {
		socklen_t len = given;

		memset(room, 0x5a, sizeof(room));
		cr_assert(sockname_own(fd, (struct sockaddr *)room, &len) == 0);
		cr_expect(len == sizeof(struct sockaddr_in));
		for (socklen_t i = given; i < sizeof(room); i++)
			cr_expect(room[i] == 0x5a, "byte %u of %u", i, given);
	}
}

/* ---- options ------------------------------------------------------------- */

static int get(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);
	int r = options_get(fd, level, name, &value, &len);

	return r ? r : value;
}

Test(calls, a_redirected_socket_says_that_it_is_tcp)
{
	int fd = fake_tcp(AF_INET6, 0);

	cr_assert(connect_to(fd, "fd00::7", 80) == 0 && fake_is_vsock(fd));
	cr_expect(get(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6);
	cr_expect(get(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP);
	cr_expect(get(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
	cr_expect(get(fd, IPPROTO_TCP, TCP_NODELAY) == 0);
	cr_expect(options_set(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, 4) == 0);
	cr_expect(get(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
	cr_expect(options_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, &(int){21}, 4) ==
		  0);
	cr_expect(get(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 21);
	cr_expect(options_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, &(int){-1}, 4) ==
		  -EINVAL);
	cr_expect(get(fd, IPPROTO_TCP, TCP_KEEPIDLE) == 21);
}

/* ---- names of the table -------------------------------------------------- */

Test(calls, a_name_of_the_table_needs_no_resolver)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_CANONNAME | AI_ADDRCONFIG};
	struct addrinfo *info = NULL;
	char host[64] = "", service[8] = "";
	int r = -1;

	cr_assert(resolve_info("DB.internal", "5432", &hints, &info, &r));
	cr_assert(r == 0 && info && info->ai_family == AF_INET);
	cr_expect(!strcasecmp(info->ai_canonname, "db.internal"));
	expect_sockaddr((void *)info->ai_addr, "198.18.137.2", 5432);
	cr_assert(resolve_name(info->ai_addr, info->ai_addrlen, host,
			       sizeof(host), service, sizeof(service),
			       NI_NUMERICSERV, &r));
	cr_expect(r == 0 && !strcmp(host, "db.internal"), "%s", host);
	cr_expect(!strcmp(service, "5432"));
	cr_expect(resolve_name(info->ai_addr, info->ai_addrlen, host, 5, NULL,
			       0, 0, &r) &&
		  r == EAI_OVERFLOW);
	freeaddrinfo(info);
}

Test(calls, other_names_are_the_resolvers)
{
	struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *info;
	int r;

	cr_expect(!resolve_info("other.internal", "1", NULL, &info, &r));
	cr_expect(!resolve_info(NULL, "1", NULL, &info, &r));
	cr_expect(!resolve_info("db.internal", "1", &numeric, &info, &r));
	cr_expect(!resolve_info("10.0.0.7", "1", NULL, &info, &r));
}

Test(calls, gethostbyname_keeps_to_its_buffer)
{
	struct hostent host, *result = NULL;
	char buf[512];
	const char *end = NULL;
	int error, r = 0;

	for (size_t size = 0; size < sizeof(buf); size++) {
		memset(buf, 0x5a, sizeof(buf));
		cr_assert(resolve_host("db.internal", AF_INET, &host, buf, size,
				       &result, &error, &r));
		for (size_t i = size; i < sizeof(buf); i++)
			cr_assert(buf[i] == 0x5a, "byte %zu of %zu", i, size);
		cr_expect(r == (result ? 0 : ERANGE), "size %zu", size);
		if (result && !end) {
			end = host.h_name + strlen(host.h_name) + 1;
			cr_expect(end == buf + size, "%zu are left", size);
		}
	}
	cr_assert(result == &host);
	cr_expect(!strcmp(host.h_name, "db.internal"));
	cr_expect(host.h_addrtype == AF_INET && host.h_length == 4);
}

Test(calls, getnameinfo_keeps_to_its_buffer)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct hostent host, *result = NULL;
	const socklen_t room = sizeof("db.internal");
	char buf[512], name[64];
	int error, r = 0;

	cr_assert(resolve_host("db.internal", AF_INET, &host, buf, sizeof(buf),
			       &result, &error, &r));
	cr_assert(result == &host);
	memcpy(&in.sin_addr, host.h_addr_list[0], sizeof(in.sin_addr));
	cr_assert(resolve_name((struct sockaddr *)&in, sizeof(in), name, room,
			       NULL, 0, 0, &r));
	cr_expect(!r && !strcmp(name, "db.internal"));
	cr_assert(resolve_name((struct sockaddr *)&in, sizeof(in), name,
			       room - 1, NULL, 0, 0, &r));
	cr_expect(r == EAI_OVERFLOW);
}
