/* SPDX-License-Identifier: MIT */
/* Steps about options and flags. */
#include "walk.h"

struct option {
	int level, name;
	const char *text;
	int size;
	int values[4];
};

#define OPTION(level, name, ...)                                               \
	{                                                                      \
		level, name, #name, sizeof(int),                               \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define PAIR(level, name, ...)                                                 \
	{                                                                      \
		level, name, #name, 8,                                         \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}

/* Two ints of each pair make a struct linger. */
static const struct option options[] = {
	OPTION(SOL_SOCKET, SO_KEEPALIVE, 0, 1, 1, 7),
	PAIR(SOL_SOCKET, SO_LINGER, 1, 2, 0, 0),
	OPTION(SOL_SOCKET, SO_OOBINLINE, 0, 1, 1, 1),
	OPTION(SOL_SOCKET, SO_PRIORITY, 0, 1, 6, -1),
	OPTION(SOL_SOCKET, SO_MARK, 0, 1, 77, -1),
	OPTION(SOL_SOCKET, SO_BROADCAST, 0, 1, 1, 1),
	OPTION(SOL_SOCKET, SO_DONTROUTE, 0, 1, 1, 1),
	OPTION(SOL_SOCKET, SO_RCVBUF, 65536, 100000, 65536, 200000),
	OPTION(SOL_SOCKET, SO_SNDBUF, 65536, 100000, 65536, 200000),
	OPTION(SOL_SOCKET, SO_TYPE, 1, 2, 3, 4),
	OPTION(SOL_SOCKET, SO_DOMAIN, 1, 2, 3, 4),
	OPTION(SOL_SOCKET, SO_PROTOCOL, 1, 2, 3, 4),
	OPTION(SOL_SOCKET, SO_ACCEPTCONN, 1, 2, 3, 4),
	OPTION(SOL_SOCKET, SO_REUSEPORT, 0, 0, 0, 0),
	OPTION(IPPROTO_TCP, TCP_KEEPIDLE, 10, 100, 0, -1),
	OPTION(IPPROTO_TCP, TCP_KEEPINTVL, 10, 100, 0, 40000),
	OPTION(IPPROTO_TCP, TCP_KEEPCNT, 3, 10, 0, 200),
	OPTION(IPPROTO_TCP, TCP_SYNCNT, 3, 10, 0, 200),
	OPTION(IPPROTO_TCP, TCP_LINGER2, 3, 10, 0, -1),
	OPTION(IPPROTO_TCP, TCP_USER_TIMEOUT, 30000, 90000, 0, -1),
	OPTION(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 100000, 1000000, 0, -1),
	OPTION(IPPROTO_TCP, TCP_NODELAY, 1, 1, 5, 1),
	OPTION(IPPROTO_IP, IP_TOS, 16, 8, 0, 256),
	OPTION(IPPROTO_IP, IP_TTL, 64, 1, 0, 255),
	OPTION(IPPROTO_IP, IP_MTU_DISCOVER, 0, 1, 2, 9),
	OPTION(IPPROTO_IP, IP_RECVERR, 0, 1, 0, 0),
	OPTION(IPPROTO_IP, IP_FREEBIND, 0, 1, 0, 0),
	OPTION(IPPROTO_IPV6, IPV6_V6ONLY, 0, 1, 0, 1),
	OPTION(IPPROTO_IPV6, IPV6_TCLASS, 8, 16, 0, 256),
	OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 64, 1, -1, 256),
};

enum { OPTIONS = sizeof(options) / sizeof(options[0]) };

static const char *bytes_text(const unsigned char *bytes, size_t n)
{
	static char text[3 * 64 + 1];

	text[0] = '\0';
	for (size_t i = 0; i < n && i < 64; i++)
		sprintf(text + 3 * i, " %02x", bytes[i]);
	return text;
}

/* Options that only TCP has are forgotten in an exec: LIMITATIONS. */
static bool is_forgotten(const struct file *file, int level, int name)
{
	return ran_exec && file->tcp_options &&
	       !(level == IPPROTO_TCP && name == TCP_NODELAY);
}

static void do_get(int slot, int level, int name, const char *text, int room,
		   const struct step *step)
{
	unsigned char value[256];
	socklen_t len = room;
	void *at = step->r[3] % 32 ? value : bad_pointer(step->r[4]);
	void *length = step->r[5] % 32 ? &len : bad_pointer(step->r[4] / 3);
	long r;

	memset(value, 0xee, sizeof(value));
	say_call("getsockopt %s %d %s room %d%s%s", slot_text(slot), level,
		 text, room, at == value ? "" : " bad value",
		 length == &len ? "" : " bad length");
	r = CALL(getsockopt(slots[slot].fd, level, name, at, length));
	say_result(r, " length %d%s", (int)len,
		   r ? "" : bytes_text(value, len));
}

static int choose_room(int size, unsigned r)
{
	static const int rooms[] = {0, 1, 2, 3, 16, -1};

	return r % 4 ? size : rooms[r / 4 % 6];
}

/* What the kernel's families have by default is not the same. */
static bool is_size(const struct option *option)
{
	return option->level == SOL_SOCKET &&
	       (option->name == SO_RCVBUF || option->name == SO_SNDBUF);
}

void step_get(const struct step *step)
{
	const struct option *option = &options[step->r[1] % OPTIONS];
	int slot = pick(step->r[0], is_any);

	if (slot < 0 || !is_alive(file_at(slot)) ||
	    is_forgotten(file_at(slot), option->level, option->name) ||
	    (is_size(option) && !file_at(slot)->sizes_set))
		return;
	do_get(slot, option->level, option->name, option->text,
	       choose_room(option->size, step->r[2]), step);
}

/*
 * Values of the kernel's own that are not the same twice: cookies, times,
 * sizes, what the path has measured.
 */
static bool varies(int level, int name)
{
	static const int of_socket[] = {
		SO_COOKIE,	 SO_MEMINFO,	       SO_ERROR,
		SO_INCOMING_CPU, SO_INCOMING_NAPI_ID,  SO_RCVBUF,
		SO_SNDBUF,	 SO_PEERNAME,	       SO_ZEROCOPY,
		SO_PEERSEC,	 74 /* SO_TXREHASH */, 82 /* SO_RESERVE_MEM */};
	static const int of_tcp[] = {
		TCP_INFO,	   TCP_CC_INFO,	   TCP_TIMESTAMP,
		TCP_MAXSEG,	   TCP_SAVED_SYN,  TCP_WINDOW_CLAMP,
		TCP_QUICKACK,	   TCP_REPAIR,	   TCP_ULP,
		TCP_MD5SIG,	   TCP_MD5SIG_EXT, TCP_ZEROCOPY_RECEIVE,
		TCP_REPAIR_QUEUE,  TCP_QUEUE_SEQ,  TCP_REPAIR_WINDOW,
		TCP_REPAIR_OPTIONS};
	const int *list = level == SOL_SOCKET ? of_socket : of_tcp;
	size_t n = level == SOL_SOCKET ? sizeof(of_socket) / sizeof(int)
				       : sizeof(of_tcp) / sizeof(int);

	if (level != SOL_SOCKET && level != IPPROTO_TCP)
		return name == 24 /* IPV6_MTU */ || name == IP_MTU ||
		       name == 52 || name == 80 /* SO_ORIGINAL_DST */ ||
		       name == IPV6_PATHMTU;
	for (size_t i = 0; i < n; i++)
		if (list[i] == name)
			return true;
	return false;
}

void step_get_any(const struct step *step)
{
	static const int levels[] = {SOL_SOCKET, SOL_SOCKET,   IPPROTO_TCP,
				     IPPROTO_IP, IPPROTO_IPV6, 40,
				     273};
	int level = levels[step->r[1] % 7], name = step->r[2] % 90;
	int slot = pick(step->r[0], is_any);
	char text[16];

	if (slot < 0 || !is_alive(file_at(slot)) || varies(level, name) ||
	    is_forgotten(file_at(slot), level, name))
		return;
	snprintf(text, sizeof(text), "%d", name);
	do_get(slot, level, name, text, step->r[5] % 8 ? 4 : 16, step);
}

void step_set(const struct step *step)
{
	const struct option *option = &options[step->r[1] % OPTIONS];
	int slot = pick(step->r[0], is_any);
	const int *value =
		&option->values[step->r[2] % 4 & ~(option->size / 8)];
	const void *at = value;
	int len = step->r[3] % 8 ? option->size
				 : choose_room(option->size, step->r[4] * 4);
	long r;

	if (slot < 0 || !is_alive(file_at(slot)) || is_over(file_at(slot)) ||
	    (has_failed(file_at(slot)) && option->name == IPV6_V6ONLY))
		return;
	say_call("setsockopt %s %s to %d length %d", slot_text(slot),
		 option->text, *value, len);
	if (step->r[5] % 32 == 0) {
		say(" bad pointer");
		at = bad_pointer(step->r[4]);
	}
	r = CALL(setsockopt(slots[slot].fd, option->level, option->name, at,
			    len));
	say_value(r);
	if (!r && is_size(option))
		file_at(slot)->sizes_set = true;
	if (!r && option->level != SOL_SOCKET)
		file_at(slot)->tcp_options = true;
	if (!r && option->name == IPV6_V6ONLY && option->level == IPPROTO_IPV6)
		file_at(slot)->v6only = *value != 0;
}

/* ---- flags of the descriptor -------------------------------------- */

void step_status(const struct step *step)
{
	int slot = pick(step->r[0], is_any);
	bool on = step->r[2] % 2;
	int fd;

	if (slot < 0)
		return;
	fd = slots[slot].fd;
	say_call("fcntl %s ", slot_text(slot));
	switch (step->r[1] % 4) {
	case 0:
		say("F_GETFL");
		say_value(CALL(fcntl(fd, F_GETFL)));
		break;
	case 1:
		say("F_SETFL %s", on ? "O_NONBLOCK" : "0");
		say_value(CALL(fcntl(fd, F_SETFL, on ? O_NONBLOCK : 0)));
		break;
	case 2:
		say("F_GETFD");
		say_value(CALL(fcntl(fd, F_GETFD)));
		break;
	default:
		say("F_SETFD %d", on);
		say_value(CALL(fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0)));
	}
}
