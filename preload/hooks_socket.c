/* SPDX-License-Identifier: MIT */
/* Exported: making, naming and tuning sockets. */
#include <netinet/in.h>
#include <stdbool.h>

#include "preload/accept.h"
#include "preload/bind.h"
#include "preload/connect.h"
#include "preload/hints.h"
#include "preload/hooks.h"
#include "preload/names.h"
#include "preload/options.h"
#include "preload/real.h"
#include "preload/shut.h"

int __connect(int fd, const struct sockaddr *sa, socklen_t len);
int __socket(int domain, int type, int protocol);

static bool is_tcp(int domain, int type, int protocol)
{
	type &= ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	return (domain == AF_INET || domain == AF_INET6) &&
	       type == SOCK_STREAM &&
	       (protocol == 0 || protocol == IPPROTO_TCP);
}

EXPORT int socket(int domain, int type, int protocol)
{
	int fd = real()->socket(domain, type, protocol);

	if (fd >= 0 && is_tcp(domain, type, protocol))
		hint_reset(fd, domain == AF_INET6 ? HINT_BORN | HINT_V6
						  : HINT_BORN);
	else if (fd >= 0)
		hint_reset(fd, 0);
	return fd;
}

EXPORT int __socket(int domain, int type, int protocol)
{
	return socket(domain, type, protocol);
}

EXPORT int connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	int saved = errno;

	return hook_return(connect_socket(fd, sa, len), saved);
}

EXPORT int __connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	return connect(fd, sa, len);
}

EXPORT int bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	int saved = errno;

	return hook_return(bind_socket(fd, sa, len), saved);
}

EXPORT int listen(int fd, int backlog)
{
	int saved = errno;

	return hook_return(listen_socket(fd, backlog), saved);
}

EXPORT int accept(int fd, struct sockaddr *sa, socklen_t *len)
{
	int saved = errno;

	return hook_return(accept_socket(fd, sa, len), saved);
}

EXPORT int accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int saved = errno;

	return hook_return(accept4_socket(fd, sa, len, flags), saved);
}

EXPORT int getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
	int saved = errno;

	return hook_return(names_own(fd, sa, len), saved);
}

EXPORT int getpeername(int fd, struct sockaddr *sa, socklen_t *len)
{
	int saved = errno;

	return hook_return(names_peer(fd, sa, len), saved);
}

EXPORT int getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int saved = errno;

	return hook_return(options_get(fd, level, name, value, len), saved);
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

	return hook_return(shut_socket(fd, how), saved);
}
