/* SPDX-License-Identifier: MIT */
/*
 * How vsock_dial() deals with time, signals and errors: its system calls are
 * replaced, and the clock goes on only when it waits.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

TestSuite(vsock_dial, .timeout = 20);

#define MAX_WAITS 8

static struct {
	int64_t clock_ns;
	int64_t signal_every_ns; /* 0: no signals */
	int signals;		 /* how many still come */
	int connect_error, poll_error, so_error;
	bool answered; /* poll() finds the socket writable */
	int waits[MAX_WAITS];
	int n_waits;
	long kernel_limit_s; /* what the kernel was told; 0: nothing */
} fake;

static int fake_socket(int family, int type, int protocol)
{
	(void)family, (void)type, (void)protocol;
	return open("/dev/null", O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static int fake_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	(void)fd, (void)sa, (void)len;
	errno = fake.connect_error;
	return fake.connect_error ? -1 : 0;
}

static int fake_setsockopt(int fd, int level, int name, const void *value,
			   socklen_t len)
{
	(void)fd, (void)level, (void)name, (void)len;
	fake.kernel_limit_s = ((const struct timeval *)value)->tv_sec;
	return 0;
}

static int fake_getsockopt(int fd, int level, int name, void *value,
			   socklen_t *len)
{
	(void)fd, (void)level, (void)name, (void)len;
	*(int *)value = fake.so_error;
	return 0;
}

static int fake_clock_gettime(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	ts->tv_sec = fake.clock_ns / 1000000000;
	ts->tv_nsec = fake.clock_ns % 1000000000;
	return 0;
}

static int fail(int err)
{
	errno = err;
	return -1;
}

static int fake_poll(struct pollfd *pfd, nfds_t n, int timeout)
{
	(void)pfd, (void)n;
	cr_assert(lt(int, fake.n_waits, MAX_WAITS));
	fake.waits[fake.n_waits++] = timeout;
	if (fake.poll_error)
		return fail(fake.poll_error);
	if (fake.signals > 0) {
		fake.signals--;
		fake.clock_ns += fake.signal_every_ns;
		return fail(EINTR);
	}
	return fake.answered;
}

#define socket	      fake_socket
#define connect	      fake_connect
#define setsockopt    fake_setsockopt
#define getsockopt    fake_getsockopt
#define clock_gettime fake_clock_gettime
#define poll	      fake_poll
#include "vsock/dial.c"
#undef poll

#define MS INT64_C(1000000)

/* A connection that is under way, to be answered or not. */
static void start_fake(void)
{
	fake.clock_ns = 12345 * MS + 678;
	fake.connect_error = EINPROGRESS;
}

static void expect_failure(int timeout_ms, int want)
{
	cr_expect(eq(int, vsock_dial(1, 1024, timeout_ms), -1));
	cr_expect(eq(int, errno, want));
}

Test(vsock_dial, waits_for_what_is_left, .init = start_fake)
{
	fake.signals = 3;
	fake.signal_every_ns = 100 * MS;
	expect_failure(500, ETIMEDOUT);
	cr_expect(eq(int, fake.n_waits, 4));
	cr_expect(eq(int, fake.waits[0], 500));
	cr_expect(eq(int, fake.waits[1], 400));
	cr_expect(eq(int, fake.waits[3], 200));
}

Test(vsock_dial, ends_when_signals_took_all_the_time, .init = start_fake)
{
	fake.signals = 2;
	fake.signal_every_ns = 400 * MS;
	expect_failure(500, ETIMEDOUT);
	cr_expect(eq(int, fake.n_waits, 3));
	cr_expect(eq(int, fake.waits[1], 100));
	cr_expect(eq(int, fake.waits[2], 0));
}

Test(vsock_dial, is_never_early, .init = start_fake)
{
	fake.signals = 1;
	fake.signal_every_ns = 1;
	expect_failure(500, ETIMEDOUT);
	cr_expect(eq(int, fake.waits[1], 500));
}

Test(vsock_dial, makes_the_kernel_more_patient, .init = start_fake)
{
	expect_failure(500, ETIMEDOUT);
	cr_expect(ge(long, fake.kernel_limit_s, 1));
	expect_failure(10999, ETIMEDOUT);
	cr_expect(ge(long, fake.kernel_limit_s, 11));
	expect_failure(INT_MAX, ETIMEDOUT);
	cr_expect(ge(long, fake.kernel_limit_s, INT_MAX / 1000 + 1));
	cr_expect(eq(int, fake.waits[2], INT_MAX));
}

Test(vsock_dial, leaves_the_limit_to_the_kernel, .init = start_fake)
{
	fake.answered = true;
	fake.so_error = ETIMEDOUT;
	expect_failure(0, ETIMEDOUT);
	cr_expect(eq(long, fake.kernel_limit_s, 0));
	cr_expect(eq(int, fake.waits[0], -1));
}

Test(vsock_dial, passes_errors_on, .init = start_fake)
{
	fake.answered = true;
	fake.so_error = ECONNRESET;
	expect_failure(500, ECONNRESET);
	fake.poll_error = ENOMEM;
	expect_failure(500, ENOMEM);
	fake.connect_error = ENODEV;
	expect_failure(500, ENODEV);
	cr_expect(eq(int, fake.n_waits, 2));
}

static void expect_connected(void)
{
	int fd;

	errno = ENOTTY;
	fd = vsock_dial(1, 1024, 500);
	cr_assert(ge(int, fd, 0));
	cr_expect(eq(int, errno, ENOTTY));
	cr_expect(eq(int, fcntl(fd, F_GETFL) & O_NONBLOCK, 0));
	close(fd);
}

Test(vsock_dial, connects_across_signals, .init = start_fake)
{
	fake.answered = true;
	fake.signals = 3;
	expect_connected();
	cr_expect(eq(int, fake.n_waits, 4));
}

Test(vsock_dial, connects_at_once)
{
	expect_connected();
	cr_expect(eq(int, fake.n_waits, 0));
}
