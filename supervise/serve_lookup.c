/* SPDX-License-Identifier: MIT */
/*
 * A socket that asks a name server. The program's is exchanged for one whose
 * questions come to us, before the first of them (resolver.h); and back, where it
 * turns to somebody else.
 */
#include <arpa/nameser.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redirect/kernel/ask.h"
#include "redirect/kernel/real.h"
#include "redirect/report/sink.h"
#include "redirect/state/hints.h"
#include "redirect/state/table.h"
#include "supervise/known.h"
#include "supervise/resolver.h"
#include "supervise/serve.h"
#include "supervise/task.h"

static bool is_name_server(const struct sockaddr_storage *sa, socklen_t len)
{
	const struct sockaddr_in *v4 = (const void *)sa;
	const struct sockaddr_in6 *v6 = (const void *)sa;

	if (sa->ss_family == AF_INET && len >= sizeof(*v4))
		return ntohs(v4->sin_port) == NS_DEFAULTPORT;
	return sa->ss_family == AF_INET6 && len >= sizeof(*v6) &&
	       ntohs(v6->sin6_port) == NS_DEFAULTPORT &&
	       !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr);
}

/* A TCP socket that has been connected is the kernel's. */
static bool may_be_exchanged(const struct visit *visit, int type, bool asks)
{
	struct tcp_info info = {.tcpi_state = TCP_ESTABLISHED};
	socklen_t len = sizeof(info);

	if (asks == !!(visit->flags & KNOWN_ASKS) ||
	    !task_shares_network(visit->tid))
		return false;
	if (type == SOCK_DGRAM)
		return ask_option(visit->fd, SOL_SOCKET, SO_PROTOCOL) ==
		       IPPROTO_UDP;
	return asks &&
	       !getsockopt(visit->fd, IPPROTO_TCP, TCP_INFO, &info, &len) &&
	       info.tcpi_state == TCP_CLOSE;
}

/* What is set before one asks. */
static void take_options_along(int from, int to)
{
	static const int options[][2] = {
		{SOL_SOCKET, SO_REUSEADDR},	  {SOL_SOCKET, SO_BROADCAST},
		{SOL_SOCKET, SO_KEEPALIVE},	  {IPPROTO_TCP, TCP_NODELAY},
		{IPPROTO_IP, IP_RECVERR},	  {IPPROTO_IP, IP_PKTINFO},
		{IPPROTO_IPV6, IPV6_RECVERR},	  {IPPROTO_IPV6, IPV6_V6ONLY},
		{IPPROTO_IPV6, IPV6_RECVPKTINFO},
	};
	static const int times[] = {SO_RCVTIMEO, SO_SNDTIMEO};
	struct sockaddr_storage sa;
	struct timeval time;
	socklen_t len;

	fcntl(to, F_SETFL, fcntl(from, F_GETFL) & O_NONBLOCK);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		int value = ask_option(from, options[i][0], options[i][1]);

		if (value >= 0)
			setsockopt(to, options[i][0], options[i][1], &value,
				   sizeof(value));
	}
	for (int i = 0; i < 2; i++) {
		len = sizeof(time);
		if (!getsockopt(from, SOL_SOCKET, times[i], &time, &len))
			setsockopt(to, SOL_SOCKET, times[i], &time, len);
	}
	len = sizeof(sa);
	if (!getsockname(from, (struct sockaddr *)&sa, &len) &&
	    ((struct sockaddr_in *)&sa)->sin_port)
		bind(to, (struct sockaddr *)&sa, len);
}

/* The name server that was meant would be asked for names of the table. */
static void complain_of_lookup(void)
{
	static bool said;

	if (map_has_names(table_get()))
		sink_complain(&said,
			      "a program with a resolver of its own does not "
			      "find the names of the rules, since no network "
			      "namespace can be had here: tcp2vsock --hosts "
			      "prints them for /etc/hosts");
}

/* One that asks for one that does not, or back; else it stays as it is. */
static void exchange(struct visit *visit, int type, bool asks)
{
	int family = ask_option(visit->fd, SOL_SOCKET, SO_DOMAIN);
	int to = asks ? resolver_socket(family, type)
		      : socket(family, type | SOCK_CLOEXEC, 0);

	if (to < 0) {
		complain_of_lookup();
		return;
	}
	take_options_along(visit->fd, to);
	if (real()->dup3(to, visit->fd, O_CLOEXEC) >= 0)
		known_put(visit->cookie, HINT_OTHER |
						 (visit->flags & KNOWN_COPIED) |
						 (asks ? KNOWN_ASKS : 0));
	close(to);
}

/* The kernel makes the call, with the socket that is there then. */
static long look_up_at(struct visit *visit, uint64_t address, socklen_t len)
{
	int type = ask_option(visit->fd, SOL_SOCKET, SO_TYPE);
	struct sockaddr_storage sa;
	bool asks;

	if (!address || len > sizeof(sa) || len < sizeof(sa.ss_family) ||
	    !map_has_names(table_get()) ||
	    task_read(visit->tid, &sa, address, len) ||
	    (sa.ss_family != AF_INET && sa.ss_family != AF_INET6))
		return GO_ON;
	asks = is_name_server(&sa, len);
	if (may_be_exchanged(visit, type, asks))
		exchange(visit, type, asks);
	return GO_ON;
}

long serve_lookup_connect(struct visit *visit)
{
	return look_up_at(visit, visit->args[1], (socklen_t)visit->args[2]);
}

long serve_lookup_sendto(struct visit *visit)
{
	return look_up_at(visit, visit->args[4], (socklen_t)visit->args[5]);
}

/* All of them to one server. */
long serve_lookup_sendmmsg(struct visit *visit)
{
	struct msghdr first;

	if (task_read(visit->tid, &first, visit->args[1], sizeof(first)))
		return GO_ON;
	return look_up_at(visit, (uintptr_t)first.msg_name, first.msg_namelen);
}
