/* SPDX-License-Identifier: MIT */
/* What is asked of a TCP socket before it is redirected: see facts.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/state/hints.h"
#include "redirect/state/tag.h"
#include "redirect/swap/facts.h"

/* The first byte of struct tcp_info; other families don't know the option. */
static int state_of_tcp(int fd)
{
	unsigned char state = 0;
	socklen_t len = sizeof(state);

	if (real()->getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &len))
		return -errno;
	return state;
}

/* The family, or -1. */
static int name_of_socket(int fd, struct tcp_facts *facts)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	if (real()->getsockname(fd, (struct sockaddr *)&sa, &len))
		return -1;
	facts->is_named = map_addr_set(&facts->name.addr, &facts->name.port,
				       (struct sockaddr *)&sa, len);
	return sa.ss_family;
}

/* What socket() was seen to give, where the program agrees with it. */
static int family_of_socket(int fd, int wanted, struct tcp_facts *facts)
{
	int given = facts->hints & HINT_V6 ? AF_INET6 : AF_INET;

	if (!(facts->hints & HINT_BORN))
		return name_of_socket(fd, facts);
	if (facts->hints & HINT_UNIX)
		given = AF_UNIX;
	return wanted == given ? given : ask_option(fd, SOL_SOCKET, SO_DOMAIN);
}

/*
 * One in the place of another, to a monitor, is of this family, too. The last
 * question is one that a file does not answer, which may have the number by now.
 */
static bool is_fresh_unix(int fd, unsigned hints)
{
	return ((hints & HINT_BORN) ||
		ask_option(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM) &&
	       tag_look(fd, NULL) < 0 && !ask_connected(fd) &&
	       ask_option(fd, SOL_SOCKET, SO_ACCEPTCONN) == 0;
}

static bool is_fresh_tcp(int fd, unsigned hints)
{
	if ((hints & HINT_REDIRECTED) && tag_read(fd) >= 0)
		return false; /* one that shows a refusal */
	return ((hints & HINT_BORN) ||
		ask_option(fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP) &&
	       state_of_tcp(fd) == TCP_CLOSE;
}

int facts_of(int fd, int family, struct tcp_facts *facts)
{
	facts->hints = hint_get(fd);
	facts->v6only = false;
	facts->status = 0;
	facts->is_named = false;
	facts->family = family_of_socket(fd, family, facts);
	if (facts->family == AF_UNIX)
		return is_fresh_unix(fd, facts->hints) ? 0 : -ENOTSOCK;
	if (facts->family != AF_INET && facts->family != AF_INET6)
		return -ENOTSOCK;
	return is_fresh_tcp(fd, facts->hints) ? 0 : -ENOTSOCK;
}

/*
 * Without a port no connect() was tried: one that failed leaves its port there
 * until the program has been told, and a connection to its end.
 */
static bool never_dialled(const struct tcp_facts *facts)
{
	return facts->is_named && !facts->name.port;
}

/* tcp_done() and inet_shutdown() leave that, tcp_disconnect() takes it away. */
static bool has_ended(int fd)
{
	struct pollfd pollfd = {fd, POLLRDHUP, 0};

	return real()->poll(&pollfd, 1, 0) == 1 && (pollfd.revents & POLLRDHUP);
}

/*
 * __inet_stream_connect() (net/ipv4/af_inet.c) looks at the socket before
 * tcp_v4_connect() finds that TCP can't go to such an address: a wrong one would
 * not do, as SELinux looks at it first.
 */
static int connect_to_all(int fd, int family)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
				 .sin_addr.s_addr = INADDR_BROADCAST};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_addr.s6_addr = {0xff, 2}};
	int saved = errno, r;

	r = family == AF_INET6
		    ? real()->connect(fd, (struct sockaddr *)&v6, sizeof(v6))
		    : real()->connect(fd, (struct sockaddr *)&v4, sizeof(v4));
	r = r ? -errno : 0;
	errno = saved;
	return r;
}

int facts_history(int fd, const struct tcp_facts *facts)
{
	int r;

	if (facts->family == AF_UNIX ||
	    !hint_may(facts->hints, HINT_DIALLED | HINT_CONNECTED) ||
	    never_dialled(facts) || !has_ended(fd))
		return 0;
	r = connect_to_all(fd, facts->family);
	return r == -EISCONN || !has_ended(fd) ? r : 0;
}

void facts_more(int fd, struct tcp_facts *facts)
{
	facts->status = real()->fcntl(fd, F_GETFL);
	if (facts->family == AF_INET6)
		facts->v6only = ask_option(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 1;
}

static socklen_t size_of_name(int family)
{
	return family == AF_INET6 ? sizeof(struct sockaddr_in6)
				  : sizeof(struct sockaddr_in);
}

/* A wildcard port that nobody else can have while fd is open. */
static bool take_port(int fd, int family, struct sockaddr_storage *taken)
{
	socklen_t len = sizeof(*taken);

	memset(taken, 0, sizeof(*taken));
	taken->ss_family = family;
	return fd >= 0 &&
	       !real()->bind(fd, (struct sockaddr *)taken,
			     size_of_name(family)) &&
	       !real()->getsockname(fd, (struct sockaddr *)taken, &len);
}

/*
 * An attempt that failed leaves the name that the kernel had chosen for it, and
 * shows it as it shows one that is held (inet_num and inet_sport in
 * tcp_disconnect(), net/ipv4/tcp.c). bind() tells them apart: where one is held
 * that is EINVAL, before the port is looked at, which here is a taken one
 * (__inet_bind() in net/ipv4/af_inet.c).
 */
static bool is_held(int fd, const struct tcp_facts *facts)
{
	int other = own_socket(facts->family, SOCK_STREAM, 0);
	socklen_t len = size_of_name(facts->family);
	struct sockaddr_storage taken;
	bool held = true;

	if (take_port(other, facts->family, &taken))
		held = !real()->bind(fd, (struct sockaddr *)&taken, len) ||
		       errno != EADDRINUSE;
	if (other >= 0)
		own_close(other);
	return held;
}

bool facts_is_bound(int fd, struct tcp_facts *facts)
{
	bool is_seen =
		hint_is_whole(facts->hints) && !(facts->hints & HINT_UNDONE);

	if (!hint_may(facts->hints, HINT_BOUND))
		return false;
	if (!facts->is_named)
		name_of_socket(fd, facts);
	if (!facts->is_named || !facts->name.port)
		return false;
	return is_seen || is_held(fd, facts);
}
