/* SPDX-License-Identifier: MIT */
/*
 * A UDP socket that asks a name server. The program's is exchanged for one whose
 * questions come to us, before the first of them (resolver.h).
 */
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
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

/* The address in two of the call's arguments. */
static bool asks(const struct visit *visit, int arg,
		 struct sockaddr_storage *sa, socklen_t *len)
{
	*len = (socklen_t)visit->args[arg + 1];
	return *len <= sizeof(*sa) && visit->args[arg] &&
	       !task_read(visit->tid, sa, visit->args[arg], *len) &&
	       is_name_server(sa, *len) && !(visit->flags & KNOWN_ASKS) &&
	       ask_option(visit->fd, SOL_SOCKET, SO_PROTOCOL) == IPPROTO_UDP &&
	       task_shares_network(visit->tid);
}

/* What resolvers set before they ask. */
static void take_options_along(int from, int to)
{
	struct timeval time;
	socklen_t len = sizeof(time);
	int only = ask_option(from, IPPROTO_IPV6, IPV6_V6ONLY);

	fcntl(to, F_SETFL, fcntl(from, F_GETFL) & O_NONBLOCK);
	if (only >= 0)
		setsockopt(to, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	if (!getsockopt(from, SOL_SOCKET, SO_RCVTIMEO, &time, &len))
		setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &time, len);
}

/* The name server that was meant would be asked for names of the table. */
static int cannot_answer(int error)
{
	static bool said;

	if (map_has_names(table_get()))
		sink_complain(&said,
			      "a program with a resolver of its own does not "
			      "find the names of the rules, since no network "
			      "namespace can be had here: tcp2vsock --hosts "
			      "prints them for /etc/hosts");
	return error;
}

/* 0, or -errno and the program's socket is as it was. */
static int exchange(struct visit *visit, const struct sockaddr *server,
		    socklen_t len)
{
	int family = ask_option(visit->fd, SOL_SOCKET, SO_DOMAIN);
	int to = resolver_socket(family, server, len);
	int r = 0;

	if (to < 0)
		return cannot_answer(to);
	take_options_along(visit->fd, to);
	if (real()->dup3(to, visit->fd, O_CLOEXEC) < 0)
		r = -errno;
	else
		known_put(visit->cookie, HINT_OTHER | KNOWN_ASKS);
	close(to);
	return r;
}

long serve_lookup_connect(struct visit *visit)
{
	struct sockaddr_storage sa;
	socklen_t len;

	if (!asks(visit, 1, &sa, &len) ||
	    exchange(visit, (struct sockaddr *)&sa, len))
		return GO_ON;
	return 0;
}

long serve_lookup_sendto(struct visit *visit)
{
	struct sockaddr_storage sa;
	socklen_t len;

	if (asks(visit, 4, &sa, &len))
		exchange(visit, NULL, 0);
	return GO_ON;
}
