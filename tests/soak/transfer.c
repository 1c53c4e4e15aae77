/* SPDX-License-Identifier: MIT */
/* What goes over a connection: a greeting, and bytes that both ends know. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/soak/soak.h"

#define MAGIC 0x50414b21u

struct greeting {
	uint32_t magic;
	uint32_t ending;
	uint64_t seed;
	uint32_t there, back; /* bytes of each direction */
	uint32_t port;	      /* of the client, as it sees itself */
};

struct stream {
	int fd;
	uint64_t state;
	atomic_ullong *count;
};

/* xorshift64 */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void fill(unsigned char *buf, size_t size, uint64_t *state)
{
	for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
		uint64_t word = next(state);
		size_t left = size - at;

		memcpy(buf + at, &word,
		       left < sizeof(word) ? left : sizeof(word));
	}
}

static bool wait_for(int fd, short events)
{
	struct pollfd pollfd = {fd, events, 0};

	return poll(&pollfd, 1, -1) >= 0 || errno == EINTR;
}

/* By any of the calls that there are for it. */
static ssize_t write_some(int fd, const void *buf, size_t size)
{
	struct iovec iov = {(void *)buf, size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	switch (chance() % 4) {
	case 0:
		return write(fd, buf, size);
	case 1:
		return writev(fd, &iov, 1);
	case 2:
		return sendmsg(fd, &msg, MSG_NOSIGNAL);
	default:
		return send(fd, buf, size, MSG_NOSIGNAL);
	}
}

static ssize_t read_some(int fd, void *buf, size_t size)
{
	struct iovec iov = {buf, size};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	switch (chance() % 4) {
	case 0:
		return read(fd, buf, size);
	case 1:
		return readv(fd, &iov, 1);
	case 2:
		return recvmsg(fd, &msg, 0);
	default:
		return recvfrom(fd, buf, size, 0, NULL, NULL);
	}
}

static bool again(int fd, short events)
{
	if (errno == EINTR) {
		account->interrupted++;
		return true;
	}
	return errno == EAGAIN && wait_for(fd, events);
}

static bool write_all(int fd, const void *buf, size_t size)
{
	while (size) {
		ssize_t n = write_some(fd, buf, size);

		if (n < 0 && !again(fd, POLLOUT))
			return false;
		if (n < 0)
			continue;
		buf = (const char *)buf + n;
		size -= n;
	}
	return true;
}

/* How much came before the end, or an error. */
static size_t read_all(int fd, void *buf, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read_some(fd, (char *)buf + have, size - have);

		if (n == 0 || (n < 0 && !again(fd, POLLIN)))
			break;
		have += n > 0 ? n : 0;
	}
	return have;
}

/* Counted before: nobody may receive what is not counted. */
static bool send_stream(struct stream *s, size_t size)
{
	unsigned char buf[8192];

	while (size) {
		size_t part = size < sizeof(buf) ? size : sizeof(buf);

		fill(buf, part, &s->state);
		*s->count += part;
		if (!write_all(s->fd, buf, part))
			return false;
		size -= part;
	}
	return true;
}

/* All, or what came before the end; a wrong byte is a failure. */
static size_t receive_stream(struct stream *s, size_t size)
{
	unsigned char buf[8192], wanted[sizeof(buf)];
	size_t have = 0;

	while (have < size) {
		size_t part = size - have;
		size_t n;

		part = part < sizeof(buf) ? part : sizeof(buf);
		n = read_all(s->fd, buf, part);
		fill(wanted, n, &s->state);
		if (memcmp(buf, wanted, n) != 0)
			complain("other bytes than were sent");
		*s->count += n;
		have += n;
		if (n < part)
			break;
	}
	account->progress++;
	return have;
}

static uint32_t amount(void)
{
	static const uint32_t most[] = {1, 100, 2000, 20000, 300000};

	return 1 + chance() % most[chance() % 5];
}

static bool greet(int fd, enum ending ending, struct greeting *greeting)
{
	*greeting = (struct greeting){
		.magic = MAGIC,
		.ending = ending,
		.seed = chance() | 1,
		.there = amount(),
		.back = ending == WHOLE ? amount() : 0,
		.port = soak_names(fd, NULL),
	};
	return write_all(fd, greeting, sizeof(*greeting));
}

static bool talk_whole(int fd, const struct greeting *greeting)
{
	struct stream there = {fd, greeting->seed, &account->sent};
	struct stream back = {fd, ~greeting->seed | 1, &account->received};

	if (!send_stream(&there, greeting->there)) {
		complain("sending");
		return false;
	}
	if (receive_stream(&back, greeting->back) == greeting->back)
		return true;
	complain("the answer ended before its time");
	return false;
}

bool talk(int fd, enum ending ending)
{
	struct greeting greeting;
	struct stream cut = {fd, 0, &account->cut_sent};

	if (!greet(fd, ending, &greeting)) {
		complain("the greeting");
		return false;
	}
	if (ending == WHOLE)
		return talk_whole(fd, &greeting);
	if (ending == CUT_IN_ORDER)
		cut.count = &account->sent;
	cut.state = greeting.seed;
	if (!send_stream(&cut, greeting.there) && ending == CUT_IN_ORDER)
		complain("sending");
	return true;
}

void talk_for_ever(int fd)
{
	struct greeting greeting;
	struct stream cut = {fd, 0, &account->cut_sent};

	if (!greet(fd, CUT_BY_CLIENT, &greeting))
		return;
	cut.state = greeting.seed;
	send_stream(&cut, SIZE_MAX);
}

/* ---- the server's side --------------------------------------------------- */

/* The kernel's number for a client is the same on both sides. */
static void check_peer(const struct greeting *greeting,
		       const struct sockaddr_storage *peer)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)peer;

	if (account->unix_targets)
		return;
	errno = 0;
	if (peer->ss_family != AF_INET ||
	    v4->sin_addr.s_addr != htonl(INADDR_LOOPBACK))
		complain("accept() shows another address than loopback");
	else if (ntohs(v4->sin_port) != greeting->port)
		complain("accept() shows another port than the client has");
}

static void answer_whole(int fd, const struct greeting *greeting)
{
	struct stream there = {fd, greeting->seed, &account->received};
	struct stream back = {fd, ~greeting->seed | 1, &account->sent};

	if (receive_stream(&there, greeting->there) != greeting->there)
		complain("the end of a stream that had to be whole");
	else if (!send_stream(&back, greeting->back))
		complain("answering");
}

static void answer_in_order(int fd, const struct greeting *greeting)
{
	struct stream there = {fd, greeting->seed, &account->received};
	char more;

	if (receive_stream(&there, greeting->there) != greeting->there)
		complain("bytes that were sent before close() are lost");
	else if (read_all(fd, &more, 1) != 0)
		complain("more than was sent");
}

/* For every second one, close() is a reset. */
static void vanish_at_once(int fd)
{
	struct linger at_once = {1, 0};

	if (one_in(2))
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
}

void answer(int fd, const struct sockaddr_storage *peer)
{
	struct greeting greeting;
	struct stream there = {fd, 0, &account->cut_received};
	size_t n = read_all(fd, &greeting, sizeof(greeting));

	/* The client may have been killed. */
	if (n < sizeof(greeting))
		return;
	if (greeting.magic != MAGIC) {
		complain("no greeting of ours");
		return;
	}
	check_peer(&greeting, peer);
	there.state = greeting.seed;
	switch (greeting.ending) {
	case WHOLE:
		answer_whole(fd, &greeting);
		break;
	case CUT_IN_ORDER:
		answer_in_order(fd, &greeting);
		break;
	case CUT_BY_SERVER:
		receive_stream(&there, greeting.there / 2);
		vanish_at_once(fd);
		break;
	default:
		receive_stream(&there, SIZE_MAX);
	}
}
