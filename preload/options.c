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

#include "preload/errors.h"
#include "preload/hints.h"
#include "preload/memory.h"
#include "preload/options.h"
#include "preload/real.h"
#include "preload/table.h"
#include "preload/tag.h"
#include "preload/usermem.h"

#ifndef SO_ORIGINAL_DST
#define SO_ORIGINAL_DST 80 /* linux/netfilter_ipv4.h */
#endif
#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif

static int family_of(int tag)
{
	return tag & TAG_V6 ? AF_INET6 : AF_INET;
}

static int scratch_socket(int tag)
{
	return real()->socket(family_of(tag), SOCK_STREAM | SOCK_CLOEXEC, 0);
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
	return false;
}

/* ---- get ----------------------------------------------------------------- */

static int copy_out(const void *from, socklen_t size, void *value,
		    socklen_t *len)
{
	if (*len > size)
		*len = size;
	memcpy(value, from, *len);
	return 0;
}

static int copy_out_int(int number, void *value, socklen_t *len)
{
	return copy_out(&number, sizeof(number), value, len);
}

static int tcp_state(int fd, int tag)
{
	struct pollfd pollfd = { fd, POLLOUT | POLLIN | POLLRDHUP, 0 };
	int listening = 0;
	socklen_t len = sizeof(listening);

	if (tag & TAG_BOUND) {
		real()->getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening,
				   &len);
		return listening ? TCP_LISTEN : TCP_CLOSE;
	}
	if (real()->poll(&pollfd, 1, 0) == 0 && (tag & TAG_PENDING))
		return TCP_SYN_SENT;
	if (pollfd.revents & POLLHUP)
		return TCP_CLOSE;
	return pollfd.revents & POLLRDHUP ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
}

static int get_tcp_info(int fd, int tag, void *value, socklen_t *len)
{
	struct tcp_info info;

	memset(&info, 0, sizeof(info));
	info.tcpi_state = tcp_state(fd, tag);
	info.tcpi_rto = info.tcpi_ato = 200000;
	info.tcpi_snd_mss = info.tcpi_rcv_mss = info.tcpi_advmss = 65483;
	info.tcpi_pmtu = 65535;
	info.tcpi_rtt = 50;
	info.tcpi_rttvar = 25;
	info.tcpi_snd_cwnd = 10;
	info.tcpi_snd_ssthresh = 0x7fffffff;
	info.tcpi_rcv_space = 65536;
	return copy_out(&info, sizeof(info), value, len);
}

/*
 * What a TCP socket shows by itself, with all that is remembered of this one
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
	memory_each_option(memory_cookie(fd), set_one, &scratch);
	r = real()->getsockopt(scratch, level, name, value, len) ? -errno : 0;
	real()->close(scratch);
	return r;
}

static int get_unknown(int fd, int tag, int level, int name, void *value,
		       socklen_t *len)
{
	if (is_refused(level, name))
		return -ENOPROTOOPT;
	if (level == IPPROTO_TCP && name == TCP_NODELAY)
		return copy_out_int(!!(tag & TAG_NODELAY), value, len);
	if (level == IPPROTO_TCP && name == TCP_INFO)
		return get_tcp_info(fd, tag, value, len);
	if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && (tag & TAG_V6))
		return copy_out_int(!!(tag & TAG_V6ONLY), value, len);
	return get_from_scratch(fd, tag, level, name, value, len);
}

/* Values that AF_VSOCK has, too, but other ones. */
static bool may_be_vsock(int fd, int name, int number)
{
	switch (name) {
	case SO_DOMAIN:
		return number == AF_VSOCK;
	case SO_ERROR:
		return number != 0;
	case SO_REUSEPORT:
		return number == 0 && (hint_get(fd) & HINT_REDIRECTED);
	default:
		return number == 0;
	}
}

static int get_known(int fd, int name, void *value, socklen_t *len)
{
	int number = 0;
	int tag;

	if (*len >= sizeof(number))
		memcpy(&number, value, sizeof(number));
	if (!may_be_vsock(fd, name, number))
		return 0;
	tag = tag_read(fd);
	if (tag < 0)
		return 0;
	if (name == SO_DOMAIN)
		return copy_out_int(family_of(tag), value, len);
	if (name == SO_PROTOCOL)
		return copy_out_int(IPPROTO_TCP, value, len);
	if (name == SO_REUSEPORT)
		return get_unknown(fd, tag, SOL_SOCKET, name, value, len);
	if (tag & TAG_PENDING)
		return copy_out_int(errors_connect(number), value, len);
	return 0;
}

/* The two options in which the tag lives. */
static bool is_ours(int level, int name)
{
	return level == SOL_SOCKET &&
	       (name == SO_INCOMING_CPU || name == SO_MAX_PACING_RATE);
}

static bool is_emulated(int level, int error)
{
	return (error == ENOPROTOOPT || error == EOPNOTSUPP) &&
	       (level == SOL_SOCKET || level == IPPROTO_TCP ||
		level == IPPROTO_IP || level == IPPROTO_IPV6);
}

static int get_emulated(int fd, int level, int name, void *value,
			socklen_t *len, int error)
{
	int tag = tag_read(fd);

	if (tag < 0)
		return -error;
	if (!usermem_readable(len, sizeof(*len)))
		return -EFAULT;
	if ((int)*len < 0)
		return -EINVAL;
	if (*len && !usermem_readable(value, *len))
		return -EFAULT;
	return get_unknown(fd, tag, level, name, value, len);
}

int options_get(int fd, int level, int name, void *value, socklen_t *len)
{
	int error;

	if (table_get() && is_ours(level, name) && tag_read(fd) >= 0)
		return get_emulated(fd, level, name, value, len, ENOPROTOOPT);
	if (!real()->getsockopt(fd, level, name, value, len)) {
		if (table_get() && level == SOL_SOCKET &&
		    (name == SO_DOMAIN || name == SO_PROTOCOL ||
		     name == SO_ERROR || name == SO_REUSEPORT))
			return get_known(fd, name, value, len);
		return 0;
	}
	error = errno;
	if (!table_get() || !is_emulated(level, error))
		return -error;
	return get_emulated(fd, level, name, value, len, error);
}

/* ---- set ----------------------------------------------------------------- */

static int set_nodelay(int fd, int tag, const void *value)
{
	int number;

	memcpy(&number, value, sizeof(number));
	tag &= ~TAG_NODELAY;
	return tag_write(fd, number ? tag | TAG_NODELAY : tag);
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
	memory_each_option(memory_cookie(fd), set_one, &scratch);
	r = real()->setsockopt(scratch, level, name, value, len) ? -errno : 0;
	if (!r && !real()->getsockopt(scratch, level, name, now, &now_len))
		memory_put_option(memory_cookie(fd), level, name, now,
				  now_len);
	real()->close(scratch);
	return r;
}

static int set_unknown(int fd, int tag, int level, int name, const void *value,
		       socklen_t len)
{
	int r;

	if (is_refused(level, name))
		return -ENOPROTOOPT;
	if (level == IPPROTO_TCP && name == TCP_NODELAY && len >= sizeof(int))
		return set_nodelay(fd, tag, value);
	if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY && (tag & TAG_V6) &&
	    len >= sizeof(int))
		return -EINVAL; /* it has an address already (ipv6(7)) */
	r = set_on_scratch(fd, tag, level, name, value, len);
	if (!r && !(tag & TAG_INHERIT))
		r = tag_write(fd, tag | TAG_INHERIT);
	return r;
}

static int set_emulated(int fd, int level, int name, const void *value,
			socklen_t len, int error)
{
	int tag = tag_read(fd);

	if (tag < 0)
		return -error;
	if ((int)len < 0)
		return -EINVAL;
	if (len && !usermem_readable(value, len))
		return -EFAULT;
	return set_unknown(fd, tag, level, name, value, len);
}

/* What the swap will have to take along. */
static void note(int fd, int level, int name)
{
	if (level == SOL_SOCKET && name != SO_REUSEADDR)
		hint_add(fd, HINT_OPTIONS);
	if (level == SOL_SOCKET && name == SO_REUSEPORT)
		hint_add(fd, HINT_TCP_OPTIONS);
	else if (level == IPPROTO_TCP && name == TCP_NODELAY)
		hint_add(fd, HINT_NODELAY);
	else if (level != SOL_SOCKET &&
		 !(level == IPPROTO_IPV6 && name == IPV6_V6ONLY))
		hint_add(fd, HINT_TCP_OPTIONS);
}

/* An accepted socket gets these from its listener; AF_VSOCK's does not. */
static void note_inherited(int fd, int level)
{
	int tag;

	if (level != SOL_SOCKET || !(hint_get(fd) & HINT_REDIRECTED))
		return;
	tag = tag_read(fd);
	if (tag >= 0 && (tag & TAG_BOUND) && !(tag & TAG_INHERIT))
		tag_write(fd, tag | TAG_INHERIT);
}

int options_set(int fd, int level, int name, const void *value, socklen_t len)
{
	int error;

	if (table_get() && is_ours(level, name) && tag_read(fd) >= 0)
		return set_emulated(fd, level, name, value, len, ENOPROTOOPT);
	if (table_get() && level == SOL_SOCKET && name == SO_ZEROCOPY &&
	    tag_read(fd) >= 0)
		return -EOPNOTSUPP;
	if (!real()->setsockopt(fd, level, name, value, len)) {
		note(fd, level, name);
		note_inherited(fd, level);
		return 0;
	}
	error = errno;
	if (!table_get() || !is_emulated(level, error))
		return -error;
	return set_emulated(fd, level, name, value, len, error);
}
