/* SPDX-License-Identifier: MIT */
/* Exported: making, naming and tuning sockets. */
#include <netinet/in.h>
#include <stdbool.h>

#include "preload/hooks.h"
#include "preload/reached.h"
#include "redirect/calls/accept.h"
#include "redirect/calls/bind.h"
#include "redirect/calls/connect.h"
#include "redirect/calls/options.h"
#include "redirect/calls/shutdown.h"
#include "redirect/calls/sockname.h"
#include "redirect/kernel/real.h"
#include "redirect/report/report.h"
#include "redirect/state/hints.h"
#include "redirect/state/table.h"

int __connect(int fd, const struct sockaddr *sa, socklen_t len);
int __socket(int domain, int type, int protocol);

/* What a rule may name is TCP's, or a Unix stream socket. */
static unsigned hints_of_new(int domain, int type, int protocol)
{
	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (type != SOCK_STREAM)
		return HINT_OTHER;
	if (domain == AF_UNIX && table_has_unix())
		return HINT_BORN | HINT_UNIX;
	if ((domain != AF_INET && domain != AF_INET6) ||
	    (protocol != 0 && protocol != IPPROTO_TCP))
		return HINT_OTHER;
	return domain == AF_INET6 ? HINT_BORN | HINT_V6 : HINT_BORN;
}

EXPORT int socket(int domain, int type, int protocol)
{
	int fd = real()->socket(domain, type, protocol);

	if (fd >= 0)
		hint_reset(fd, hints_of_new(domain, type, protocol));
	return fd;
}

EXPORT int __socket(int domain, int type, int protocol)
{
	return socket(domain, type, protocol);
}

/* noinline: calls that are not traced should not save registers for these. */
__attribute__((noinline)) static int
told_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct report report;

	report_begin(&report);
	return (int)report_end(&report, REPORT_CONNECT, fd, sa, len,
			       connect_socket(fd, sa, len));
}

__attribute__((noinline)) static int
told_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct report report;

	report_begin(&report);
	return (int)report_end(&report, REPORT_BIND, fd, sa, len,
			       bind_socket(fd, sa, len));
}

__attribute__((noinline)) static int told_accept(int fd, struct sockaddr *sa,
						 socklen_t *len)
{
	struct report report;

	report_begin(&report);
	return (int)report_end(&report, REPORT_ACCEPT, fd, NULL, 0,
			       accept_socket(fd, sa, len));
}

__attribute__((noinline)) static int told_accept4(int fd, struct sockaddr *sa,
						  socklen_t *len, int flags)
{
	struct report report;

	report_begin(&report);
	return (int)report_end(&report, REPORT_ACCEPT, fd, NULL, 0,
			       accept4_socket(fd, sa, len, flags));
}

__attribute__((noinline)) static int told_peer(int fd, struct sockaddr *sa,
					       socklen_t *len)
{
	struct report report;

	report_begin(&report);
	return (int)report_end(&report, REPORT_GETPEERNAME, fd, NULL, 0,
			       sockname_peer(fd, sa, len));
}

EXPORT int connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	if (reached_is_question())
		return 0;
	return hook_result(report_is_on ? told_connect(fd, sa, len)
					: connect_socket(fd, sa, len));
}

EXPORT int __connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	return connect(fd, sa, len);
}

EXPORT int bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	int saved = errno;

	return hook_return(report_is_on ? told_bind(fd, sa, len)
					: bind_socket(fd, sa, len),
			   saved);
}

EXPORT int listen(int fd, int backlog)
{
	int saved = errno;
	struct report report;
	long r;

	report_begin(&report);
	r = report_end(&report, REPORT_LISTEN, fd, NULL, backlog,
		       listen_socket(fd, backlog));
	return hook_return(r, saved);
}

EXPORT int accept(int fd, struct sockaddr *sa, socklen_t *len)
{
	int saved = errno;

	return hook_return(report_is_on ? told_accept(fd, sa, len)
					: accept_socket(fd, sa, len),
			   saved);
}

EXPORT int accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int saved = errno;

	return hook_return(report_is_on ? told_accept4(fd, sa, len, flags)
					: accept4_socket(fd, sa, len, flags),
			   saved);
}

EXPORT int getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
	int saved = errno;

	return hook_return(sockname_own(fd, sa, len), saved);
}

EXPORT int getpeername(int fd, struct sockaddr *sa, socklen_t *len)
{
	int saved = errno;

	return hook_return(report_is_on ? told_peer(fd, sa, len)
					: sockname_peer(fd, sa, len),
			   saved);
}

static long told_so_error(int fd, void *value, socklen_t *len)
{
	struct report report;
	long r;

	report_begin(&report);
	r = options_get(fd, SOL_SOCKET, SO_ERROR, value, len);
	if (r == 0 && *len == sizeof(int))
		report_end(&report, REPORT_SO_ERROR, fd, NULL, 0,
			   -*(int *)value);
	return r;
}

EXPORT int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int saved = errno;
	long r;

	if (level == SOL_SOCKET && name == SO_ERROR)
		r = told_so_error(fd, value, len);
	else
		r = options_get(fd, level, name, value, len);
	return hook_return(r, saved);
}

EXPORT int setsockopt(int fd, int level, int name, const void *value,
		      socklen_t len)
{
	int saved = errno;

	return hook_return(options_set(fd, level, name, value, len), saved);
}

EXPORT int shutdown(int fd, int how)
{
	int saved = errno;
	struct report report;
	long r;

	report_begin(&report);
	r = report_end(&report, REPORT_SHUTDOWN, fd, NULL, how,
		       shutdown_socket(fd, how));
	return hook_return(r, saved);
}
