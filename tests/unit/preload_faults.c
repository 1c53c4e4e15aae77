/* SPDX-License-Identifier: MIT */
/*
 * Every call that the library makes fails once, in every way that its manual
 * page has, in each of the functions it makes calls for. After it: an errno
 * that TCP gives, no descriptor more or less, and under the number a TCP socket
 * or a whole redirected one with the same flags.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "redirect/calls/accept.h"
#include "redirect/calls/bind.h"
#include "redirect/calls/connect.h"
#include "redirect/calls/ioctl.h"
#include "redirect/calls/options.h"
#include "redirect/calls/shutdown.h"
#include "redirect/calls/sockname.h"
#include "redirect/state/hints.h"
#include "redirect/state/tag.h"
#include "redirect/swap/epoll.h"
#include "tests/unit/fake.h"

static void start(void)
{
	fake_start("connect 10.0.0.7:80=vsock:7:8080; listen *:*=vsock:any:*");
}

TestSuite(faults, .timeout = 240, .init = start);

#define MAX_ERRORS 16

/* Transient ones are left out where the call is simply repeated for ever. */
static const int faults_of[FAKE_CALLS][MAX_ERRORS] = {
	[FAKE_SOCKET] = {EAFNOSUPPORT, EPERM, EACCES, EMFILE, ENFILE, ENOMEM,
			 ENOBUFS, EPROTONOSUPPORT, ESOCKTNOSUPPORT},
	[FAKE_CONNECT] = {ENODEV, ETIMEDOUT, EINTR, ENETUNREACH, EACCES, EPERM,
			  ENOMEM, EADDRNOTAVAIL, EPROTO, ESOCKTNOSUPPORT},
	[FAKE_BIND] = {EADDRINUSE, EADDRNOTAVAIL, EACCES, EPERM, ENODEV,
		       ENOMEM},
	[FAKE_LISTEN] = {EADDRINUSE, EOPNOTSUPP, EINVAL},
	[FAKE_ACCEPT] = {EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS,
			 ENOMEM, EPERM},
	[FAKE_GETSOCKNAME] = {ENOBUFS},
	[FAKE_GETPEERNAME] = {ENOBUFS, ENOTCONN},
	[FAKE_GETSOCKOPT] = {ENOPROTOOPT, ENOMEM, EOPNOTSUPP},
	[FAKE_SETSOCKOPT] = {ENOPROTOOPT, ENOMEM, EDOM, EPERM},
	[FAKE_SHUTDOWN] = {ENOTCONN},
	[FAKE_RECV] = {EAGAIN, ECONNRESET, EINTR, ENOMEM},
	[FAKE_EPOLL_CTL] = {ENOMEM, ENOSPC, EPERM},
	[FAKE_POLL] = {EINTR, ENOMEM},
	[FAKE_DUP3] = {EBUSY, EINTR, EMFILE, EBADF},
	[FAKE_CLOSE] = {EINTR}, /* EIO is for files */
	[FAKE_IOCTL] = {ENOTTY, EFAULT},
};

/* ---- what is done -------------------------------------------------------- */

static struct sockaddr_in mapped(void)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	v4.sin_port = htons(80);
	v4.sin_addr.s_addr = inet_addr("10.0.0.7");
	return v4;
}

static int do_connect(int fd)
{
	struct sockaddr_in v4 = mapped();

	fake.connect_error = EINPROGRESS;
	return connect_socket(fd, (struct sockaddr *)&v4, sizeof(v4));
}

static int do_connect_in_vain(int fd)
{
	struct sockaddr_in v4 = mapped();

	fake.connect_error = ETIMEDOUT;
	return connect_socket(fd, (struct sockaddr *)&v4, sizeof(v4));
}

static int do_disconnect(int fd)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	return connect_socket(fd, &none, sizeof(none));
}

static int bind_to_port(int fd, int port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};

	v4.sin_port = htons(port);
	return bind_socket(fd, (struct sockaddr *)&v4, sizeof(v4));
}

static int do_bind(int fd)
{
	return bind_to_port(fd, 8080);
}

static int do_bind_any(int fd)
{
	return bind_to_port(fd, 0);
}

static int do_listen(int fd)
{
	return listen_socket(fd, 5);
}

static int do_accept(int fd)
{
	struct sockaddr_in6 sa;
	socklen_t len = sizeof(sa);

	return accept_socket(fd, (struct sockaddr *)&sa, &len);
}

static int do_accept4(int fd)
{
	return accept4_socket(fd, NULL, NULL, SOCK_CLOEXEC);
}

static int do_own(int fd)
{
	struct sockaddr_in6 sa;
	socklen_t len = sizeof(sa);

	return sockname_own(fd, (struct sockaddr *)&sa, &len);
}

static int do_peer(int fd)
{
	struct sockaddr_in6 sa;
	socklen_t len = sizeof(sa);

	return sockname_peer(fd, (struct sockaddr *)&sa, &len);
}

static int set_number(int fd, int level, int name, int value)
{
	return options_set(fd, level, name, &value, sizeof(value));
}

static int do_set_nodelay(int fd)
{
	return set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int do_set_keepidle(int fd)
{
	return set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, 20);
}

static int do_set_keepalive(int fd)
{
	return set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

static int get_number(int fd, int level, int name)
{
	int value;
	socklen_t len = sizeof(value);

	return options_get(fd, level, name, &value, &len);
}

static int do_get_keepidle(int fd)
{
	return get_number(fd, IPPROTO_TCP, TCP_KEEPIDLE);
}

static int do_get_info(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return options_get(fd, IPPROTO_TCP, TCP_INFO, &info, &len);
}

static int do_shutdown(int fd)
{
	return shutdown_socket(fd, SHUT_RDWR);
}

static int do_fionread(int fd)
{
	int n;

	return ioctl_socket(fd, FIONREAD, &n);
}

/* ---- what it is done to -------------------------------------------------- */

static int plain(void)
{
	return fake_tcp(AF_INET, 0);
}

static int nonblocking(void)
{
	return fake_tcp(AF_INET, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* From another program: nothing is known, everything has to be asked. */
static int unknown(void)
{
	int fd = nonblocking();

	set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, 20);
	set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	hint_reset(fd, 0);
	return fd;
}

static int with_options(void)
{
	int fd = plain();

	set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, 20);
	set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_number(fd, SOL_SOCKET, SO_RCVBUF, 30000);
	return fd;
}

static int the_set;

static int in_a_set(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = nonblocking();

	the_set = epoll_create1(0);
	cr_assert(!epoll_ctl(the_set, EPOLL_CTL_ADD, fd, &event));
	epoll_note(the_set, EPOLL_CTL_ADD, fd, &event);
	return fd;
}

static int bound(void)
{
	int fd = plain();

	cr_assert(do_bind(fd) == 0);
	return fd;
}

static int listening(void)
{
	int fd = with_options();

	cr_assert(do_bind(fd) == 0 && do_listen(fd) == 0);
	return fd;
}

static int connected(void)
{
	int fd = with_options();

	cr_assert(do_connect(fd) == 0);
	return fd;
}

static int pending(void)
{
	int fd = nonblocking();

	cr_assert(do_connect(fd) == -EINPROGRESS);
	return fd;
}

static int failed(void)
{
	int fd = pending();

	fake.so_error = ETIMEDOUT;
	return fd;
}

/* ---- and what TCP may say of it ------------------------------------------ */

#define CONNECT_ERRORS                                                         \
	{                                                                      \
		EINPROGRESS, EALREADY, EISCONN, ECONNREFUSED, ENETUNREACH,     \
			EHOSTUNREACH, ETIMEDOUT, EINTR, EACCES, EPERM, ENOMEM, \
			ENOBUFS, EAGAIN, EADDRNOTAVAIL, EADDRINUSE,            \
			ECONNABORTED,                                          \
	}
#define BIND_ERRORS                                                            \
	{                                                                      \
		EADDRINUSE, EADDRNOTAVAIL, EACCES, ENOBUFS, ENOMEM,            \
			ENETUNREACH                                            \
	}
#define ACCEPT_ERRORS                                                          \
	{                                                                      \
		EAGAIN, ECONNABORTED, EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM,  \
			EPERM, EINVAL                                          \
	}
#define SET_ERRORS                                                             \
	{                                                                      \
		ENOMEM, ENOBUFS, ENOPROTOOPT, EPERM, EDOM, EINVAL              \
	}
#define GET_ERRORS                                                             \
	{                                                                      \
		ENOMEM, ENOBUFS, ENOPROTOOPT, EOPNOTSUPP                       \
	}

static const struct {
	const char *name;
	int (*make)(void);
	int (*act)(int fd);
	int allowed[20];
} scenes[] = {
	{"connect", plain, do_connect, CONNECT_ERRORS},
	{"connect, non-blocking", nonblocking, do_connect, CONNECT_ERRORS},
	{"connect, unknown", unknown, do_connect, CONNECT_ERRORS},
	{"connect, with options", with_options, do_connect, CONNECT_ERRORS},
	{"connect, in a set", in_a_set, do_connect, CONNECT_ERRORS},
	{"connect, bound", bound, do_connect, CONNECT_ERRORS},
	{"connect, pending", pending, do_connect, CONNECT_ERRORS},
	{"connect, failed", failed, do_connect, CONNECT_ERRORS},
	{"connect, connected", connected, do_connect, CONNECT_ERRORS},
	{"connect, in vain", plain, do_connect_in_vain, CONNECT_ERRORS},
	{"disconnect", connected, do_disconnect, CONNECT_ERRORS},
	{"bind", plain, do_bind, BIND_ERRORS},
	{"bind, with options", with_options, do_bind, BIND_ERRORS},
	{"bind, unknown", unknown, do_bind, BIND_ERRORS},
	{"bind to port 0", plain, do_bind_any, BIND_ERRORS},
	{"listen", bound, do_listen, {EADDRINUSE, EOPNOTSUPP, EINVAL}},
	{"accept", listening, do_accept, ACCEPT_ERRORS},
	{"accept4", listening, do_accept4, ACCEPT_ERRORS},
	{"getsockname", connected, do_own, {ENOBUFS, ENOTCONN}},
	{"getsockname, bound", listening, do_own, {ENOBUFS}},
	{"getpeername", connected, do_peer, {ENOBUFS, ENOTCONN}},
	{"TCP_NODELAY", connected, do_set_nodelay, SET_ERRORS},
	{"TCP_KEEPIDLE", connected, do_set_keepidle, SET_ERRORS},
	{"SO_KEEPALIVE", listening, do_set_keepalive, SET_ERRORS},
	{"get TCP_KEEPIDLE", connected, do_get_keepidle, GET_ERRORS},
	{"get TCP_INFO", connected, do_get_info, GET_ERRORS},
	{"shutdown", connected, do_shutdown, {ENOTCONN, ENOBUFS}},
	{"shutdown, listening",
	 listening,
	 do_shutdown,
	 {ENOTCONN, ENOBUFS, ENOMEM}},
	{"FIONREAD",
	 connected,
	 do_fionread,
	 {EFAULT, EOPNOTSUPP, ENOTTY, EINVAL}},
};

/* ---- the state around it ------------------------------------------------- */

#define NUMBERS 64

struct state {
	bool open[NUMBERS];
	int status, cloexec;
};

static void look(int fd, struct state *state)
{
	for (int i = 0; i < NUMBERS; i++)
		state->open[i] = fcntl(i, F_GETFD) >= 0;
	state->status = fcntl(fd, F_GETFL);
	state->cloexec = fcntl(fd, F_GETFD);
}

static const char *where(size_t scene, unsigned nth, int error)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s, call %u fails with %s",
		 scenes[scene].name, nth, strerrorname_np(error));
	return text;
}

static bool is_allowed(size_t scene, int error)
{
	for (int i = 0; i < 20; i++)
		if (scenes[scene].allowed[i] == error)
			return true;
	return false;
}

static void expect_whole(int fd, const struct state *before, const char *text)
{
	struct state after;

	fake.fail_at = 0;
	look(fd, &after);
	for (int i = 0; i < NUMBERS; i++)
		cr_expect(after.open[i] == before->open[i],
			  "%s: descriptor %d is %s", text, i,
			  after.open[i] ? "new" : "gone");
	cr_expect(after.cloexec == before->cloexec, "%s: FD_CLOEXEC", text);
	cr_expect(((after.status ^ before->status) & O_NONBLOCK) == 0,
		  "%s: O_NONBLOCK", text);
	if (fake_is_vsock(fd))
		cr_expect(tag_read(fd) >= 0, "%s: bare AF_VSOCK", text);
	else
		cr_expect(tag_read(fd) == -ENOENT, "%s: a tag on TCP", text);
}

static bool accepts(size_t scene)
{
	return scenes[scene].act == do_accept ||
	       scenes[scene].act == do_accept4;
}

/* What connect() calls a failure has not started anything, and so on. */
static void expect_consistent(size_t scene, int fd, int r, const char *text)
{
	bool started = r == 0 || r == -EINPROGRESS;

	if (scenes[scene].make == plain && scenes[scene].act == do_bind)
		cr_expect(fake_is_vsock(fd) == (r == 0), "%s", text);
	if (scenes[scene].make == nonblocking &&
	    scenes[scene].act == do_connect)
		cr_expect(fake_is_vsock(fd) == started, "%s", text);
	if (scenes[scene].make == in_a_set) {
		struct epoll_event event = {.events = EPOLLIN};

		cr_expect(epoll_ctl(the_set, EPOLL_CTL_MOD, fd, &event) == 0,
			  "%s: not in its set", text);
	}
}

/* A socket that could not be connected is connected later. */
static void expect_usable(size_t scene, int fd, int r, const char *text)
{
	bool connects = scenes[scene].act == do_connect ||
			scenes[scene].act == do_connect_in_vain;

	if (!connects || r == 0 || r == -EISCONN || r == -EALREADY)
		return;
	for (int i = 0; i < 4 && r && r != -EINPROGRESS; i++)
		r = do_connect(fd);
	cr_expect(r == 0 || r == -EINPROGRESS, "%s: and then %s", text,
		  strerrorname_np(-r));
}

/* Runs a scene with a fault; the calls that it made are in fake.log. */
static void run(size_t scene, unsigned nth, int error)
{
	struct state before;
	const char *text = where(scene, nth, error);
	int fd, r;

	fake_reset();
	the_set = -1;
	fd = scenes[scene].make();
	look(fd, &before);
	fake.calls = 0;
	fake.fail_at = nth;
	fake.fail_error = error;
	r = scenes[scene].act(fd);
	fake.fail_at = 0;
	if (r < 0)
		cr_expect(is_allowed(scene, -r), "%s: %s", text,
			  strerrorname_np(-r));
	if (accepts(scene) && r >= 0)
		close(r);
	expect_whole(fd, &before, text);
	if (!nth || fake.log[nth - 1] != FAKE_EPOLL_CTL)
		expect_consistent(scene, fd, r, text);
	expect_usable(scene, fd, r, text);
	close(fd);
	if (the_set >= 0)
		close(the_set);
}

/* Returns how many calls the scene makes that can fail. */
static unsigned fail_each_call(size_t scene)
{
	enum fake_call log[FAKE_LOG];
	unsigned calls;

	run(scene, 0, 0);
	calls = fake.calls;
	memcpy(log, fake.log, sizeof(log));
	cr_expect(calls < FAKE_LOG, "%s: %u calls", scenes[scene].name, calls);
	for (unsigned nth = 1; nth <= calls; nth++)
		for (const int *e = faults_of[log[nth - 1]]; *e; e++)
			run(scene, nth, *e);
	return calls;
}

Test(faults, leave_no_trace)
{
	unsigned calls = 0;

	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		calls += fail_each_call(i);
	cr_expect(calls > 100, "%u calls in all", calls);
}
