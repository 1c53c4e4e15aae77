/* SPDX-License-Identifier: MIT */
/*
 * Options of a redirected socket. The kernel is asked first, and its answer
 * stands for every socket that is not ours. An option that AF_VSOCK does not
 * know is tried on a TCP socket made for the purpose, so that values are
 * checked, rounded and refused as this very kernel does it, and what it took
 * is remembered.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "redirect/calls/options.h"
#include "redirect/calls/sockname.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/errors.h"
#include "redirect/kernel/own.h"
#include "redirect/kernel/real.h"
#include "redirect/kernel/usermem.h"
#include "redirect/state/hints.h"
#include "redirect/state/remembered.h"
#include "redirect/state/shut_state.h"
#include "redirect/state/table.h"
#include "redirect/state/tag.h"
#include "redirect/swap/carry.h"
#include "redirect/swap/window.h"

#ifndef SO_ORIGINAL_DST
#define SO_ORIGINAL_DST 80 /* linux/netfilter_ipv4.h */
#endif
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif

static int scratch_socket(int tag)
{
	int fd = own_socket(tag_family(tag), SOCK_STREAM, 0), one = 1;

	if (tag & TAG_V6ONLY)
		real()->setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				   sizeof(one));
	return fd;
}

/* Options with which programs ask for what only TCP has, and can do without. */
static bool is_refused(int level, int name)
{
	if (level == IPPROTO_TCP)
		return name == TCP_ULP || name == TCP_MD5SIG ||
		       name == TCP_MD5SIG_EXT || name == TCP_REPAIR ||
		       name == TCP_ZEROCOPY_RECEIVE;
	if (level == IPPROTO_IP || level == IPPROTO_IPV6)
		return name == SO_ORIGINAL_DST;
	return level == SOL_SOCKET && name == SO_PEERSEC;
}

/* ---- get ----------------------------------------------------------------- */

static int copy_value_out(int fd, const void *from, socklen_t size, void *value,
			  socklen_t *len)
{
	socklen_t room = *len < size ? *len : size;
	int r = usermem_put(fd, value, from, room);

	return r ? r : usermem_put(fd, len, &room, sizeof(room));
}

static int copy_out_int(int fd, int number, void *value, socklen_t *len)
{
	return copy_value_out(fd, &number, sizeof(number), value, len);
}

/* do_tcp_getsockopt() and do_ipv6_getsockopt() give the length first. */
static int copy_out_flag(int fd, int flag, void *value, socklen_t *len)
{
	socklen_t room = *len < sizeof(flag) ? *len : sizeof(flag);
	int r = usermem_put(fd, len, &room, sizeof(room));

	return r ? r : usermem_put(fd, value, &flag, room);
}

static int tcp_state(int fd, int tag)
{
	struct pollfd pollfd = {fd, POLLOUT | POLLIN | POLLRDHUP, 0};

	if (tag & TAG_BOUND)
		return ask_listening(fd) ? TCP_LISTEN : TCP_CLOSE;
	if (real()->poll(&pollfd, 1, 0) == 0 && tag_is_pending(fd, tag) &&
	    !ask_connected(fd))
		return TCP_SYN_SENT;
	if (pollfd.revents & POLLHUP)
		return TCP_CLOSE;
	if (shut_state_is_write(fd))
		return pollfd.revents & POLLRDHUP ? TCP_LAST_ACK
						  : TCP_FIN_WAIT2;
	return pollfd.revents & POLLRDHUP ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
}

static int get_tcp_info(int fd, int tag, void *value, socklen_t *len)
{
	struct tcp_info info;

	memset(&info, 0, sizeof(info));
	info.tcpi_state = tcp_state(fd, tag);
	if (info.tcpi_state == TCP_LISTEN)
		return copy_value_out(fd, &info, sizeof(info), value, len);
	info.tcpi_rto = info.tcpi_ato = 200000;
	info.tcpi_snd_mss = info.tcpi_rcv_mss = info.tcpi_advmss = 65483;
	info.tcpi_pmtu = 65535;
	info.tcpi_rtt = 50;
	info.tcpi_rttvar = 25;
	info.tcpi_snd_cwnd = 10;
	info.tcpi_snd_ssthresh = 0x7fffffff;
	info.tcpi_rcv_space = 65536;
	return copy_value_out(fd, &info, sizeof(info), value, len);
}

/*
 * What the program's socket shows by itself, with all that is remembered of this one
 * set on it.
 */
static void set_one(int level, int option, const void *value, socklen_t len,
		    void *to)
{
	real()->setsockopt(*(int *)to, level, option, value, len);
}

static int get_from_scratch(int fd, int tag, int level, int name, void *value,
			    socklen_t *len)
{
	int scratch = scratch_socket(tag);
	int r;

	if (scratch < 0)
		return -ENOPROTOOPT;
	remembered_each_option(remembered_cookie(fd), set_one, &scratch);
	r = real()->getsockopt(scratch, level, name, value, len) ? -errno : 0;
	own_close(scratch);
	return r;
}

static int get_unknown(int fd, int tag, int level, int name, void *value,
		       socklen_t *len)
{
	if (is_refused(level, name) && !(tag & TAG_UNIX))
		return -ENOPROTOOPT;
	if ((tag & TAG_UNIX) || !usermem_readable(len, sizeof(*len)) ||
	    (int)*len <= 0)
		return get_from_scratch(fd, tag, level, name, value, len);
	if (level == IPPROTO_TCP && name == TCP_NODELAY)
		return copy_out_flag(fd, !!(tag & TAG_NODELAY), value, len);
	if (level == IPPROTO_TCP && name == TCP_INFO)
		return get_tcp_info(fd, tag, value, len);
	if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && (tag & TAG_V6))
		return copy_out_flag(fd, !!(tag & TAG_V6ONLY), value, len);
	return get_from_scratch(fd, tag, level, name, value, len);
}

/* ---- get: values that AF_VSOCK has, too, but other ones --------------------
 */

static bool may_be_vsock(int fd, int name, int number)
{
	switch (name) {
	case SO_DOMAIN:
		return number == AF_VSOCK ||
		       (number == AF_UNIX && table_has_hybrid());
	case SO_ERROR:
		return number != 0;
	case SO_PROTOCOL:
		return number == 0;
	case SO_REUSEPORT:
	case SO_REUSEADDR:
	case SO_LINGER:
		return number == 0 && tag_look(fd, NULL) >= 0;
	default:
		return false;
	}
}

static int get_known(int fd, int name, void *value, socklen_t *len)
{
	int number = 0;
	int tag;

	memcpy(&number, value, *len < sizeof(number) ? *len : sizeof(number));
	if (!may_be_vsock(fd, name, number))
		return 0;
	tag = tag_read(fd);
	if (tag < 0)
		return 0;
	switch (name) {
	case SO_DOMAIN:
		return copy_out_int(fd, tag_family(tag), value, len);
	case SO_PROTOCOL:
		number = tag & TAG_UNIX ? 0 : IPPROTO_TCP;
		return copy_out_int(fd, number, value, len);
	case SO_REUSEADDR:
		return copy_out_int(fd, !!(tag & TAG_REUSEADDR), value, len);
	case SO_LINGER:
	case SO_REUSEPORT:
		return get_unknown(fd, tag, SOL_SOCKET, name, value, len);
	default:
		if (tag_is_pending(fd, tag) &&
		    (!(tag & TAG_HYBRID) || (tag & TAG_REFUSED)))
			number = errors_connect(number);
		return copy_out_int(fd, number, value, len);
	}
}

/* Who is at the other end: a TCP socket has no idea. */
static bool is_of_unix(int name)
{
	return name == SO_PEERCRED || name == SO_PASSCRED ||
	       name == SO_PASSSEC || name == SO_PEERGROUPS ||
	       name == SO_PASSPIDFD || name == SO_PEERPIDFD;
}

/*
 * Options that AF_VSOCK would take for itself: the one in which the tag lives,
 * and those that no TCP socket has or that differ by more than their value.
 */
static bool is_special(int level, int name)
{
	if (level == SOL_SOCKET && is_of_unix(name))
		return table_has_hybrid();
	return level == AF_VSOCK ||
	       (level == SOL_SOCKET &&
		(name == SO_INCOMING_CPU || name == SO_MAX_PACING_RATE ||
		 name == SO_PEERSEC || name == SO_ZEROCOPY ||
		 name == SO_PEEK_OFF));
}

static bool is_emulated(int error)
{
	return error == ENOPROTOOPT || error == EOPNOTSUPP;
}

static int get_emulated(int fd, int level, int name, void *value,
			socklen_t *len, int error)
{
	int tag = tag_read(fd);

	return tag < 0 ? -error : get_unknown(fd, tag, level, name, value, len);
}

/* SO_PEERNAME is getpeername() without its truncation (net/core/sock.c). */
static int get_peer_name(int fd, void *value, socklen_t *len)
{
	struct sockaddr_storage sa;
	socklen_t size = sizeof(sa);
	int r = sockname_peer(fd, (struct sockaddr *)&sa, &size);

	if (r)
		return r;
	if (!usermem_readable(len, sizeof(*len)))
		return -EFAULT;
	if (size < *len)
		return -EINVAL;
	return copy_value_out(fd, &sa, *len, value, len);
}

int options_get(int fd, int level, int name, void *value, socklen_t *len)
{
	int error;

	if (!table_get())
		return real()->getsockopt(fd, level, name, value, len) ? -errno
								       : 0;
	if (is_special(level, name) && tag_read(fd) >= 0)
		return get_emulated(fd, level, name, value, len, ENOPROTOOPT);
	if (level == SOL_SOCKET && name == SO_PEERNAME && tag_read(fd) >= 0)
		return get_peer_name(fd, value, len);
	if (!real()->getsockopt(fd, level, name, value, len))
		return level == SOL_SOCKET ? get_known(fd, name, value, len)
					   : 0;
	error = errno;
	return is_emulated(error)
		       ? get_emulated(fd, level, name, value, len, error)
		       : -error;
}

/* ---- set ----------------------------------------------------------------- */

static int set_nodelay(int fd, int tag, const struct endpoint *shown,
		       const void *value)
{
	int number;

	memcpy(&number, value, sizeof(number));
	tag &= ~TAG_NODELAY;
	return tag_write_named(fd, number ? tag | TAG_NODELAY : tag, shown);
}

/* Tries it on a TCP socket, and remembers what that made of it. */
static int set_on_scratch(int fd, int tag, int level, int name,
			  const void *value, socklen_t len)
{
	unsigned char now[16];
	socklen_t now_len = sizeof(now);
	int scratch = scratch_socket(tag);
	int r;

	if (scratch < 0)
		return -ENOPROTOOPT;
	remembered_each_option(remembered_cookie(fd), set_one, &scratch);
	r = real()->setsockopt(scratch, level, name, value, len) ? -errno : 0;
	if (!r && !real()->getsockopt(scratch, level, name, now, &now_len))
		remembered_put_option(remembered_cookie(fd), level, name, now,
				      now_len);
	own_close(scratch);
	return r;
}

/* net/ipv4/tcp.c lets these be set before there is a connection only. */
static bool is_too_late(int tag, int level, int name)
{
	return level == IPPROTO_TCP && !(tag & TAG_BOUND) &&
	       (name == TCP_FASTOPEN_CONNECT || name == TCP_FASTOPEN_NO_COOKIE);
}

static bool is_clamp_off(int tag, int level, int name, const void *value,
			 socklen_t len)
{
	int number;

	if (level != IPPROTO_TCP || name != TCP_WINDOW_CLAMP ||
	    (tag & TAG_BOUND) || len < sizeof(number) ||
	    !usermem_readable(value, sizeof(number)))
		return false;
	memcpy(&number, value, sizeof(number));
	return number == 0;
}

static int set_unknown(int fd, int tag, int level, int name, const void *value,
		       socklen_t len)
{
	int r;

	if (tag & TAG_UNIX)
		return set_on_scratch(fd, tag, level, name, value, len);
	if (is_refused(level, name))
		return level == IPPROTO_TCP && name == TCP_ULP ? -ENOENT
							       : -ENOPROTOOPT;
	if (level == SOL_SOCKET && (name == SO_ZEROCOPY || name == SO_PEEK_OFF))
		return -EOPNOTSUPP;
	if (is_too_late(tag, level, name) ||
	    is_clamp_off(tag, level, name, value, len))
		return len < sizeof(int) || usermem_readable(value, 4)
			       ? -EINVAL
			       : -EFAULT;
	r = set_on_scratch(fd, tag, level, name, value, len);
	if (r)
		return r;
	if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
		return -EINVAL; /* it has an address already (ipv6(7)) */
	return tag & TAG_INHERIT ? 0 : tag_write(fd, tag | TAG_INHERIT);
}

static int set_emulated(int fd, int level, int name, const void *value,
			socklen_t len, int error)
{
	struct endpoint shown;
	int tag = tag_read_named(fd, &shown);

	if (tag < 0)
		return -error;
	if (!(tag & TAG_UNIX) && level == IPPROTO_TCP && name == TCP_NODELAY &&
	    len >= sizeof(int) && (int)len > 0 &&
	    usermem_readable(value, sizeof(int)))
		return set_nodelay(fd, tag, &shown, value);
	return set_unknown(fd, tag, level, name, value, len);
}

/* Options that are one bit of the tag, and so need no carrying over. */
static unsigned hint_of(int level, int name)
{
	if (level == SOL_SOCKET && name == SO_REUSEADDR)
		return HINT_REUSEADDR;
	return level == IPPROTO_TCP && name == TCP_NODELAY ? HINT_NODELAY : 0;
}

/* The kernel took it, so it is readable. */
static bool is_on(const void *value, socklen_t len)
{
	int number = 0;

	/* Of a constant length, as it nearly always is, it is one read. */
	if (len >= sizeof(number))
		memcpy(&number, value, sizeof(number));
	else
		memcpy(&number, value, len);
	return number != 0;
}

bool options_is_switch(int level, int name)
{
	return hint_of(level, name);
}

void options_note(int fd, int level, int name, const void *value, socklen_t len)
{
	unsigned hint = hint_of(level, name);

	if (hint && is_on(value, len))
		hint_add(fd, hint);
	else if (hint)
		hint_remove(fd, hint);
	else if (level == SOL_SOCKET)
		hint_add(fd, HINT_OPTIONS);
	else if (level != IPPROTO_IPV6 || name != IPV6_V6ONLY)
		hint_add(fd, HINT_TCP_OPTIONS);
	carry_note(level, name);
}

/*
 * One that AF_VSOCK took. accept() hands it down from a TCP listener, so it is
 * remembered beside.
 */
static void note_redirected(int fd, int name, const void *value, socklen_t len)
{
	struct endpoint shown;
	int tag = tag_look(fd, &shown);
	int now = tag;

	if (tag < 0)
		return;
	if (name == SO_REUSEADDR) {
		now = is_on(value, len) ? tag | TAG_REUSEADDR
					: tag & ~TAG_REUSEADDR;
	} else {
		remembered_put_option(remembered_cookie(fd), SOL_SOCKET, name,
				      value, len);
		now |= TAG_INHERIT;
	}
	if (now != tag)
		tag_write_named(fd, now, &shown);
	if (name == SO_RCVBUF || name == SO_SNDBUF || name == SO_RCVBUFFORCE ||
	    name == SO_SNDBUFFORCE)
		window_follow(fd, tag);
}

/*
 * The value to give to the kernel: SO_LINGER with a time is, on a redirected
 * socket, only remembered, and the kernel is told that it is off (carry.h says
 * why).
 */
static const void *settable(int fd, int level, int name, const void *value,
			    socklen_t len)
{
	static const struct linger none;

	if (level != SOL_SOCKET || name != SO_LINGER || len < sizeof(none) ||
	    !usermem_readable(value, sizeof(none)) ||
	    !carry_is_linger(level, name, value, len) || tag_look(fd, NULL) < 0)
		return value;
	return &none;
}

int options_set(int fd, int level, int name, const void *value, socklen_t len)
{
	int error;

	if (!table_get())
		return real()->setsockopt(fd, level, name, value, len) ? -errno
								       : 0;
	if (is_special(level, name) && tag_read(fd) >= 0)
		return set_emulated(fd, level, name, value, len, ENOPROTOOPT);
	if (!real()->setsockopt(fd, level, name,
				settable(fd, level, name, value, len), len)) {
		options_note(fd, level, name, value, len);
		if (level == SOL_SOCKET)
			note_redirected(fd, name, value, len);
		return 0;
	}
	error = errno;
	return is_emulated(error)
		       ? set_emulated(fd, level, name, value, len, error)
		       : -error;
}
