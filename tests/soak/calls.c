/* SPDX-License-Identifier: MIT */
/*
 * Socket calls while malloc() fails: the hooks must do without. Where there is
 * no descriptor left, the call is made again on a socket that has to be as it
 * was.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/soak/soak.h"

/* ---- the allocator ------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static __thread volatile bool no_memory;

static bool fails(void)
{
	if (!no_memory)
		return false;
	account->no_memory++;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

/* ---- the calls ----------------------------------------------------------- */

static void pause_a_little(void)
{
	struct timespec time = {0, 1000000};

	nanosleep(&time, NULL);
}

/* Whether to try again: another thread has the descriptors, or a signal came.
 */
static bool is_passing(int error)
{
	if (error == EINTR) {
		account->interrupted++;
		return true;
	}
	if (error != EMFILE && error != ENOBUFS)
		return false;
	account->no_descriptor++;
	pause_a_little();
	return true;
}

int soak_socket(int family, int type)
{
	int fd;

	do {
		no_memory = true;
		fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | type, 0);
		no_memory = false;
	} while (fd < 0 && is_passing(errno));
	if (fd < 0)
		complain("socket()");
	return fd;
}

int soak_dup(int fd)
{
	int copy;

	do {
		copy = dup(fd);
	} while (copy < 0 && is_passing(errno));
	return copy;
}

void soak_close(int fd)
{
	no_memory = true;
	close(fd);
	no_memory = false;
}

int soak_accept(int listener, struct sockaddr_storage *peer)
{
	int fd;

	do {
		socklen_t len = sizeof(*peer);

		memset(peer, 0, len);
		no_memory = true;
		fd = accept4(listener, (struct sockaddr *)peer, &len,
			     SOCK_CLOEXEC);
		no_memory = false;
	} while (fd < 0 && (is_passing(errno) || errno == ECONNABORTED));
	return fd;
}

bool soak_connected(int fd, int r)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};
	socklen_t len = sizeof(errno);
	int error;

	if (r == 0)
		return true;
	if (errno != EINTR && errno != EINPROGRESS && errno != EALREADY)
		return false;
	while (poll(&pollfd, 1, -1) < 0 && errno == EINTR)
		account->interrupted++;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return false;
	errno = error;
	return error == 0;
}

/* ENOBUFS may leave an attempt that failed, which ECONNABORTED then tells of.
 */
static bool connect_is_passing(bool *aborted)
{
	bool was = *aborted;

	*aborted = errno == ENOBUFS;
	return *aborted ? is_passing(errno) : was && errno == ECONNABORTED;
}

__thread bool soak_holds_limit;

static int connect_once(int fd, const struct sockaddr_storage *sa)
{
	int r;

	if (soak_holds_limit)
		pthread_rwlock_rdlock(&soak_limit);
	no_memory = true;
	r = connect(fd, (const struct sockaddr *)sa, soak_length(sa));
	no_memory = false;
	if (soak_holds_limit)
		pthread_rwlock_unlock(&soak_limit);
	return r;
}

bool soak_connect(int fd, const struct sockaddr_storage *sa)
{
	bool aborted = false;
	int r;

	do {
		r = connect_once(fd, sa);
	} while (r < 0 && connect_is_passing(&aborted));
	if (r < 0 && errno == EINTR)
		account->interrupted++;
	if (!soak_connected(fd, r))
		return false;
	account->connected++;
	return true;
}

static int port_of(const struct sockaddr_storage *sa)
{
	return ntohs(sa->ss_family == AF_INET6
			     ? ((const struct sockaddr_in6 *)sa)->sin6_port
			     : ((const struct sockaddr_in *)sa)->sin_port);
}

int soak_names(int fd, const struct sockaddr_storage *sa)
{
	struct sockaddr_storage own, peer;
	socklen_t own_len = sizeof(own), peer_len = sizeof(peer);
	int r;

	memset(&own, 0, sizeof(own));
	memset(&peer, 0, sizeof(peer));
	no_memory = true;
	r = getsockname(fd, (struct sockaddr *)&own, &own_len);
	if (!r && sa)
		r = getpeername(fd, (struct sockaddr *)&peer, &peer_len);
	no_memory = false;
	if (r)
		complain("a socket's names");
	else if (sa && (peer_len != soak_length(sa) ||
			peer.ss_family != sa->ss_family ||
			port_of(&peer) != port_of(sa)))
		complain("getpeername() shows another address");
	return port_of(&own);
}

/* ---- addresses ----------------------------------------------------------- */

socklen_t soak_length(const struct sockaddr_storage *sa)
{
	return sa->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
					 : sizeof(struct sockaddr_in);
}

void soak_address(struct sockaddr_storage *sa, int process, int family)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)sa;
	in_port_t port = htons(account->first_port + process);

	memset(sa, 0, sizeof(*sa));
	sa->ss_family = family;
	if (family == AF_INET6) {
		v6->sin6_addr = in6addr_loopback;
		v6->sin6_port = port;
	} else {
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		v4->sin_port = port;
	}
}
