/* SPDX-License-Identifier: MIT */
/*
 * Exported: functions of libc that make sockets of their own, which it does
 * without calling anything that we could stand in front of.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>

#include "preload/hooks.h"
#include "redirect/calls/request.h"
#include "redirect/kernel/real.h"
#include "redirect/report/sink.h"
#include "redirect/state/hints.h"
#include "redirect/state/table.h"

#ifdef __GLIBC__

/* It is bound over TCP, where a rule may want it elsewhere: as undone. */
static int note_bound(int fd, int r)
{
	if (!r)
		hint_add(fd, HINT_BOUND | HINT_UNDONE);
	return r;
}

EXPORT int bindresvport(int fd, struct sockaddr_in *sin)
{
	return note_bound(fd, real_late()->bindresvport(fd, sin));
}

static int note_new(int fd)
{
	if (fd >= 0)
		hint_reset(fd, 0);
	return fd;
}

EXPORT int rresvport(int *port)
{
	return note_new(real_late()->rresvport(port));
}

EXPORT int rresvport_af(int *port, sa_family_t family)
{
	return note_new(real_late()->rresvport_af(port, family));
}

/* ---- rsh and rexec: they connect ------------------------------------------
 */

static bool is_port_ruled(const struct addrinfo *info)
{
	struct request request;

	for (; info; info = info->ai_next) {
		request_begin(&request, -1, info->ai_addr, info->ai_addrlen);
		if (request_is_ruled(&request, MAP_CONNECT))
			return true;
	}
	return false;
}

/* port is in network order. */
static bool is_ruled_host(const char *host, int port, int family)
{
	struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *info;
	char service[8];
	bool ruled;

	snprintf(service, sizeof(service), "%u", ntohs(port));
	if (!table_get() || getaddrinfo(host, service, &hints, &info))
		return false;
	ruled = is_port_ruled(info);
	freeaddrinfo(info);
	return ruled;
}

static int refuse(void)
{
	static bool said;

	sink_complain(&said, "rcmd() and rexec() connect inside the C library, "
			     "where no rule is followed: refused");
	return hook_result(-ECONNREFUSED);
}

EXPORT int rcmd_af(char **host, unsigned short port, const char *user,
		   const char *remote_user, const char *command, int *fd2,
		   sa_family_t family)
{
	if (is_ruled_host(*host, port, family))
		return refuse();
	return note_new(real_late()->rcmd_af(host, port, user, remote_user,
					     command, fd2, family));
}

EXPORT int rcmd(char **host, unsigned short port, const char *user,
		const char *remote_user, const char *command, int *fd2)
{
	return rcmd_af(host, port, user, remote_user, command, fd2, AF_INET);
}

EXPORT int rexec_af(char **host, int port, const char *user,
		    const char *password, const char *command, int *fd2,
		    sa_family_t family)
{
	if (is_ruled_host(*host, port, family))
		return refuse();
	return note_new(real_late()->rexec_af(host, port, user, password,
					      command, fd2, family));
}

EXPORT int rexec(char **host, int port, const char *user, const char *password,
		 const char *command, int *fd2)
{
	return rexec_af(host, port, user, password, command, fd2, AF_INET);
}

#endif
