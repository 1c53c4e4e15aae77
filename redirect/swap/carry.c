/* SPDX-License-Identifier: MIT */
/* Options taken along in a swap: see carry.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/window.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* asm-generic/socket.h, 5.1 */
#ifndef SO_TIMESTAMP_NEW
#define SO_TIMESTAMP_NEW   63
#define SO_TIMESTAMPNS_NEW 64
#endif
#ifndef SO_RCVTIMEO_NEW
#define SO_RCVTIMEO_NEW 66
#define SO_SNDTIMEO_NEW 67
#endif

union value {
	int number;
	struct timeval time;
	struct linger linger;
	char bytes[16];
};

struct option {
	int level;
	int name;
	socklen_t size;
	enum {
		USUAL = 1 << 0,	 /* on clients and servers of TCP */
		VARIES = 1 << 1, /* a new socket's value is the machine's */
	} is;
};

bool carry_is_linger(int level, int option, const void *value, socklen_t len)
{
	struct linger linger;

	if (level != SOL_SOCKET || option != SO_LINGER || len < sizeof(linger))
		return false;
	memcpy(&linger, value, sizeof(linger));
	return linger.l_onoff && linger.l_linger;
}

/* ---- which were set ------------------------------------------------------ */

#define NAMES 128

/* A bit for each option that was seen to be set on some socket. */
static uint64_t seen[4][NAMES / 64];

static uint64_t *seen_at(int level, int name)
{
	static const int levels[] = {SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP,
				     IPPROTO_IPV6};
	unsigned i = 0;

	while (i < 4 && levels[i] != level)
		i++;
	return i < 4 && (unsigned)name < NAMES ? &seen[i][name / 64] : NULL;
}

static bool is_seen(int level, int name)
{
	uint64_t *word = seen_at(level, name);

	return word &&
	       (__atomic_load_n(word, __ATOMIC_RELAXED) >> name % 64 & 1);
}

/* Some have a second number, for the time of 64 bits on 32-bit machines, or to
 * go past a limit. */
static int plain_name(int level, int name)
{
	static const int same[][2] = {
		{SO_RCVTIMEO_NEW, SO_RCVTIMEO},
		{SO_SNDTIMEO_NEW, SO_SNDTIMEO},
		{SO_TIMESTAMP_NEW, SO_TIMESTAMP},
		{SO_TIMESTAMPNS_NEW, SO_TIMESTAMPNS},
		{SO_RCVBUFFORCE, SO_RCVBUF},
		{SO_SNDBUFFORCE, SO_SNDBUF},
	};

	for (size_t i = 0; level == SOL_SOCKET && i < COUNT(same); i++)
		if (same[i][0] == name)
			return same[i][1];
	return name;
}

void carry_note(int level, int name)
{
	uint64_t *word;

	if (is_seen(level, name))
		return;
	word = seen_at(level, plain_name(level, name));
	if (word)
		__atomic_or_fetch(word, 1ULL << plain_name(level, name) % 64,
				  __ATOMIC_RELAXED);
}

bool carry_may_be_set(unsigned hints, int level, int name)
{
	return hint_may(hints, level == SOL_SOCKET ? HINT_OPTIONS
						   : HINT_TCP_OPTIONS) &&
	       (!(hints & HINT_BORN) || is_seen(level, name));
}

static bool is_asked(unsigned hints, const struct option *option)
{
	return is_seen(option->level, option->name) ||
	       ((option->is & USUAL) && !(hints & HINT_BORN));
}

/* ---- from one to the other ----------------------------------------------- */

static bool read_option(int fd, const struct option *option, union value *value,
			socklen_t *len)
{
	memset(value, 0, sizeof(*value));
	*len = option->size;
	return !real()->getsockopt(fd, option->level, option->name, value, len);
}

/* What every new socket has. */
static bool is_default(const struct option *option, const union value *value)
{
	union value usual = {.bytes = ""};

	usual.number =
		option->level == SOL_SOCKET && option->name == SO_RCVLOWAT;
	return !(option->is & VARIES) && !memcmp(value, &usual, sizeof(usual));
}

static bool carry(int from, int to, const struct option *option)
{
	union value value;
	socklen_t len;

	if (!read_option(from, option, &value, &len) ||
	    is_default(option, &value))
		return false;
	if (carry_is_linger(option->level, option->name, &value, len) ||
	    !real()->setsockopt(to, option->level, option->name, &value, len))
		remembered_put_option(remembered_cookie(to), option->level,
				      option->name, &value, len);
	return true;
}

static bool carry_buffer(int to, int name, int size)
{
	if (!size)
		return false;
	real()->setsockopt(to, SOL_SOCKET, name, &size, sizeof(size));
	remembered_put_option(remembered_cookie(to), SOL_SOCKET, name, &size,
			      sizeof(size));
	return true;
}

/* Options that the new socket may have, too. */
static const struct option common[] = {
	{SOL_SOCKET, SO_KEEPALIVE, sizeof(int), USUAL},
	{SOL_SOCKET, SO_LINGER, sizeof(struct linger), USUAL},
	{SOL_SOCKET, SO_RCVTIMEO, sizeof(struct timeval), USUAL},
	{SOL_SOCKET, SO_SNDTIMEO, sizeof(struct timeval), USUAL},
	{SOL_SOCKET, SO_OOBINLINE, sizeof(int), 0},
	{SOL_SOCKET, SO_RCVLOWAT, sizeof(int), 0},
	{SOL_SOCKET, SO_PRIORITY, sizeof(int), 0},
	{SOL_SOCKET, SO_MARK, sizeof(int), 0},
	{SOL_SOCKET, SO_DEBUG, sizeof(int), 0},
	{SOL_SOCKET, SO_DONTROUTE, sizeof(int), 0},
	{SOL_SOCKET, SO_TIMESTAMP, sizeof(int), 0},
	{SOL_SOCKET, SO_TIMESTAMPNS, sizeof(int), 0},
	{SOL_SOCKET, SO_BROADCAST, sizeof(int), 0},
	{SOL_SOCKET, SO_PASSCRED, sizeof(int), 0},
	{SOL_SOCKET, SO_RXQ_OVFL, sizeof(int), 0},
	{SOL_SOCKET, SO_BINDTODEVICE, 16, 0},
};

bool carry_options(int from, int to, unsigned hints,
		   const struct window_asked *asked)
{
	bool any = carry_buffer(to, SO_SNDBUF, asked->send) |
		   carry_buffer(to, SO_RCVBUF, asked->receive);

	if (!hint_may(hints, HINT_OPTIONS))
		return any;
	for (size_t i = 0; i < COUNT(common); i++)
		if (is_asked(hints, &common[i]))
			any |= carry(from, to, &common[i]);
	return any;
}

void carry_again(int from, int to)
{
	struct window_asked asked;

	window_asked(from, &asked);
	carry_options(from, to, 0, &asked);
}

/* Others, which are TCP's alone, or ours. */
static const struct option tcp_options[] = {
	{IPPROTO_TCP, TCP_CORK, sizeof(int), 0},
	{IPPROTO_TCP, TCP_KEEPIDLE, sizeof(int), VARIES},
	{IPPROTO_TCP, TCP_KEEPINTVL, sizeof(int), VARIES},
	{IPPROTO_TCP, TCP_KEEPCNT, sizeof(int), VARIES},
	{IPPROTO_TCP, TCP_SYNCNT, sizeof(int), VARIES},
	{IPPROTO_TCP, TCP_LINGER2, sizeof(int), VARIES},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, sizeof(int), 0},
	{IPPROTO_TCP, TCP_USER_TIMEOUT, sizeof(int), 0},
	{IPPROTO_TCP, TCP_FASTOPEN, sizeof(int), 0},
	{IPPROTO_TCP, TCP_FASTOPEN_CONNECT, sizeof(int), 0},
	{IPPROTO_TCP, TCP_NOTSENT_LOWAT, sizeof(int), VARIES},
	{IPPROTO_TCP, TCP_CONGESTION, 16, VARIES},
	{IPPROTO_TCP, TCP_INQ, sizeof(int), 0},
	{IPPROTO_TCP, TCP_SAVE_SYN, sizeof(int), 0},
	{IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, sizeof(int), 0},
	{IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, sizeof(int), 0},
	{IPPROTO_TCP, TCP_WINDOW_CLAMP, sizeof(int), VARIES},
	{IPPROTO_IP, IP_TOS, sizeof(int), 0},
	{IPPROTO_IP, IP_TTL, sizeof(int), VARIES},
	{IPPROTO_IP, IP_MINTTL, sizeof(int), 0},
	{IPPROTO_IP, IP_MTU_DISCOVER, sizeof(int), VARIES},
	{IPPROTO_IP, IP_PKTINFO, sizeof(int), 0},
	{IPPROTO_IP, IP_RECVERR, sizeof(int), 0},
	{IPPROTO_IP, IP_RECVTOS, sizeof(int), 0},
	{IPPROTO_IP, IP_FREEBIND, sizeof(int), 0},
	{IPPROTO_IP, IP_TRANSPARENT, sizeof(int), 0},
	{IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, sizeof(int), 0},
	{IPPROTO_IPV6, IPV6_MTU_DISCOVER, sizeof(int), VARIES},
	{IPPROTO_IPV6, IPV6_RECVERR, sizeof(int), 0},
	{IPPROTO_IPV6, IPV6_RECVTCLASS, sizeof(int), 0},
	{IPPROTO_IPV6, IPV6_TCLASS, sizeof(int), 0},
	{IPPROTO_IPV6, IPV6_UNICAST_HOPS, sizeof(int), VARIES},
	{SOL_SOCKET, SO_REUSEPORT, sizeof(int), 0},
	{SOL_SOCKET, SO_MAX_PACING_RATE, sizeof(uint64_t), VARIES},
};

/*
 * An IPv4 socket knows no option of IPv6's, and kernels up to 6.1 run
 * modprobe(8) twice to find one who does (nf_sockopt_find() in
 * net/netfilter/nf_sockopt.c).
 */
bool carry_tcp_options(int from, int to, unsigned hints, int family)
{
	uint64_t cookie = 0;

	if (!hint_may(hints, HINT_OPTIONS | HINT_TCP_OPTIONS))
		return false;
	for (size_t i = 0; i < COUNT(tcp_options); i++) {
		const struct option *option = &tcp_options[i];
		union value value;
		socklen_t len;

		if ((option->level == IPPROTO_IPV6 && family != AF_INET6) ||
		    !is_asked(hints, option) ||
		    !read_option(from, option, &value, &len) ||
		    is_default(option, &value))
			continue;
		if (!cookie)
			cookie = remembered_cookie(to);
		remembered_put_option(cookie, option->level, option->name,
				      &value, len);
	}
	return cookie;
}

/* AF_VSOCK's own options on the child; the others in its memory. */
static void hand_down(int level, int option, const void *value, socklen_t len,
		      void *to)
{
	int fd = *(int *)to;

	if (level == IPPROTO_TCP && option == TCP_FASTOPEN_NO_COOKIE)
		return;
	if (level != SOL_SOCKET || option == SO_REUSEPORT ||
	    option == SO_MAX_PACING_RATE || /* where the tag is */
	    carry_is_linger(level, option, value, len) ||
	    real()->setsockopt(fd, level, option, value, len))
		remembered_put_option(remembered_cookie(fd), level, option,
				      value, len);
}

void carry_inherited(int from, int to)
{
	remembered_each_option(remembered_cookie(from), hand_down, &to);
}

static void set_remembered(int level, int option, const void *value,
			   socklen_t len, void *to)
{
	real()->setsockopt(*(int *)to, level, option, value, len);
}

void carry_remembered(int from, int to)
{
	remembered_each_option(remembered_cookie(from), set_remembered, &to);
}

void carry_async_read(int fd, int flags, struct carry_async *async)
{
	unsigned hints = hint_get(fd);

	async->flags = flags;
	async->set = (flags & O_ASYNC) || hint_may(hints, HINT_OWNER);
	async->signal = 0;
	if (!async->set)
		return;
	async->set = !real()->fcntl(fd, F_GETOWN_EX, &async->owner);
	if (async->owner.pid || (hints & HINT_BORN))
		async->signal = real()->fcntl(fd, F_GETSIG);
}

void carry_async_apply(int fd, const struct carry_async *async)
{
	if (!async->set)
		return;
	if (async->owner.pid)
		real()->fcntl(fd, F_SETOWN_EX, &async->owner);
	if (async->signal > 0)
		real()->fcntl(fd, F_SETSIG, async->signal);
	if (async->flags & O_ASYNC)
		real()->fcntl(fd, F_SETFL, async->flags);
}
