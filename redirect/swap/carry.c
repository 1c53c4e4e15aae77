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
};

bool carry_is_linger(int level, int option, const void *value, socklen_t len)
{
	struct linger linger;

	if (level != SOL_SOCKET || option != SO_LINGER || len < sizeof(linger))
		return false;
	memcpy(&linger, value, sizeof(linger));
	return linger.l_onoff && linger.l_linger;
}

static void carry(int from, int to, const struct option *option)
{
	union value value, now;
	socklen_t len = option->size, now_len = option->size;

	memset(&value, 0, sizeof(value));
	memset(&now, 0, sizeof(now));
	if (real()->getsockopt(from, option->level, option->name, &value, &len))
		return;
	if (!real()->getsockopt(to, option->level, option->name, &now,
				&now_len) &&
	    now_len == len && !memcmp(&value, &now, len))
		return;
	if (carry_is_linger(option->level, option->name, &value, len) ||
	    !real()->setsockopt(to, option->level, option->name, &value, len))
		remembered_put_option(remembered_cookie(to), option->level,
				      option->name, &value, len);
}

/* getsockopt() shows twice what was asked for (socket(7)). */
static void carry_buffer(int from, int to, int name, int locked)
{
	int size, lock = 0;
	socklen_t len = sizeof(lock);

	if (real()->getsockopt(from, SOL_SOCKET, SO_BUF_LOCK, &lock, &len) ||
	    !(lock & locked))
		return;
	len = sizeof(size);
	if (real()->getsockopt(from, SOL_SOCKET, name, &size, &len))
		return;
	size /= 2;
	real()->setsockopt(to, SOL_SOCKET, name, &size, sizeof(size));
	remembered_put_option(remembered_cookie(to), SOL_SOCKET, name, &size,
			      sizeof(size));
}

static const struct option inherited[] = {
	{SOL_SOCKET, SO_KEEPALIVE, sizeof(int)},
	{SOL_SOCKET, SO_LINGER, sizeof(struct linger)},
	{SOL_SOCKET, SO_RCVTIMEO, sizeof(struct timeval)},
	{SOL_SOCKET, SO_SNDTIMEO, sizeof(struct timeval)},
	{SOL_SOCKET, SO_OOBINLINE, sizeof(int)},
	{SOL_SOCKET, SO_RCVLOWAT, sizeof(int)},
	{SOL_SOCKET, SO_PRIORITY, sizeof(int)},
	{SOL_SOCKET, SO_MARK, sizeof(int)},
	{SOL_SOCKET, SO_DEBUG, sizeof(int)},
	{SOL_SOCKET, SO_DONTROUTE, sizeof(int)},
	{SOL_SOCKET, SO_TIMESTAMP, sizeof(int)},
	{SOL_SOCKET, SO_TIMESTAMPNS, sizeof(int)},
	{SOL_SOCKET, SO_BROADCAST, sizeof(int)},
	{SOL_SOCKET, SO_PASSCRED, sizeof(int)},
	{SOL_SOCKET, SO_RXQ_OVFL, sizeof(int)},
	{SOL_SOCKET, SO_BINDTODEVICE, 16},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void carry_options(int from, int to)
{
	for (size_t i = 0; i < COUNT(inherited); i++)
		carry(from, to, &inherited[i]);
	carry_buffer(from, to, SO_SNDBUF, 1);
	carry_buffer(from, to, SO_RCVBUF, 2);
}

/* Those with a value that a new TCP socket does not show by itself. */
static const struct option tcp_options[] = {
	{IPPROTO_TCP, TCP_NODELAY, sizeof(int)},
	{IPPROTO_TCP, TCP_CORK, sizeof(int)},
	{IPPROTO_TCP, TCP_KEEPIDLE, sizeof(int)},
	{IPPROTO_TCP, TCP_KEEPINTVL, sizeof(int)},
	{IPPROTO_TCP, TCP_KEEPCNT, sizeof(int)},
	{IPPROTO_TCP, TCP_SYNCNT, sizeof(int)},
	{IPPROTO_TCP, TCP_LINGER2, sizeof(int)},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, sizeof(int)},
	{IPPROTO_TCP, TCP_USER_TIMEOUT, sizeof(int)},
	{IPPROTO_TCP, TCP_FASTOPEN, sizeof(int)},
	{IPPROTO_TCP, TCP_FASTOPEN_CONNECT, sizeof(int)},
	{IPPROTO_TCP, TCP_NOTSENT_LOWAT, sizeof(int)},
	{IPPROTO_TCP, TCP_CONGESTION, 16},
	{IPPROTO_TCP, TCP_INQ, sizeof(int)},
	{IPPROTO_TCP, TCP_SAVE_SYN, sizeof(int)},
	{IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, sizeof(int)},
	{IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, sizeof(int)},
	{IPPROTO_TCP, TCP_WINDOW_CLAMP, sizeof(int)},
	{IPPROTO_IP, IP_TOS, sizeof(int)},
	{IPPROTO_IP, IP_TTL, sizeof(int)},
	{IPPROTO_IP, IP_MINTTL, sizeof(int)},
	{IPPROTO_IP, IP_MTU_DISCOVER, sizeof(int)},
	{IPPROTO_IP, IP_PKTINFO, sizeof(int)},
	{IPPROTO_IP, IP_RECVERR, sizeof(int)},
	{IPPROTO_IP, IP_RECVTOS, sizeof(int)},
	{IPPROTO_IP, IP_FREEBIND, sizeof(int)},
	{IPPROTO_IP, IP_TRANSPARENT, sizeof(int)},
	{IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, sizeof(int)},
	{IPPROTO_IPV6, IPV6_MTU_DISCOVER, sizeof(int)},
	{IPPROTO_IPV6, IPV6_RECVERR, sizeof(int)},
	{IPPROTO_IPV6, IPV6_RECVTCLASS, sizeof(int)},
	{IPPROTO_IPV6, IPV6_TCLASS, sizeof(int)},
	{IPPROTO_IPV6, IPV6_UNICAST_HOPS, sizeof(int)},
	{SOL_SOCKET, SO_REUSEPORT, sizeof(int)},
	{SOL_SOCKET, SO_MAX_PACING_RATE, sizeof(uint64_t)},
};

static bool read_option(int fd, const struct option *option, union value *value,
			socklen_t *len)
{
	memset(value, 0, sizeof(*value));
	*len = option->size;
	return !real()->getsockopt(fd, option->level, option->name, value, len);
}

/*
 * A value counts as set when a TCP socket made just now has another: the
 * defaults are sysctls, and only the kernel knows them. An IPv4 socket knows no
 * option of IPv6's, and kernels up to 6.1 run modprobe(8) twice to find one who
 * does (nf_sockopt_find() in net/netfilter/nf_sockopt.c).
 */
void carry_tcp_options(int from, int to, int family)
{
	int fresh = own_socket(family, SOCK_STREAM, 0);
	uint64_t cookie = remembered_cookie(to);

	for (size_t i = 0; i < COUNT(tcp_options); i++) {
		const struct option *option = &tcp_options[i];
		union value value, usual;
		socklen_t len, usual_len;

		if (option->level == IPPROTO_IPV6 && family != AF_INET6)
			continue;
		if (!read_option(from, option, &value, &len))
			continue;
		if (fresh >= 0 &&
		    read_option(fresh, option, &usual, &usual_len) &&
		    !memcmp(&value, &usual, sizeof(value)))
			continue;
		remembered_put_option(cookie, option->level, option->name,
				      &value, len);
	}
	if (fresh >= 0)
		own_close(fresh);
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
	async->set = (flags & O_ASYNC) || (hints & HINT_OWNER) ||
		     !hint_is_whole(hints);
	async->signal = 0;
	if (!async->set)
		return;
	async->set = !real()->fcntl(fd, F_GETOWN_EX, &async->owner);
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
