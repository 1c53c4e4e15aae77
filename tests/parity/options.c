/* SPDX-License-Identifier: MIT */
/* Socket options: set before and after, read back, and given nonsense. */
#include "parity.h"

#include <linux/filter.h>
#include <sys/time.h>

#define SOL_TLS_LEVEL 282

struct int_option {
	int level, name;
	int before, after; /* what to set before and after connect() */
};

static void say_get(const char *label, int fd, const struct int_option *o)
{
	say_option(label, fd, o->level, o->name);
}

static void say_set(const char *label, int fd, const struct int_option *o,
		    int value)
{
	if (set_int(fd, o->level, o->name, value) < 0)
		say("%s: set %d: %s", label, value, errno_text(errno));
	else
		say("%s: set %d", label, value);
	say_get(label, fd, o);
}

static void say_bad_sets(int fd, const struct int_option *o)
{
	static const socklen_t lengths[] = {0, 1, 3, 8};
	long long value = o->after;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		say("set, length %d: %s", (int)lengths[i],
		    setsockopt(fd, o->level, o->name, &value, lengths[i]) < 0
			    ? errno_text(errno)
			    : "0");
}

static void say_bad_gets(int fd, const struct int_option *o)
{
	static const socklen_t lengths[] = {0, 1, 3, 8};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		unsigned char buf[16];
		socklen_t len = lengths[i];
		int r, past = 0;

		memset(buf, 0xee, sizeof(buf));
		r = getsockopt(fd, o->level, o->name, buf, &len);
		for (size_t j = len <= sizeof(buf) ? len : 0;
		     r == 0 && j < sizeof(buf); j++)
			past += buf[j] != 0xee;
		say("get, length %d: %s, length %d, past %d", (int)lengths[i],
		    r < 0 ? errno_text(errno) : "0", (int)len, past);
	}
}

/* The whole life of an int option, from a fresh socket to a connected one. */
static void option_life(struct int_option o)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;

	say_get("listener", listener, &o);
	say_get("fresh", fd, &o);
	say_set("fresh", fd, &o, o.before);
	MUST(connect(fd, SA(a)));
	expect_redirected(fd);
	say_get("connected", fd, &o);
	say_set("connected", fd, &o, o.after);
	server = (int)MUST(accept(listener, NULL, NULL));
	say_get("accepted", server, &o);
	say_set("accepted", server, &o, o.before);
}

static void option_nonsense(const char *ip, struct int_option o)
{
	struct trio t = trio_at(ip);

	say_bad_sets(t.server, &o);
	say_bad_gets(t.server, &o);
	say_bad_sets(t.client, &o);
}

/* Two checks: NAME, and NAME-nonsense with lengths that are not an int's. */
#define OPTION(n, l, o, before, after)                                         \
	CHECK(options, n)                                                      \
	{                                                                      \
		option_life((struct int_option){l, o, before, after});         \
	}                                                                      \
	CHECK(options, n##_nonsense)                                           \
	{                                                                      \
		option_nonsense("127.0.0.1",                                   \
				(struct int_option){l, o, before, after});     \
	}

/* Only the first, for further values of an option that has both. */
#define OPTION_RANGE(n, l, o, before, after)                                   \
	CHECK(options, n)                                                      \
	{                                                                      \
		option_life((struct int_option){l, o, before, after});         \
	}

OPTION(tcp_nodelay, IPPROTO_TCP, TCP_NODELAY, 1, 0)
OPTION_RANGE(tcp_nodelay_later, IPPROTO_TCP, TCP_NODELAY, 0, 77)
OPTION(tcp_cork, IPPROTO_TCP, TCP_CORK, 1, 0)
OPTION(tcp_keepidle, IPPROTO_TCP, TCP_KEEPIDLE, 30, 60)
OPTION_RANGE(tcp_keepidle_range, IPPROTO_TCP, TCP_KEEPIDLE, 0, 32768)
OPTION(tcp_keepintvl, IPPROTO_TCP, TCP_KEEPINTVL, 5, 10)
OPTION_RANGE(tcp_keepintvl_range, IPPROTO_TCP, TCP_KEEPINTVL, -1, 32767)
OPTION(tcp_keepcnt, IPPROTO_TCP, TCP_KEEPCNT, 3, 127)
OPTION_RANGE(tcp_keepcnt_range, IPPROTO_TCP, TCP_KEEPCNT, 0, 128)
OPTION(tcp_syncnt, IPPROTO_TCP, TCP_SYNCNT, 2, 3)
OPTION_RANGE(tcp_syncnt_range, IPPROTO_TCP, TCP_SYNCNT, 0, 256)
OPTION(tcp_linger2, IPPROTO_TCP, TCP_LINGER2, 5, -1)
OPTION(tcp_defer_accept_off, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, 0)
OPTION(tcp_quickack, IPPROTO_TCP, TCP_QUICKACK, 1, 1)
OPTION(tcp_user_timeout, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000, 0)
OPTION_RANGE(tcp_user_timeout_range, IPPROTO_TCP, TCP_USER_TIMEOUT, -1, 1)
OPTION(tcp_notsent_lowat, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384, 0)
OPTION(tcp_thin_linear_timeouts, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1, 2)
OPTION(tcp_thin_dupack, IPPROTO_TCP, TCP_THIN_DUPACK, 1, 0)
OPTION(tcp_inq, IPPROTO_TCP, TCP_INQ, 1, 2)
OPTION(tcp_fastopen_connect, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 0, 1)
OPTION(tcp_fastopen_no_cookie, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1, 0)
OPTION(tcp_save_syn, IPPROTO_TCP, TCP_SAVE_SYN, 1, 0)
OPTION(tcp_tx_delay, IPPROTO_TCP, TCP_TX_DELAY, 0, 0)
OPTION(tcp_repair_queue, IPPROTO_TCP, TCP_REPAIR_QUEUE, 0, 0)
OPTION(tcp_unknown, IPPROTO_TCP, 250, 1, 0)
OPTION(ip_tos, IPPROTO_IP, IP_TOS, 0x10, 0x08)
OPTION_RANGE(ip_tos_range, IPPROTO_IP, IP_TOS, 0x103, 255)
OPTION(ip_ttl, IPPROTO_IP, IP_TTL, 32, 64)
OPTION_RANGE(ip_ttl_range, IPPROTO_IP, IP_TTL, 0, 256)
OPTION_RANGE(ip_ttl_default, IPPROTO_IP, IP_TTL, 12, -1)
OPTION(ip_mtu_discover, IPPROTO_IP, IP_MTU_DISCOVER, 2, 9)
OPTION(ip_recverr, IPPROTO_IP, IP_RECVERR, 1, 0)
OPTION(ip_pktinfo, IPPROTO_IP, IP_PKTINFO, 1, 0)
OPTION(ip_recvtos, IPPROTO_IP, IP_RECVTOS, 1, 0)
OPTION(ip_freebind, IPPROTO_IP, IP_FREEBIND, 1, 0)
OPTION(ip_bind_no_port, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1, 0)
OPTION(ip_minttl, IPPROTO_IP, IP_MINTTL, 1, 256)
OPTION(ip_unknown, IPPROTO_IP, 250, 1, 0)
OPTION(so_keepalive, SOL_SOCKET, SO_KEEPALIVE, 1, 0)
OPTION(so_reuseaddr, SOL_SOCKET, SO_REUSEADDR, 1, 0)
OPTION(so_reuseport, SOL_SOCKET, SO_REUSEPORT, 1, 0)
OPTION(so_broadcast, SOL_SOCKET, SO_BROADCAST, 1, 0)
OPTION(so_dontroute, SOL_SOCKET, SO_DONTROUTE, 1, 0)
OPTION(so_oobinline, SOL_SOCKET, SO_OOBINLINE, 1, 0)
OPTION(so_priority, SOL_SOCKET, SO_PRIORITY, 3, 6)
OPTION(so_mark, SOL_SOCKET, SO_MARK, 7, 0)
OPTION(so_rcvlowat, SOL_SOCKET, SO_RCVLOWAT, 1, 1)
OPTION(so_timestamp, SOL_SOCKET, SO_TIMESTAMP, 1, 0)
OPTION(so_timestampns, SOL_SOCKET, SO_TIMESTAMPNS, 1, 0)
OPTION(so_rxq_ovfl, SOL_SOCKET, SO_RXQ_OVFL, 1, 0)
OPTION(so_debug, SOL_SOCKET, SO_DEBUG, 1, 0)
OPTION(so_busy_poll, SOL_SOCKET, SO_BUSY_POLL, 0, 0)
OPTION(so_lock_filter, SOL_SOCKET, SO_LOCK_FILTER, 0, 0)
OPTION(so_acceptconn, SOL_SOCKET, SO_ACCEPTCONN, 1, 0)
OPTION(so_type, SOL_SOCKET, SO_TYPE, 1, 0)
OPTION(so_domain, SOL_SOCKET, SO_DOMAIN, 1, 0)
OPTION(so_protocol, SOL_SOCKET, SO_PROTOCOL, 1, 0)
OPTION(so_error, SOL_SOCKET, SO_ERROR, 1, 0)
OPTION(so_passcred, SOL_SOCKET, SO_PASSCRED, 1, 0)
OPTION(so_unknown, SOL_SOCKET, 250, 1, 0)
OPTION(unknown_level, 77, 1, 1, 0)

static void option_life_ipv6(struct int_option o)
{
	struct addr a = at("::1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET6, 0), server;

	say_get("listener", listener, &o);
	say_set("fresh", fd, &o, o.before);
	MUST(connect(fd, SA(a)));
	say_get("connected", fd, &o);
	say_set("connected", fd, &o, o.after);
	server = (int)MUST(accept(listener, NULL, NULL));
	say_get("accepted", server, &o);
}

#define OPTION6(n, l, o, before, after)                                        \
	CHECK(options, n)                                                      \
	{                                                                      \
		option_life_ipv6((struct int_option){l, o, before, after});    \
	}                                                                      \
	CHECK(options, n##_nonsense)                                           \
	{                                                                      \
		option_nonsense("::1",                                         \
				(struct int_option){l, o, before, after});     \
	}

#define OPTION6_RANGE(n, l, o, before, after)                                  \
	CHECK(options, n)                                                      \
	{                                                                      \
		option_life_ipv6((struct int_option){l, o, before, after});    \
	}

OPTION6(ipv6_v6only, IPPROTO_IPV6, IPV6_V6ONLY, 1, 0)
OPTION6(ipv6_unicast_hops, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 32, -1)
OPTION6_RANGE(ipv6_unicast_hops_range, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256,
	      255)
OPTION6(ipv6_tclass, IPPROTO_IPV6, IPV6_TCLASS, 0x10, 8)
OPTION6(ipv6_recvtclass, IPPROTO_IPV6, IPV6_RECVTCLASS, 1, 0)
OPTION6(ipv6_mtu_discover, IPPROTO_IPV6, IPV6_MTU_DISCOVER, 2, 9)
OPTION6(ipv6_recverr, IPPROTO_IPV6, IPV6_RECVERR, 1, 0)
OPTION6(ipv6_unknown, IPPROTO_IPV6, 250, 1, 0)
OPTION6(tcp_nodelay_on_ipv6, IPPROTO_TCP, TCP_NODELAY, 1, 0)
OPTION6(ip_tos_on_ipv6, IPPROTO_IP, IP_TOS, 0x10, 8)
OPTION(ipv6_v6only_on_ipv4, IPPROTO_IPV6, IPV6_V6ONLY, 1, 0)
OPTION(ipv6_tclass_on_ipv4, IPPROTO_IPV6, IPV6_TCLASS, 1, 0)

/* Other sockets of the process have had many kinds of them set. */
CHECK(options, after_many_kinds)
{
	static const int numbers[][3] = {
		{IPPROTO_TCP, TCP_KEEPIDLE, 3},
		{IPPROTO_TCP, TCP_KEEPINTVL, 4},
		{IPPROTO_TCP, TCP_KEEPCNT, 5},
		{IPPROTO_TCP, TCP_SYNCNT, 2},
		{IPPROTO_TCP, TCP_LINGER2, 6},
		{IPPROTO_TCP, TCP_DEFER_ACCEPT, 1},
		{IPPROTO_TCP, TCP_USER_TIMEOUT, 9000},
		{IPPROTO_TCP, TCP_NOTSENT_LOWAT, 4096},
		{IPPROTO_TCP, TCP_SAVE_SYN, 1},
		{IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1},
		{IPPROTO_IP, IP_TOS, 16},
		{IPPROTO_IP, IP_TTL, 60},
		{IPPROTO_IP, IP_MINTTL, 1},
		{IPPROTO_IP, IP_RECVTOS, 1},
		{IPPROTO_IPV6, IPV6_RECVERR, 1},
		{IPPROTO_IPV6, IPV6_TCLASS, 16},
		{SOL_SOCKET, SO_REUSEPORT, 1},
	};
	const int n = sizeof(numbers) / sizeof(numbers[0]);
	struct addr a = at("::1", port(0));
	int other = tcp_socket(AF_INET6, 0), fd = tcp_socket(AF_INET6, 0);

	for (int i = 0; i < n; i++)
		MUST(set_int(other, numbers[i][0], numbers[i][1],
			     numbers[i][2]));
	MUST(set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, 16));
	MUST(set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1));
	MUST(listen_at(a, 4));
	MUST(connect(fd, SA(a)));
	MUST(connect(other, SA(a)));
	for (int i = 0; i < n; i++) {
		say("%d", numbers[i][1]);
		SAY_OPTION(fd, numbers[i][0], numbers[i][1]);
		SAY_OPTION(other, numbers[i][0], numbers[i][1]);
	}
}

static void bad_pointers(int level, int name)
{
	struct trio t = trio_at("127.0.0.1");
	socklen_t len = sizeof(int), negative = (socklen_t)-1;
	void *none = NULL, *bad = (void *)8;
	int value = 1;

	TRY(setsockopt(t.client, level, name, none, sizeof(int)));
	TRY(setsockopt(t.client, level, name, bad, sizeof(int)));
	TRY(setsockopt(t.client, level, name, &value, negative));
	TRY(getsockopt(t.client, level, name, none, &len));
	TRY(getsockopt(t.client, level, name, bad, &len));
	TRY(getsockopt(t.client, level, name, &value, none));
	TRY(getsockopt(t.client, level, name, &value, &negative));
}

CHECK(options, bad_pointers_tcp)
{
	bad_pointers(IPPROTO_TCP, TCP_NODELAY);
}

CHECK(options, bad_pointers_tcp_keepidle)
{
	bad_pointers(IPPROTO_TCP, TCP_KEEPIDLE);
}

CHECK(options, bad_pointers_socket)
{
	bad_pointers(SOL_SOCKET, SO_KEEPALIVE);
}

CHECK(options, bad_pointers_ip)
{
	bad_pointers(IPPROTO_IP, IP_TTL);
}

/* do_tcp_getsockopt() (net/ipv4/tcp.c) */
CHECK(options, length_before_a_bad_pointer)
{
	struct trio t = trio_at("127.0.0.1");
	socklen_t len = 64;

	TRY(getsockopt(t.client, IPPROTO_TCP, TCP_NODELAY, (void *)8, &len));
	say("length: %u", len);
}

/* ---- What a socket says that it is --------------------------------- */

static void say_kind(const char *label, int fd)
{
	say("%s:", label);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(fd, SOL_SOCKET, SO_TYPE);
	SAY_OPTION(fd, SOL_SOCKET, SO_PROTOCOL);
	SAY_OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN);
}

static void say_kinds(struct trio t)
{
	say_kind("listener", t.listener);
	say_kind("client", t.client);
	say_kind("server", t.server);
}

CHECK(options, kind_ipv4)
{
	say_kinds(trio_at("127.0.0.1"));
}

CHECK(options, kind_ipv6)
{
	say_kinds(trio_at("::1"));
}

CHECK(options, kind_after_a_failure)
{
	struct addr a = at("::1", port(0));
	int fd = tcp_socket(AF_INET6, 0);

	TRY(connect(fd, SA(a)));
	say_kind("failed", fd);
}

CHECK(options, kind_dual_stack_ipv4_client)
{
	struct addr a = at("::", port(0));
	int listener = listen_at(a, 4);

	connect_to(at("127.0.0.1", port(0)));
	say_kind("server", (int)MUST(accept(listener, NULL, NULL)));
}

/* ---- Carried over, handed down ------------------------------------- */

static void say_timeout(const char *label, int fd, int name)
{
	struct timeval tv = {-1, -1};
	socklen_t len = sizeof(tv);

	if (getsockopt(fd, SOL_SOCKET, name, &tv, &len) < 0)
		say("%s: %s", label, errno_text(errno));
	else
		say("%s: %ld s, length %u", label, (long)tv.tv_sec, len);
}

static void set_timeout(int fd, int name, int seconds)
{
	struct timeval tv = {.tv_sec = seconds};

	TRY(setsockopt(fd, SOL_SOCKET, name, &tv, sizeof(tv)));
}

CHECK(options, timeouts_carried_over)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	say_timeout("fresh", fd, SO_RCVTIMEO);
	set_timeout(fd, SO_RCVTIMEO, 11);
	set_timeout(fd, SO_SNDTIMEO, 12);
	TRY(connect(fd, SA(a)));
	say_timeout("SO_RCVTIMEO", fd, SO_RCVTIMEO);
	say_timeout("SO_SNDTIMEO", fd, SO_SNDTIMEO);
	set_timeout(fd, SO_RCVTIMEO, 13);
	say_timeout("SO_RCVTIMEO", fd, SO_RCVTIMEO);
}

CHECK(options, timeouts_bad)
{
	struct trio t = trio_at("127.0.0.1");
	struct timeval odd = {.tv_usec = 1000000}, negative = {.tv_sec = -1};
	int small = 1;

	TRY(setsockopt(t.client, SOL_SOCKET, SO_RCVTIMEO, &odd, sizeof(odd)));
	TRY(setsockopt(t.client, SOL_SOCKET, SO_RCVTIMEO, &negative,
		       sizeof(negative)));
	TRY(setsockopt(t.client, SOL_SOCKET, SO_RCVTIMEO, &small,
		       sizeof(small)));
}

static void say_linger(const char *label, int fd)
{
	struct linger l = {-1, -1};
	socklen_t len = sizeof(l);

	if (getsockopt(fd, SOL_SOCKET, SO_LINGER, &l, &len) < 0)
		say("%s: %s", label, errno_text(errno));
	else
		say("%s: %d, %d s, length %u", label, l.l_onoff, l.l_linger,
		    len);
}

CHECK(options, linger_carried_over)
{
	struct addr a = at("127.0.0.1", port(0));
	struct linger l = {.l_onoff = 1, .l_linger = 3};
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	say_linger("fresh", fd);
	TRY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	TRY(connect(fd, SA(a)));
	say_linger("connected", fd);
	l.l_linger = 4;
	TRY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	say_linger("changed", fd);
	TRY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, 4));
}

CHECK(options, carried_over_to_a_listener)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	MUST(set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	MUST(set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	set_timeout(fd, SO_RCVTIMEO, 11);
	TRY(bind(fd, SA(a)));
	SAY_OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	TRY(listen(fd, 4));
	SAY_OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	say_timeout("SO_RCVTIMEO", fd, SO_RCVTIMEO);
}

CHECK(options, accepted_inherits)
{
	struct addr a = at("127.0.0.1", port(0));
	struct linger l = {.l_onoff = 1, .l_linger = 3};
	int listener = listen_at(a, 4), fd;

	MUST(set_int(listener, SOL_SOCKET, SO_KEEPALIVE, 1));
	MUST(set_int(listener, SOL_SOCKET, SO_OOBINLINE, 1));
	MUST(set_int(listener, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(set_int(listener, IPPROTO_TCP, TCP_KEEPIDLE, 33));
	MUST(set_int(listener, IPPROTO_TCP, TCP_KEEPINTVL, 7));
	MUST(set_int(listener, IPPROTO_TCP, TCP_KEEPCNT, 4));
	MUST(set_int(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, 999));
	MUST(set_int(listener, IPPROTO_IP, IP_TOS, 0x10));
	MUST(setsockopt(listener, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	set_timeout(listener, SO_SNDTIMEO, 12);
	connect_to(a);
	fd = (int)MUST(accept(listener, NULL, NULL));
	SAY_OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
	SAY_OPTION(fd, SOL_SOCKET, SO_OOBINLINE);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_KEEPIDLE);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_KEEPINTVL);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_KEEPCNT);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_USER_TIMEOUT);
	SAY_OPTION(fd, IPPROTO_IP, IP_TOS);
	say_linger("SO_LINGER", fd);
	say_timeout("SO_SNDTIMEO", fd, SO_SNDTIMEO);
}

CHECK(options, accepted_does_not_share)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), one, two;

	connect_to(a);
	connect_to(a);
	one = (int)MUST(accept(listener, NULL, NULL));
	two = (int)MUST(accept(listener, NULL, NULL));
	TRY(set_int(one, IPPROTO_TCP, TCP_NODELAY, 1));
	SAY_OPTION(two, IPPROTO_TCP, TCP_NODELAY);
	SAY_OPTION(listener, IPPROTO_TCP, TCP_NODELAY);
}

CHECK(options, two_sockets_remember_apart)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(set_int(t.client, IPPROTO_TCP, TCP_KEEPIDLE, 5));
	TRY(set_int(t.server, IPPROTO_TCP, TCP_KEEPIDLE, 6));
	SAY_OPTION(t.client, IPPROTO_TCP, TCP_KEEPIDLE);
	SAY_OPTION(t.server, IPPROTO_TCP, TCP_KEEPIDLE);
	SAY_OPTION(t.listener, IPPROTO_TCP, TCP_KEEPIDLE);
}

CHECK(options, forgotten_with_the_descriptor)
{
	struct trio t = trio_at("127.0.0.1");
	int fd;

	MUST(set_int(t.client, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(close(t.client));
	fd = connect_to(t.addr);
	say("same number: %d", fd == t.client);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
}

CHECK(options, remembered_for_many)
{
	enum { MANY = 100 };
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fds[MANY], good = 0, value;
	socklen_t len = sizeof(value);

	for (int i = 0; i < MANY; i++) {
		fds[i] = connect_to(a);
		MUST(accept(listener, NULL, NULL));
		MUST(set_int(fds[i], IPPROTO_TCP, TCP_KEEPIDLE, i + 1));
	}
	for (int i = 0; i < MANY; i++)
		good += getsockopt(fds[i], IPPROTO_TCP, TCP_KEEPIDLE, &value,
				   &len) == 0 &&
			value == i + 1;
	say("good: %d", good);
}

/* ---- Buffers ------------------------------------------------------- */

CHECK(options, buffers_set)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);

	TRY(set_int(fd, SOL_SOCKET, SO_RCVBUF, 50000));
	TRY(set_int(fd, SOL_SOCKET, SO_SNDBUF, 60000));
	SAY_OPTION(fd, SOL_SOCKET, SO_RCVBUF);
	SAY_OPTION(fd, SOL_SOCKET, SO_SNDBUF);
	MUST(connect(fd, SA(a)));
	SAY_OPTION(fd, SOL_SOCKET, SO_RCVBUF);
	SAY_OPTION(fd, SOL_SOCKET, SO_SNDBUF);
	TRY(set_int(fd, SOL_SOCKET, SO_RCVBUF, 70000));
	SAY_OPTION(fd, SOL_SOCKET, SO_RCVBUF);
	say_ping(fd, (int)MUST(accept(listener, NULL, NULL)));
}

CHECK(options, buffers_inherited)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = tcp_socket(AF_INET, 0), fd;

	TRY(set_int(listener, SOL_SOCKET, SO_RCVBUF, 50000));
	TRY(set_int(listener, SOL_SOCKET, SO_SNDBUF, 60000));
	MUST(bind(listener, SA(a)));
	MUST(listen(listener, 4));
	SAY_OPTION(listener, SOL_SOCKET, SO_RCVBUF);
	connect_to(a);
	fd = (int)MUST(accept(listener, NULL, NULL));
	SAY_OPTION(fd, SOL_SOCKET, SO_RCVBUF);
	SAY_OPTION(fd, SOL_SOCKET, SO_SNDBUF);
}

CHECK(options, buffers_tiny)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(set_int(t.client, SOL_SOCKET, SO_RCVBUF, 0));
	TRY(set_int(t.client, SOL_SOCKET, SO_SNDBUF, 1));
	SAY_OPTION(t.client, SOL_SOCKET, SO_RCVBUF);
	SAY_OPTION(t.client, SOL_SOCKET, SO_SNDBUF);
	say_ping(t.client, t.server);
}

CHECK(options, buffers_default_is_something)
{
	struct trio t = trio_at("127.0.0.1");
	int value = 0;
	socklen_t len = sizeof(value);

	TRY(getsockopt(t.client, SOL_SOCKET, SO_RCVBUF, &value, &len));
	say("enough: %d", value >= 65536);
	TRY(getsockopt(t.client, SOL_SOCKET, SO_SNDBUF, &value, &len));
	say("enough: %d", value >= 65536);
}

/* False: there is none, and none comes. */
static bool wait_for_room(int fd)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};

	return poll(&pollfd, 1, 1000) > 0;
}

/* How much a peer can send to one who does not read. */
static int sent_unread(int fd, int most)
{
	static char buf[65536];
	int sent = 0;

	while (sent < most && wait_for_room(fd)) {
		ssize_t n = send(fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n <= 0)
			break;
		sent += (int)n;
	}
	return sent;
}

CHECK(options, buffers_set_after_connect_hold_as_much)
{
	enum { MUCH = 4 << 20 };
	struct trio t = trio_at("127.0.0.1");

	if (hybrid_run())
		skip("a Unix socket's sender has the buffer");
	MUST(set_int(t.client, SOL_SOCKET, SO_RCVBUFFORCE, 4 * MUCH));
	MUST(set_int(t.server, SOL_SOCKET, SO_SNDBUFFORCE, 4 * MUCH));
	say("all of it: %d", sent_unread(t.server, MUCH) >= MUCH);
}

/* ---- Those that are not an int ------------------------------------- */

static void say_tcp_state(const char *label, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0xee, sizeof(info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		say("%s: TCP_INFO %s", label, errno_text(errno));
	else if (info.tcpi_state == TCP_FIN_WAIT1)
		say("%s: state 5", label); /* 4 only until the peer's answer */
	else
		say("%s: state %d", label, info.tcpi_state);
}

CHECK(options, tcp_info)
{
	struct trio t = trio_at("127.0.0.1");

	say_tcp_state("fresh", tcp_socket(AF_INET, 0));
	say_tcp_state("listener", t.listener);
	say_tcp_state("client", t.client);
	say_tcp_state("server", t.server);
}

CHECK(options, tcp_info_half_closed)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(shutdown(t.client, SHUT_WR));
	wait_for(t.server, POLLRDHUP);
	say_tcp_state("client", t.client);
	say_tcp_state("server", t.server);
}

CHECK(options, tcp_info_closed)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(shutdown(t.client, SHUT_WR));
	MUST(shutdown(t.server, SHUT_WR));
	wait_for(t.server, POLLHUP);
	say_tcp_state("server", t.server);
}

CHECK(options, tcp_info_lengths)
{
	struct trio t = trio_at("127.0.0.1");
	unsigned char buf[1024];
	socklen_t lengths[] = {0, 1, 8, 104};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		socklen_t len = lengths[i];
		int r, past = 0;

		memset(buf, 0xee, sizeof(buf));
		r = getsockopt(t.client, IPPROTO_TCP, TCP_INFO, buf, &len);
		for (size_t j = len; j < sizeof(buf); j++)
			past += buf[j] != 0xee;
		say("room %u: %d, length %u, past %d", lengths[i], r, len,
		    past);
	}
}

CHECK(options, tcp_info_set)
{
	struct trio t = trio_at("127.0.0.1");
	struct tcp_info info = {0};

	TRY(setsockopt(t.client, IPPROTO_TCP, TCP_INFO, &info, sizeof(info)));
}

static void say_congestion(int fd)
{
	char name[32] = "";
	socklen_t len = sizeof(name);

	TRY(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	say("a name: %d, length %u", name[0] != '\0', len);
}

CHECK(options, tcp_congestion)
{
	struct trio t = trio_at("127.0.0.1");

	say_congestion(t.client);
	TRY(setsockopt(t.client, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	say_congestion(t.client);
	TRY(setsockopt(t.client, IPPROTO_TCP, TCP_CONGESTION, "none such", 9));
	TRY(setsockopt(t.client, IPPROTO_TCP, TCP_CONGESTION, "", 0));
}

CHECK(options, tcp_congestion_kept)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);
	char name[16] = "";
	socklen_t len = sizeof(name);

	listen_at(a, 4);
	TRY(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	MUST(connect(fd, SA(a)));
	TRY(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	say("\"%s\"", name);
}

CHECK(options, tcp_ulp)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(setsockopt(t.client, IPPROTO_TCP, TCP_ULP, "none such", 9));
}

CHECK(options, tcp_maxseg)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	TRY(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 1000));
	SAY_OPTION(fd, IPPROTO_TCP, TCP_MAXSEG);
	TRY(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 1));
	TRY(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 40000));
	MUST(connect(fd, SA(a)));
	TRY(set_int(fd, IPPROTO_TCP, TCP_MAXSEG, 900));
}

CHECK(options, tcp_window_clamp)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(set_int(t.client, IPPROTO_TCP, TCP_WINDOW_CLAMP, 65536));
	TRY(set_int(t.client, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0));
}

CHECK(options, tcp_defer_accept)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), client;

	TRY(set_int(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5));
	SAY_OPTION(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT);
	client = connect_to(a);
	MUST(write(client, "x", 1));
	TRYFD(accept(listener, NULL, NULL));
}

CHECK(options, tcp_fastopen)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = tcp_socket(AF_INET, 0);

	MUST(bind(listener, SA(a)));
	TRY(set_int(listener, IPPROTO_TCP, TCP_FASTOPEN, 5));
	TRY(listen(listener, 4));
	TRY(set_int(listener, IPPROTO_TCP, TCP_FASTOPEN, 6));
	SAY_OPTION(listener, IPPROTO_TCP, TCP_FASTOPEN);
	TRY(set_int(listener, IPPROTO_TCP, TCP_FASTOPEN, -1));
}

CHECK(options, tcp_md5sig)
{
	struct trio t = trio_at("127.0.0.1");
	struct tcp_md5sig sig = {.tcpm_keylen = 3, .tcpm_key = "key"};

	memcpy(&sig.tcpm_addr, &t.addr.in, sizeof(t.addr.in));
	TRY(setsockopt(t.client, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)));
}

CHECK(options, so_original_dst)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = nowhere();

	TRY(getsockopt(t.server, IPPROTO_IP, 80, &a.ss, &a.len));
}

CHECK(options, so_zerocopy)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(set_int(t.client, SOL_SOCKET, SO_ZEROCOPY, 1));
	SAY_OPTION(t.client, SOL_SOCKET, SO_ZEROCOPY);
}

CHECK(options, so_bindtodevice)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);
	char name[16] = "";
	socklen_t len = sizeof(name);

	listen_at(a, 4);
	TRY(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	TRY(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "none", 5));
	TRY(connect(fd, SA(a)));
	TRY(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	say("\"%s\", length %u", name, len);
}

CHECK(options, so_bindtodevice_none)
{
	struct trio t = trio_at("127.0.0.1");
	char name[16] = "";
	socklen_t len = sizeof(name);

	TRY(getsockopt(t.client, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	say("\"%s\", length %u", name, len);
}

CHECK(options, so_peercred)
{
	struct trio t = trio_at("127.0.0.1");
	struct ucred cred = {9, 9, 9};
	socklen_t len = sizeof(cred);

	TRY(getsockopt(t.client, SOL_SOCKET, SO_PEERCRED, &cred, &len));
	say("pid %d, uid %d, gid %d, length %u", cred.pid, (int)cred.uid,
	    (int)cred.gid, len);
}

CHECK(options, so_peersec)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[64];
	socklen_t len = sizeof(buf);

	TRY(getsockopt(t.client, SOL_SOCKET, SO_PEERSEC, buf, &len));
}

CHECK(options, so_peername)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = {.len = sizeof(a.in)};

	TRY(getsockopt(t.client, SOL_SOCKET, SO_PEERNAME, &a.ss, &a.len));
	say_addr("peer", &a);
}

CHECK(options, so_cookie)
{
	struct trio t = trio_at("127.0.0.1");
	unsigned long long one = 0, two = 0;
	socklen_t len = sizeof(one);

	TRY(getsockopt(t.client, SOL_SOCKET, SO_COOKIE, &one, &len));
	TRY(getsockopt(t.server, SOL_SOCKET, SO_COOKIE, &two, &len));
	say("different: %d, length %u", one != two, len);
}

CHECK(options, so_attach_filter)
{
	struct trio t = trio_at("127.0.0.1");
	static struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, 0xffff)};
	/* Static: its unused bytes are 0, too. */
	static struct sock_fprog prog = {.len = 1, .filter = all};

	TRY(setsockopt(t.client, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
		       sizeof(prog)));
	say_ping(t.client, t.server);
	TRY(setsockopt(t.client, SOL_SOCKET, SO_DETACH_FILTER, &prog,
		       sizeof(prog)));
}

CHECK(options, vsock_level_is_unknown)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(set_int(t.client, AF_VSOCK, 0, 1));
	SAY_OPTION(t.client, AF_VSOCK, 0);
}

CHECK(options, tls_level_is_unknown)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(set_int(t.client, SOL_TLS_LEVEL, 1, 1));
	SAY_OPTION(t.client, SOL_TLS_LEVEL, 1);
}

CHECK(options, bad_descriptors)
{
	int value = 1, p[2];
	socklen_t len = sizeof(value);

	MUST(pipe(p));
	TRY(setsockopt(-1, SOL_SOCKET, SO_KEEPALIVE, &value, len));
	TRY(setsockopt(p[0], SOL_SOCKET, SO_KEEPALIVE, &value, len));
	TRY(getsockopt(-1, IPPROTO_TCP, TCP_NODELAY, &value, &len));
	TRY(getsockopt(p[0], IPPROTO_TCP, TCP_NODELAY, &value, &len));
}

/* ---- SO_ERROR ------------------------------------------------------ */

CHECK(options, so_error_cleared_by_reading)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	TRY(connect(fd, SA(a)));
	wait_for(fd, POLLOUT);
	say_so_error(fd);
	say_so_error(fd);
}

CHECK(options, so_error_short)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_NONBLOCK);
	unsigned char error = 0xee;
	socklen_t len = 1;

	TRY(connect(fd, SA(a)));
	wait_for(fd, POLLOUT);
	TRY(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len));
	say("low byte %s, length %u", errno_text(error), len);
	say_so_error(fd);
}

/* Rates that programs may set, on sockets that no rule names. */
CHECK_WITH(options, max_pacing_rate_of_others, CHECK_DIRECT)
{
	static const uint64_t rates[] = {1,	     0xa0000000,   0xa1234567,
					 0xaffffff0, 0x12a0450000, ~0ULL};
	int fd = tcp_socket(AF_INET, 0);

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		uint64_t rate = 0;
		socklen_t len = sizeof(rate);

		TRY(setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rates[i],
			       sizeof(rates[i])));
		TRY(getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate,
			       &len));
		say("rate %#llx", (unsigned long long)rate);
		rate = 0;
		len = sizeof(rate);
		MUST(libc()->getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE,
					&rate, &len));
		say("the kernel's: %d", rate == rates[i]);
		say_sockname("name", fd);
	}
}

/* ... and on one that is redirected with it. */
CHECK(options, max_pacing_rate_before_connect)
{
	struct addr a = at("127.0.0.1", port(0));
	uint64_t rate = 0xa1234567;
	int fd = tcp_socket(AF_INET, 0), listener = listen_at(a, 4);
	socklen_t len = sizeof(rate);

	MUST(setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, len));
	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	say_peername("peer", fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
	rate = 0;
	TRY(getsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, &len));
	say("rate %#llx", (unsigned long long)rate);
}

/* Of an int's length that is no length IPv6 takes as much as it needs. */
CHECK(options, ipv6_v6only_of_odd_lengths)
{
	static const int lengths[] = {-1, 0, 2, 4, 16};
	struct addr a = at("::1", port(0));
	int fd = tcp_socket(AF_INET6, 0);

	MUST(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	MUST(bind(fd, SA(a)));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		socklen_t len = (socklen_t)lengths[i];
		int value = 0;

		TRY(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &len));
		say("%d of length %d", value, (int)len);
	}
}

CHECK(options, max_pacing_rate_of_a_listener)
{
	struct addr a = at("127.0.0.1", port(0));
	uint64_t rate = 0x1234567;
	int listener = listen_at(a, 4), client, server;
	socklen_t len = sizeof(rate);

	TRY(setsockopt(listener, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, len));
	client = connect_to(a);
	server = TRYFD(accept(listener, NULL, NULL));
	say_sockname("listener", listener);
	say_sockname("server", server);
	rate = 0;
	TRY(getsockopt(server, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, &len));
	say("rate %#llx", (unsigned long long)rate);
	say_ping(client, server);
}
