/* SPDX-License-Identifier: MIT */
/*
 * Any bytes, in any pieces, as a monitor's answer in the hybrid handshake. It
 * is taken just if its first line, of 32 bytes at most, begins with "OK ", and
 * then nothing behind that line has been read.
 *
 * tests/fuzz/run runs it.
 *
 * Input: how many bytes each piece has (0: a call that gives EINTR or EAGAIN),
 * up to a 0xff, then what the monitor says.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redirect/hybrid/hybrid.h"
#include "redirect/kernel/real.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x) ((x) ? (void)0 : failed(#x, __LINE__))

static void failed(const char *what, int line)
{
	fprintf(stderr, "line %d: not true: %s\n", line, what);
	abort();
}

/* ---- the monitor --------------------------------------------------------- */

static const uint8_t *pieces, *text;
static size_t n_pieces, piece, left; /* of the piece */
static size_t length, at;	     /* of the text */
static char asked[64];

static int monitor_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	(void)fd, (void)sa, (void)len;
	return 0;
}

static ssize_t monitor_send(int fd, const void *buf, size_t size, int flags)
{
	(void)fd, (void)flags;
	MUST(size < sizeof(asked));
	memcpy(asked, buf, size);
	asked[size] = '\0';
	return size;
}

static int monitor_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	(void)timeout;
	MUST(n == 1);
	fds->revents = fds->events;
	return 1;
}

/* The next piece, when the last one is used up. At the end: all there is. */
static bool next_piece(void)
{
	if (left)
		return true;
	if (piece == n_pieces) {
		left = length - at;
		return true;
	}
	left = pieces[piece++];
	if (left > length - at)
		left = length - at;
	return left > 0;
}

static ssize_t monitor_recv(int fd, void *buf, size_t size, int flags)
{
	(void)fd;
	if (!next_piece()) {
		errno = piece % 2 ? EINTR : EAGAIN;
		return -1;
	}
	if (size > left)
		size = left;
	memcpy(buf, text + at, size);
	if (flags & MSG_PEEK)
		return size;
	at += size;
	left -= size;
	return size;
}

static void start(void)
{
	static struct real_calls calls;

	if (real_table == &calls)
		return;
	calls = *real_resolve();
	calls.connect = monitor_connect;
	calls.send = monitor_send;
	calls.recv = monitor_recv;
	calls.poll = monitor_poll;
	real_table = &calls;
}

/* ---- what is right ------------------------------------------------------- */

#define LINE_MAX_SIZE 32

/* The length of the line that is an answer, or 0. */
static size_t good_line(void)
{
	const uint8_t *end = memchr(text, '\n', length);
	size_t n = end ? end + 1 - text : 0;

	if (n < 4 || n > LINE_MAX_SIZE || memcmp(text, "OK ", 3) != 0)
		return 0;
	return n;
}

static void split(const uint8_t *data, size_t size)
{
	const uint8_t *mark = memchr(data, 0xff, size);

	pieces = data;
	n_pieces = mark ? (size_t)(mark - data) : 0;
	text = mark ? mark + 1 : data;
	length = size - (text - data);
	piece = left = at = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct map_answer answer = {.verdict = MAP_HVSOCK,
				    .path = "/run/v.sock",
				    .port = size * 77777777u,
				    .timeout_ms = 3600000};
	char wanted[64];
	int r;

	start();
	split(data, size);
	r = hybrid_connect(0, &answer, size % 2, -1);
	/* On a busy machine a non-blocking one may have had no time. */
	if (size % 2 && r == -ETIMEDOUT)
		return 0;
	MUST(r == -ECONNREFUSED || r == (size % 2 ? -EINPROGRESS : 0));
	MUST((r != -ECONNREFUSED) == (good_line() > 0));
	if (r != -ECONNREFUSED)
		MUST(at == good_line());
	MUST(at <= LINE_MAX_SIZE);
	snprintf(wanted, sizeof(wanted), "CONNECT %u\n", answer.port);
	MUST(strcmp(asked, wanted) == 0);
	return 0;
}
