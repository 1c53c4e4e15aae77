/* SPDX-License-Identifier: MIT */
/* What the interposer works out and remembers, by itself. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "redirect/calls/ports.h"
#include "redirect/kernel/errors.h"
#include "redirect/report/report_line.h"
#include "redirect/state/address.h"
#include "redirect/state/hints.h"
#include "redirect/state/listeners.h"
#include "redirect/state/remembered.h"
#include "redirect/state/tag.h"
#include "redirect/swap/facts.h"
#include "tests/unit/fake.h"
#include "vsock/vm_sockets.h"

TestSuite(logic, .timeout = 30);

static struct map_addr addr_of(const char *text)
{
	struct map_addr addr = {0};

	addr.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	cr_assert(inet_pton(addr.family, text, &addr.ip) == 1);
	return addr;
}

static void expect_addr(const struct map_addr *addr, const char *text)
{
	char buf[INET6_ADDRSTRLEN] = "(none)";

	if (addr->family != AF_UNSPEC)
		inet_ntop(addr->family, &addr->ip, buf, sizeof(buf));
	cr_expect(!strcmp(buf, text), "%s, and not %s", buf, text);
}

/* ---- what may be redirected ---------------------------------------------- */

/* A thread has closed the socket, and a file got its number. */
Test(logic, a_file_is_no_fresh_socket)
{
	static const struct {
		unsigned hints;
		int family;
	} seen[] = {{HINT_BORN, AF_INET},
		    {HINT_BORN | HINT_V6, AF_INET6},
		    {HINT_BORN | HINT_UNIX, AF_UNIX},
		    {0, AF_UNIX}};

	fake_start("connect unix:/a = vsock:2:1");
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		int fd = open("/dev/null", O_RDWR);
		struct tcp_facts facts;

		hint_reset(fd, seen[i].hints);
		cr_expect_eq(facts_of(fd, seen[i].family, &facts), -ENOTSOCK);
		close(fd);
	}
}

/* ---- errors -------------------------------------------------------------- */

/* Those that connect(2), tcp(7) and ip(7) name for a TCP socket. */
static const int tcp_connect_errors[] = {
	EACCES,	      EPERM,	 EADDRINUSE,   EADDRNOTAVAIL, EAFNOSUPPORT,
	EAGAIN,	      EALREADY,	 EBADF,	       ECONNREFUSED,  EFAULT,
	EINPROGRESS,  EINTR,	 EISCONN,      ENETUNREACH,   ENOTSOCK,
	EPROTOTYPE,   ETIMEDOUT, EHOSTUNREACH, ENOBUFS,	      ENOMEM,
	ECONNABORTED, EINVAL,
};

static bool in(int error, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == error)
			return true;
	return false;
}

#define IN(error, list) in(error, list, sizeof(list) / sizeof((list)[0]))

Test(logic, vsock_errors_of_connect_become_tcps)
{
	static const int from_vsock[] = {
		ECONNRESET, ENODEV,	     EADDRNOTAVAIL, EPIPE,   ESHUTDOWN,
		ETIMEDOUT,  EINTR,	     EINPROGRESS,   ENOMEM,  ENOBUFS,
		EACCES,	    EPERM,	     ENETUNREACH,   EISCONN, EALREADY,
		EOPNOTSUPP, ESOCKTNOSUPPORT, EPROTO,
	};

	for (size_t i = 0; i < sizeof(from_vsock) / sizeof(int); i++) {
		int error = errors_connect(from_vsock[i]);

		cr_expect(IN(error, tcp_connect_errors), "%s gives %s",
			  strerrorname_np(from_vsock[i]),
			  strerrorname_np(error));
	}
	cr_expect(errors_connect(0) == 0);
	cr_expect(errors_connect(ECONNRESET) == ECONNREFUSED);
	cr_expect(errors_connect(ENODEV) == EHOSTUNREACH);
	cr_expect(errors_connect(ETIMEDOUT) == ETIMEDOUT);
}

Test(logic, a_missing_family_is_an_unreachable_network)
{
	cr_expect(errors_socket(EAFNOSUPPORT) == ENETUNREACH);
	cr_expect(errors_socket(EPERM) == ENETUNREACH);
	cr_expect(errors_socket(EACCES) == ENETUNREACH);
	cr_expect(errors_socket(0) == 0);
}

Test(logic, errors_of_bind_are_tcps)
{
	cr_expect(errors_bind(ENODEV) == EADDRNOTAVAIL);
	cr_expect(errors_bind(EPERM) == EACCES);
	cr_expect(errors_bind(EADDRINUSE) == EADDRINUSE);
	cr_expect(errors_bind(0) == 0);
}

Test(logic, error_names)
{
	cr_expect(!strcmp(errors_name(ECONNREFUSED), "ECONNREFUSED"));
	cr_expect(errors_name(99999) != NULL);
}

/* ---- ports --------------------------------------------------------------- */

Test(logic, every_port_comes_once)
{
	static bool seen[65536];
	struct ports_search search;
	unsigned n = 0;
	uint16_t port;

	ports_start(&search);
	while (ports_next(&search, &port)) {
		cr_assert(port >= 1024 && !seen[port], "port %u", port);
		seen[port] = true;
		if (n++ < 60999 - 32768 + 1)
			cr_assert(port >= 32768 && port <= 60999, "port %u",
				  port);
	}
	cr_expect(n == 65536 - 1024, "%u ports", n);
}

Test(logic, a_shown_port_is_never_0)
{
	cr_expect(address_port(80) == 80);
	cr_expect(address_port(65535) == 65535);
	cr_expect(address_port(0x12345678) == 0x5678);
	cr_expect(address_port(0) != 0);
	cr_expect(address_port(0x10000) == 0x8000);
	cr_expect(address_port(1023) == 1023);
	cr_expect(address_port(0x100003ff) == 0x83ff);
	cr_expect(address_port(0x10000400) == 0x400);
	cr_expect(address_port(UINT32_MAX) == 0xffff);
}

/* ---- show ---------------------------------------------------------------- */

static const char peers[] =
	"connect 127.0.0.1:5432=vsock:3:5432; connect [::1]:5432=vsock:3:5432;"
	"connect 10.0.0.7:80=vsock:7:80; connect [fd00::7]:80=vsock:7:80;"
	"connect 10.4.0.0/16:*=vsock:4:*; connect *:9=vsock:5:9;"
	"peer vsock:9=10.9.9.9;"
	"connect 10.0.0.9:80=vsock:9:80; listen *:*=vsock:any:*";

static const struct {
	uint32_t cid;
	int tag;
	const char *shown;
} shown[] = {
	{1, 0, "127.0.0.1"},
	{1, TAG_V6, "::1"},
	{1, TAG_V6 | TAG_MAPPED, "127.0.0.1"},
	{0, 0, "100.64.0.0"},
	{2, 0, "100.64.0.2"},
	{3, 0, "100.64.0.3"},
	{3, TAG_V6, "fd76:736f:636b::3"},
	{3, TAG_V6 | TAG_MAPPED, "100.64.0.3"},
	{4, 0, "100.64.0.4"},
	{5, 0, "100.64.0.5"},
	{7, 0, "10.0.0.7"},
	{7, TAG_V6, "fd00::7"},
	{7, TAG_V6 | TAG_MAPPED, "10.0.0.7"},
	{9, 0, "10.9.9.9"},
	{9, TAG_V6, "fd76:736f:636b::9"},
	{0x3fffff, 0, "100.127.255.255"},
	{0xfffffffe, 0, "100.127.255.254"},
	{0xfffffffe, TAG_V6, "fd76:736f:636b::ffff:fffe"},
};

Test(logic, a_cid_shows_its_address_and_loopback_only_for_1)
{
	fake_start(peers);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		struct map_addr addr;

		address_cid(shown[i].cid, shown[i].tag, &addr);
		expect_addr(&addr, shown[i].shown);
	}
}

Test(logic, no_remote_cid_is_loopback)
{
	fake_start(peers);
	for (uint32_t cid = 2; cid < 70000; cid++) {
		struct map_addr v4, v6;

		address_cid(cid, 0, &v4);
		address_cid(cid, TAG_V6, &v6);
		cr_assert(v4.family == AF_INET && v6.family == AF_INET6);
		cr_assert(ntohl(v4.ip.v4.s_addr) >> 24 != 127, "CID %u", cid);
		cr_assert(!IN6_IS_ADDR_LOOPBACK(&v6.ip.v6), "CID %u", cid);
	}
}

Test(logic, a_name_has_the_form_of_its_socket)
{
	struct endpoint name = {addr_of("10.1.2.3"), 443};
	struct sockaddr_storage sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&sa;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&sa;

	cr_expect(address_sockaddr(&name, 0, &sa) == sizeof(*v4));
	cr_expect(v4->sin_family == AF_INET && v4->sin_port == htons(443));
	cr_expect(v4->sin_addr.s_addr == inet_addr("10.1.2.3"));
	cr_expect(address_sockaddr(&name, TAG_V6, &sa) == sizeof(*v6));
	cr_expect(v6->sin6_family == AF_INET6);
	cr_expect(IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr));
	cr_expect(v6->sin6_addr.s6_addr[15] == 3 && v6->sin6_scope_id == 0);
}

/* ---- memory -------------------------------------------------------------- */

struct sought {
	int level, option, value;
	bool found;
};

static void look_for(int level, int option, const void *value, socklen_t len,
		     void *arg)
{
	struct sought *sought = arg;

	if (level != sought->level || option != sought->option)
		return;
	sought->found = true;
	memcpy(&sought->value, value, len);
}

/* Whether the option is remembered, and as what. */
static bool has_option(uint64_t cookie, int level, int option, int *value)
{
	struct sought sought = {level, option, 0, false};

	remembered_each_option(cookie, look_for, &sought);
	*value = sought.value;
	return sought.found;
}

Test(logic, options_are_remembered_for_each_socket)
{
	int value = 7, got = 0;

	cr_expect(!has_option(100, 6, 4, &got));
	remembered_put_option(100, 6, 4, &value, sizeof(value));
	cr_expect(has_option(100, 6, 4, &got) && got == 7);
	cr_expect(!has_option(100, 6, 5, &got));
	cr_expect(!has_option(101, 6, 4, &got));
	remembered_copy_options(100, 101);
	cr_expect(has_option(101, 6, 4, &got) && got == 7);
}

/* Neither too many options, nor too long ones, nor another in its place. */
Test(logic, memory_may_lose_but_not_lie)
{
	char large[64] = {1};
	int got = 0;

	remembered_put_option(0, 6, 4, &got, sizeof(got));
	cr_expect(!has_option(0, 6, 4, &got));
	remembered_put_option(1, 6, 4, large, sizeof(large));
	cr_expect(!has_option(1, 6, 4, &got));
	for (int i = 0; i < 100; i++)
		remembered_put_option(2, 6, i, &i, sizeof(i));
	for (int i = 0; i < 100; i++)
		if (has_option(2, 6, i, &got))
			cr_expect(got == i);
	for (uint64_t cookie = 1; cookie < 20000; cookie++)
		remembered_put_option(cookie, 6, 4, &cookie, sizeof(int));
	for (uint64_t cookie = 1; cookie < 20000; cookie++)
		if (has_option(cookie, 6, 4, &got))
			cr_expect((uint64_t)got == cookie);
}

static void look_whole(int level, int option, const void *value, socklen_t len,
		       void *torn)
{
	const unsigned char *bytes = value;

	(void)level;
	(void)option;
	for (socklen_t i = 0; i < len; i++)
		if (bytes[i] != len)
			*(bool *)torn = true;
}

static unsigned char *away; /* a page that can't be read yet */
static bool torn;

static void look_in_the_middle(int sig)
{
	(void)sig;
	mprotect(away, 4096, PROT_READ);
	remembered_each_option(1, look_whole, &torn);
}

/* Who comes while another is about to write sees nothing, or all of it. */
Test(logic, options_stay_whole)
{
	const unsigned char before[] = {3, 3, 3};
	int got;

	remembered_put_option(1, 6, 4, before, sizeof(before));
	away = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert(away != MAP_FAILED);
	memset(away, 4, 4);
	mprotect(away, 4096, PROT_NONE);
	signal(SIGSEGV, look_in_the_middle);
	remembered_put_option(1, 6, 4, away, 4);
	signal(SIGSEGV, SIG_DFL);
	cr_expect(!torn);
	cr_expect(has_option(1, 6, 4, &got) && got == 0x04040404);
}

/* Each processor hands out cookies of its own run, 4096 long. */
Test(logic, sockets_of_many_processors_are_remembered)
{
	int got, kept = 0;

	for (int i = 0; i < 64; i++) {
		for (uint64_t cpu = 0; cpu < 8; cpu++)
			remembered_put_option(1 + cpu * 4096 + i, 6, 4, &i,
					      sizeof(i));
	}
	for (int i = 0; i < 64; i++) {
		for (uint64_t cpu = 0; cpu < 8; cpu++)
			kept += has_option(1 + cpu * 4096 + i, 6, 4, &got) &&
				got == i;
	}
	cr_expect(kept == 512, "only %d of 512", kept);
}

Test(logic, names_are_remembered_apart)
{
	struct endpoint own = {addr_of("10.1.1.1"), 1};
	struct endpoint peer = {addr_of("fd00::1"), 2}, got;

	remembered_put_name(50, MEMORY_OWN, &own);
	cr_expect(!remembered_get_name(50, MEMORY_PEER, &got));
	remembered_put_name(50, MEMORY_PEER, &peer);
	cr_assert(remembered_get_name(50, MEMORY_OWN, &got));
	expect_addr(&got.addr, "10.1.1.1");
	cr_assert(remembered_get_name(50, MEMORY_PEER, &got));
	expect_addr(&got.addr, "fd00::1");
	cr_expect(got.port == 2);
}

static void expect_v6(uint32_t number, const char *text)
{
	struct map_addr addr = addr_of(text);
	struct in6_addr got;

	cr_assert(remembered_find_v6(number, &got), "%s", text);
	cr_expect(!memcmp(&got, &addr.ip.v6, sizeof(got)), "%s", text);
}

static uint32_t put_v6(const char *text)
{
	struct map_addr addr = addr_of(text);

	return remembered_put_v6(&addr.ip.v6);
}

Test(logic, ipv6_addresses_are_found_by_their_numbers)
{
	static const char *const texts[] = {"2001:db8::1234:5678",
					    "2001:db9::1234:5678", "fd00:1::5",
					    "fd00:2::5", "fd00::5"};
	uint32_t numbers[5];
	struct in6_addr got;

	fake_start("connect 10.0.0.5:1=vsock:2:1");
	for (int i = 0; i < 5; i++)
		numbers[i] = put_v6(texts[i]);
	for (int i = 0; i < 5; i++) {
		cr_expect(put_v6(texts[i]) == numbers[i], "the same again");
		expect_v6(numbers[i], texts[i]);
	}
	cr_expect(!remembered_find_v6(numbers[0] + 1, &got));
}

/* More than there is room for: none becomes another. */
Test(logic, ipv6_addresses_are_lost_and_not_mixed_up)
{
	enum { MANY = 5000 };
	static uint32_t numbers[MANY];
	struct in6_addr got;
	char text[64];

	fake_start("connect 10.0.0.5:1=vsock:2:1");
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "fd00:%x::5", i + 1);
		numbers[i] = put_v6(text);
		expect_v6(numbers[i], text);
	}
	for (int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "fd00:%x::5", i + 1);
		if (remembered_find_v6(numbers[i], &got))
			expect_v6(numbers[i], text);
	}
}

/* An address and the number it gets where no other has that. */
struct numbered {
	uint32_t number, i;
};

static int by_number(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void name_of(uint32_t i, char text[64])
{
	snprintf(text, 64, "fd00:%x:%x::7", i >> 16, i & 0xffff);
}

/* Numbers have 32 bits, and the addresses 128: two may want the same one. */
Test(logic, ipv6_addresses_that_want_one_number_get_two)
{
	enum { MANY = 300000 };
	static struct numbered all[MANY];
	char texts[2][64];
	uint32_t numbers[2], n = 1;

	fake_start("connect 10.0.0.5:1=vsock:2:1");
	for (uint32_t i = 0; i < MANY; i++) {
		name_of(i, texts[0]);
		all[i] = (struct numbered){put_v6(texts[0]), i};
	}
	qsort(all, MANY, sizeof(all[0]), by_number);
	while (n < MANY && all[n].number != all[n - 1].number)
		n++;
	cr_assert(n < MANY, "no two of them");
	for (int i = 0; i < 2; i++) {
		name_of(all[n - i].i, texts[i]);
		numbers[i] = put_v6(texts[i]);
	}
	cr_expect(numbers[0] != numbers[1]);
	for (int i = 0; i < 2; i++)
		expect_v6(numbers[i], texts[i]);
}

/* As after exec(), when nothing is remembered. */
Test(logic, ipv6_addresses_are_found_in_the_table)
{
	uint32_t number = put_v6("fd00:1::5");
	char text[64];

	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof(text), "fd00:%x::6", i + 1);
		put_v6(text);
	}
	fake_start("[fd00::]/16:1=vsock:2:1;[fd00:2::5]:1=vsock:2:1;"
		   "[fd00:1::5]:1=vsock:2:1");
	expect_v6(number, "fd00:1::5");
}

/* ---- hints --------------------------------------------------------------- */

Test(logic, hints_end_with_a_new_descriptor)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 77};
	struct hint_epoll got;

	hint_reset(20, HINT_BORN);
	hint_add(20, HINT_BOUND | HINT_OPTIONS);
	hint_remove(20, HINT_OPTIONS);
	cr_expect(hint_get(20) == (HINT_BORN | HINT_BOUND));
	hint_epoll_set(20, 4, &event);
	cr_expect(hint_epoll_get(20, &got) && got.epfd == 4);
	cr_expect(got.event.events == EPOLLIN && got.event.data.u64 == 77);
	hint_reset(20, 0);
	cr_expect(hint_get(20) == 0 && !hint_epoll_get(20, &got));
}

Test(logic, hints_outside_of_the_memory_are_nothing)
{
	static const int numbers[] = {-1, HINT_NUMBERS, 1 << 30};
	struct epoll_event event = {0};
	struct hint_epoll got;

	for (size_t i = 0; i < 3; i++) {
		hint_add(numbers[i], HINT_BORN);
		hint_reset(numbers[i], HINT_BORN);
		hint_epoll_set(numbers[i], 3, &event);
		hint_epoll_forget(numbers[i], 3);
		cr_expect(hint_get(numbers[i]) == 0);
		cr_expect(!hint_epoll_get(numbers[i], &got));
	}
}

Test(logic, copies_know_of_each_other_and_share_no_registration)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct hint_epoll got;

	hint_reset(30, HINT_BORN | HINT_V6);
	hint_epoll_set(30, 4, &event);
	hint_copy(30, 31);
	cr_expect(hint_get(30) == (HINT_BORN | HINT_V6 | HINT_COPIED));
	cr_expect(hint_get(31) == hint_get(30), "whole under neither");
	cr_expect(hint_epoll_get(30, &got) && !hint_epoll_get(31, &got));
	hint_copy(30, 30);
	cr_expect(hint_epoll_get(30, &got));
}

Test(logic, two_sets_are_noticed)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct hint_epoll got;

	hint_reset(40, HINT_BORN);
	hint_epoll_set(40, 4, &event);
	hint_epoll_set(40, 4, &event);
	cr_expect(!(hint_get(40) & HINT_EPOLL_MANY));
	hint_epoll_set(40, 5, &event);
	cr_expect(hint_get(40) & HINT_EPOLL_MANY);
	hint_epoll_forget(40, 5);
	cr_expect(!hint_epoll_get(40, &got));
}

static void count(int fd, void *arg)
{
	(void)fd;
	++*(int *)arg;
}

Test(logic, each_visits_numbers_with_all_flags)
{
	int n = 0;

	hint_reset(50, HINT_COPIED);
	hint_reset(51, HINT_COPIED | HINT_BORN);
	hint_reset(52, HINT_BORN);
	hint_each(HINT_COPIED | HINT_BORN, count, &n);
	cr_expect(n == 1);
	n = 0;
	hint_each(HINT_COPIED, count, &n);
	cr_expect(n == 2);
}

/* ---- listeners ----------------------------------------------------------- */

static struct listener listener_on(int fd, const char *text, bool v6only,
				   bool reuse_port)
{
	struct listener listener = {
		.fd = fd,
		.cid = VMADDR_CID_ANY,
		.port = 80,
		.name = {addr_of(text), 8000},
		.tag = TAG_BOUND | (v6only ? TAG_V6ONLY : 0),
		.reuse_port = reuse_port,
	};

	if (listener.name.addr.family == AF_INET6)
		listener.tag |= TAG_V6;
	return listener;
}

/* As bind() leaves it. */
static void bind_as(const struct listener *listener)
{
	cr_assert(
		!tag_write_named(listener->fd, listener->tag, &listener->name));
	hint_add(listener->fd, HINT_REDIRECTED);
	listeners_add(listener);
}

static const struct {
	const char *first, *second;
	bool first_v6only, second_v6only, first_reuse, second_reuse, share;
} pairs[] = {
	{"0.0.0.0", "::", false, true, false, false, true},
	{"0.0.0.0", "::", false, false, false, false, false},
	{"::", "0.0.0.0", true, false, false, false, true},
	{"::", "0.0.0.0", false, false, false, false, false},
	{"0.0.0.0", "0.0.0.0", false, false, false, false, false},
	{"0.0.0.0", "0.0.0.0", false, false, true, true, true},
	{"0.0.0.0", "0.0.0.0", false, false, true, false, false},
	{"0.0.0.0", "127.0.0.1", false, false, false, false, false},
	{"127.0.0.1", "127.0.0.2", false, false, false, false, true},
	{"127.0.0.1", "127.0.0.1", false, false, false, false, false},
	{"127.0.0.1", "::1", false, false, false, false, true},
	{"127.0.0.1", "::", false, false, false, false, false},
	{"::1", "::1", false, false, false, false, false},
	{"::1", "fd00::1", false, false, false, false, true},
};

Test(logic, ports_are_shared_as_tcp_shares_them)
{
	fake_start("listen *:*=vsock:any:*");
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		int fd = fake_tcp(AF_INET, 0);
		struct listener first =
			listener_on(fd, pairs[i].first, pairs[i].first_v6only,
				    pairs[i].first_reuse);
		struct listener second = listener_on(fd + 1, pairs[i].second,
						     pairs[i].second_v6only,
						     pairs[i].second_reuse);

		first.port = second.port = 100 + i;
		cr_expect(!listeners_may_share(&second), "nobody has it");
		bind_as(&first);
		cr_expect(listeners_may_share(&second) == pairs[i].share,
			  "%s, then %s", pairs[i].first, pairs[i].second);
		close(fd);
		cr_expect(!listeners_may_share(&second), "it is closed");
	}
}

Test(logic, another_socket_under_the_number_holds_no_port)
{
	struct listener first, second;
	int fd, other;

	fake_start("listen *:*=vsock:any:*");
	fd = fake_tcp(AF_INET, 0);
	other = fake_tcp(AF_INET, 0);
	first = listener_on(fd, "127.0.0.1", false, false);
	second = listener_on(other, "127.0.0.2", false, false);
	bind_as(&first);
	cr_expect(listeners_may_share(&second));
	cr_assert(dup2(other, fd) == fd);
	cr_expect(!listeners_may_share(&second));
}

static void expect_duration(long ns, const char *text)
{
	struct report_lookup lookup = {.name = "a", .error = "none"};
	struct line line = {.len = 0};
	const char *end;

	report_line_lookup(&line, &lookup, ns, REPORT_WHOLE);
	line.text[line.len] = '\0';
	end = strrchr(line.text, ',');
	cr_assert(end);
	cr_expect(!strcmp(end, text), "%ld: \"%s\"", ns, end);
}

Test(logic, durations_are_milliseconds)
{
	expect_duration(0, ", 0.000 ms");
	expect_duration(999, ", 0.000 ms");
	expect_duration(7000, ", 0.007 ms");
	expect_duration(80999, ", 0.080 ms");
	expect_duration(1234567, ", 1.234 ms");
	expect_duration(30000050000, ", 30000.050 ms");
}
