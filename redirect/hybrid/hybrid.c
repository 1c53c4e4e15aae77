/* SPDX-License-Identifier: MIT */
/*
 * Connecting through a virtual machine monitor: see hybrid.h. A unix target is
 * connected by connect(2) alone; what follows is about hvsock.
 *
 * The monitor's answer has to be read before the program's first byte is
 * sent (Firecracker loses what comes in one piece with the CONNECT line). It is
 * waited for inside connect(), by non-blocking sockets, too: monitors answer
 * within microseconds and a guest's kernel within a millisecond, so an event
 * loop is held up no longer than a system call usually takes, and never longer
 * than PATIENCE_MS, or than the rule's timeout= says. A guest that is slower
 * looks like a lost packet: ETIMEDOUT. A non-blocking connect() has its end,
 * then, when it says EINPROGRESS. A refusal is put off until the program asks,
 * as TCP has it (attempt.c); other errors it gives at once, as connect(2) may.
 *
 * Rejected: to finish at the first poll() or write(). A Unix socket can be
 * written to as soon as the monitor has it, so every write, and every wait in
 * poll(), select() and epoll_wait(), would have to pass through here and be
 * held back; a thread that sleeps in one of them already would not be woken,
 * and a program that writes by a raw system call would lose its first bytes.
 * That is a price on everybody's data path for guests that are slow. Whose
 * guest is slow says so in its rule.
 *
 * A signal can't end the waiting and leave the attempt going on, as it does in
 * TCP: who is interrupted waits PATIENCE_MS more, for the answer or ETIMEDOUT.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/clock.h"
#include "config/digits.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/wait.h"

#define PATIENCE_MS 100
#define DEFAULT_MS  5000
#define PAUSE_MS    2

/* The longest line is "OK 4294967295\n". */
#define LINE_SIZE 32

/* ---- time -------------------------------------------------------------- */

static long limit_ms(const struct map_answer *answer, bool nonblocking,
		     int send_ms)
{
	if (nonblocking && answer->verdict == MAP_UNIX)
		return 0;
	if (answer->timeout_ms)
		return answer->timeout_ms;
	if (nonblocking)
		return PATIENCE_MS;
	return send_ms >= 0 ? send_ms : DEFAULT_MS;
}

static long left_of(long end)
{
	long left = end - now_ms();

	return left > 0 ? left : 0;
}

/* poll(2), and 0 for a signal too, which brings the end nearer. */
static int poll_until(struct pollfd *pollfd, long ms, long *end)
{
	int r = wait_poll(pollfd, ms);

	if (r == -EINTR && left_of(*end) > PATIENCE_MS)
		*end = now_ms() + PATIENCE_MS;
	return r == -EINTR || r == -ERESTART ? 0 : r;
}

/*
 * 0, or an error. Looks once more when the time is over: where it was we who
 * did not get to run, the answer is there by now.
 */
static int await_input(int fd, long *end)
{
	struct pollfd pollfd = {fd, POLLIN, 0};
	long left;
	int r;

	do {
		left = left_of(*end);
		r = poll_until(&pollfd, left, end);
	} while (!r && left);
	if (r < 0)
		return r;
	return r ? 0 : -ETIMEDOUT;
}

/* Before one more attempt, the last of which is made when the time is over. */
static int pause_a_little(long *end)
{
	struct pollfd nothing = {-1, 0, 0};
	long left = left_of(*end);
	int r;

	if (!left)
		return -ETIMEDOUT;
	r = poll_until(&nothing, left < PAUSE_MS ? left : PAUSE_MS, end);
	return r < 0 ? r : 0;
}

/* ---- connect ----------------------------------------------------------- */

/* A listener whose queue is full is busy, and takes the next one soon. */
static int reach_listener(int fd, const struct map_answer *answer,
			  bool nonblocking, long *end)
{
	bool is_unix = answer->verdict == MAP_UNIX;
	struct sockaddr_un un;
	socklen_t len = hybrid_address(answer, MAP_CONNECT, &un);
	int r;

	if (!len)
		return -EHOSTUNREACH;
	while (real()->connect(fd, (struct sockaddr *)&un, len)) {
		if (is_unix && (nonblocking || errno != EAGAIN))
			return -errors_unix(errno);
		if (errno != EAGAIN && errno != EINTR)
			return -errors_monitor(errno);
		r = pause_a_little(end);
		if (r)
			return r;
	}
	return 0;
}

/* In one piece: Firecracker drops who sends a part of the line. */
static int ask_for(int fd, uint32_t port)
{
	char digits[DIGITS_SIZE + 2], *end = digits + DIGITS_SIZE;
	char line[LINE_SIZE] = "CONNECT ";
	ssize_t n;

	strcpy(end, "\n");
	strcat(line, digits_before(end, port, 10));
	n = strlen(line);
	return real()->send(fd, line, n, MSG_NOSIGNAL) == n ? 0 : -ECONNREFUSED;
}

/*
 * Takes what has come of the line, and nothing behind it. 1: it is whole, 0:
 * there is more to come. A monitor that closes without a word has found nobody
 * at the port.
 */
static int take_line(int fd, char *line, size_t *have)
{
	char *start = line + *have;
	ssize_t n = real()->recv(fd, start, LINE_SIZE - *have, MSG_PEEK);
	const char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -ECONNREFUSED;
	end = memchr(start, '\n', n);
	if (end)
		n = end + 1 - start;
	if (real()->recv(fd, start, n, 0) != n)
		return -ECONNREFUSED;
	*have += n;
	if (end)
		return 1;
	return *have < LINE_SIZE ? 0 : -ECONNREFUSED;
}

static int await_answer(int fd, long *end)
{
	char line[LINE_SIZE];
	size_t have = 0;
	int r;

	do {
		r = await_input(fd, end);
		if (!r)
			r = take_line(fd, line, &have);
	} while (!r);
	if (r < 0)
		return r;
	return have > 3 && !memcmp(line, "OK ", 3) ? 0 : -ECONNREFUSED;
}

static int shake_hands(int fd, uint32_t port, long *end)
{
	int r = ask_for(fd, port);

	return r ? r : await_answer(fd, end);
}

int hybrid_connect(int fd, const struct map_answer *answer, bool nonblocking,
		   int send_ms)
{
	long end = now_ms() + limit_ms(answer, nonblocking, send_ms);
	int r = reach_listener(fd, answer, nonblocking, &end);

	if (!r && answer->verdict == MAP_HVSOCK)
		r = shake_hands(fd, answer->port, &end);
	if (!r && nonblocking)
		return -EINPROGRESS;
	return r;
}
