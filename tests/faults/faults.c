/* SPDX-License-Identifier: MIT */
/*
 * faults CALL PORT: one call between two marks that strace shows. Whatever
 * failed in it: an errno that TCP has, no descriptor more or less, an IP socket
 * under the number, and the same call works afterwards.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NUMBERS 64

static struct sockaddr_in address = {.sin_family = AF_INET};

static void expect(bool good, const char *what)
{
	if (good)
		return;
	printf("not so: %s (%s)\n", what, strerror(errno));
	exit(1);
}

static void mark(const char *what)
{
	/* The library sees none of it, and the kernel refuses it. */
	if (write(-1, what, strlen(what)) < 0)
		errno = 0;
}

static int new_socket(int type)
{
	int fd = socket(AF_INET, SOCK_STREAM | type, 0);

	expect(fd >= 0, "socket()");
	return fd;
}

static int listener(void)
{
	int fd = new_socket(0);

	expect(!bind(fd, (struct sockaddr *)&address, sizeof(address)), "bind");
	expect(!listen(fd, 5), "listen");
	return fd;
}

/* ---- the calls ----------------------------------------------------------- */

static int server;

static int do_connect(int fd)
{
	return connect(fd, (struct sockaddr *)&address, sizeof(address));
}

/* Where nobody listens: being told so is what the call is for. */
static int do_refused(int fd)
{
	if (!do_connect(fd))
		errno = EPROTO;
	return errno == ECONNREFUSED ? 0 : -1;
}

static int do_bind(int fd)
{
	return bind(fd, (struct sockaddr *)&address, sizeof(address));
}

static int do_accept(int fd)
{
	struct sockaddr_in sa = {0};
	socklen_t len = sizeof(sa);
	int r = accept(fd, (struct sockaddr *)&sa, &len);

	if (r >= 0)
		expect(sa.sin_family == AF_INET, "the peer's family");
	return r;
}

static int do_names(int fd)
{
	struct sockaddr_in sa = {0};
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len))
		return -1;
	expect(sa.sin_family == AF_INET, "the family of its own name");
	if (getpeername(fd, (struct sockaddr *)&sa, &len))
		return -1;
	expect(sa.sin_family == AF_INET, "the family of its peer's name");
	return 0;
}

/* ---- what they are done to ----------------------------------------------- */

static int to_connect(void)
{
	server = listener();
	return new_socket(0);
}

static int to_connect_later(void)
{
	server = listener();
	return new_socket(SOCK_NONBLOCK);
}

static int to_be_refused(void)
{
	return new_socket(SOCK_NONBLOCK);
}

static int to_bind(void)
{
	return new_socket(0);
}

/* With several waiting: one may be lost to a fault, as an aborted one is. */
static int to_accept(void)
{
	int fd = listener();

	for (int i = 0; i < 4; i++)
		expect(!do_connect(new_socket(0)), "a client");
	return fd;
}

static int to_name(void)
{
	int fd = to_connect();

	expect(!do_connect(fd), "connect");
	return fd;
}

static const struct {
	const char *name;
	int (*make)(void);
	int (*act)(int fd);
	int allowed[20];
} calls[] = {
	{"connect",
	 to_connect,
	 do_connect,
	 {ENETUNREACH, EHOSTUNREACH, ECONNREFUSED, ETIMEDOUT, ENOBUFS, ENOMEM,
	  EACCES, EPERM, EINTR, EADDRNOTAVAIL, EAGAIN}},
	{"nonblocking",
	 to_connect_later,
	 do_connect,
	 {EINPROGRESS, ETIMEDOUT, ENETUNREACH, EHOSTUNREACH, ECONNREFUSED,
	  ENOBUFS, ENOMEM, EACCES, EPERM, EINTR, EADDRNOTAVAIL, EAGAIN}},
	{"refused",
	 to_be_refused,
	 do_refused,
	 {EINPROGRESS, ETIMEDOUT, ENETUNREACH, EHOSTUNREACH, ENOBUFS, ENOMEM,
	  EACCES, EPERM, EINTR, EADDRNOTAVAIL, EAGAIN}},
	{"bind",
	 to_bind,
	 do_bind,
	 {EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOBUFS, ENOMEM, ENETUNREACH}},
	{"accept",
	 to_accept,
	 do_accept,
	 {EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED, EPERM, EINTR, EAGAIN}},
	{"names", to_name, do_names, {ENOBUFS, ENOTCONN, ENOMEM}},
};

/* ---- before and after ---------------------------------------------------- */

static unsigned long long numbers(void)
{
	unsigned long long open = 0;

	for (int i = 0; i < NUMBERS; i++)
		if (fcntl(i, F_GETFD) >= 0)
			open |= 1ull << i;
	return open;
}

static bool is_allowed(int call, int error)
{
	for (int i = 0; i < 20; i++)
		if (calls[call].allowed[i] == error)
			return true;
	return false;
}

static void expect_ip(int fd)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa), size = sizeof(int);
	int domain = 0;

	expect(!getsockname(fd, (struct sockaddr *)&sa, &len) &&
		       sa.ss_family == AF_INET,
	       "getsockname() afterwards");
	expect(!getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) &&
		       domain == AF_INET,
	       "SO_DOMAIN afterwards");
}

/* Some more times, as ECONNABORTED may come first: see connect(2). */
static void expect_usable(int call, int fd, int r, int error)
{
	struct pollfd pollfd = {fd, POLLOUT, 0};

	for (int i = 0; i < 5 && r < 0; i++) {
		if (error == EINPROGRESS || error == EALREADY ||
		    (calls[call].act == do_connect && error == EINTR))
			poll(&pollfd, 1, 5000);
		r = calls[call].act(fd);
		error = errno;
		if (r < 0 && error == EISCONN)
			r = 0;
	}
	errno = error;
	expect(r >= 0, "the same call afterwards");
}

int main(int argc, char **argv)
{
	unsigned long long before;
	int call = 0, fd, r, error;

	expect(argc == 3, "faults CALL PORT");
	while (call < 5 && strcmp(calls[call].name, argv[1]) != 0)
		call++;
	address.sin_port = htons(atoi(argv[2]));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = calls[call].make();
	before = numbers();
	mark("begin");
	r = calls[call].act(fd);
	error = errno;
	mark("end");
	errno = error;
	expect(r >= 0 || is_allowed(call, error), "an errno that TCP has");
	if (r > 0)
		close(r);
	expect(numbers() == before, "descriptors as before");
	expect_ip(fd);
	expect_usable(call, fd, r, error);
	printf("%s\n", r < 0 ? strerrorname_np(error) : "0");
	return 0;
}
