/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the address of connect(), bind(), accept() and the two names, on
 * the fake kernel of the unit tests; nothing is sent. What is dialled must be
 * what the table says, what is shown must fit in its buffer, and a remote CID
 * must not look like loopback.
 *
 * tests/fuzz/run runs it.
 *
 * Input: what to do, the peer's CID and port, the buffer's size, the address.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "redirect/calls/accept.h"
#include "redirect/calls/bind.h"
#include "redirect/calls/connect.h"
#include "redirect/calls/sockname.h"
#include "redirect/kernel/ask.h"
#include "redirect/kernel/real.h"
#include "redirect/state/address.h"
#include "redirect/state/table.h"
#include "tests/unit/fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x) ((x) ? (void)0 : failed(#x, __LINE__))

static void failed(const char *what, int line)
{
	fprintf(stderr, "line %d: not true: %s\n", line, what);
	abort();
}

static const char rules[] = "connect 10.0.0.0/8:* = vsock:7:*;"
			    "connect [fd00::]/16:* = vsock:8:*;"
			    "connect *:1-1000 = vsock:9:1001-2000;"
			    "connect 127.0.0.1:* = vsock:5:*;"
			    "connect *:* = refuse;"
			    "listen 10.0.0.0/8:* = vsock:1:*;"
			    "listen *:* = vsock:any:*;"
			    "peer vsock:6 = 10.6.6.6;"
			    "connect unix:/tmp/a = vsock:7:1;"
			    "connect unix:@a = vsock:8:2;"
			    "connect unix:/tmp/refused = refuse;"
			    "listen unix:/tmp/a = vsock:1:3;"
			    "listen unix:@a = vsock:1:4";

enum { V6 = 1, LISTEN = 2, UNIX = 4 };

struct input {
	uint8_t flags, room;
	uint32_t cid, port;
	struct sockaddr *sa; /* its own, of len bytes */
	socklen_t len;
};

/* ---- a kernel that no TCP goes out of ------------------------------------ */

static struct real_calls calls;
static const struct real_calls *under;

static int no_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	if (fake_is_vsock(fd))
		return under->connect(fd, sa, len);
	errno = ECONNREFUSED;
	return -1;
}

static int no_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	if (fake_is_vsock(fd))
		return under->bind(fd, sa, len);
	if (len > sizeof(sa_family_t) && sa->sa_family == AF_UNIX &&
	    ask_option(fd, SOL_SOCKET, SO_DOMAIN) == AF_UNIX)
		return 0; /* and no file is made */
	errno = EADDRNOTAVAIL;
	return -1;
}

static void start(void)
{
	if (under)
		return;
	fake_start(rules);
	under = real_table;
	calls = *under;
	calls.connect = no_connect;
	calls.bind = no_bind;
	real_table = &calls;
	MUST(table_get());
}

/* ---- names --------------------------------------------------------------- */

static bool is_loopback(const struct map_addr *addr)
{
	if (addr->family == AF_INET)
		return ntohl(addr->ip.v4.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&addr->ip.v6);
}

/* As who dials a Unix socket is. */
static bool is_nameless(const struct sockaddr *sa, socklen_t len)
{
	return len == sizeof(sa_family_t) && sa->sa_family == AF_UNIX;
}

typedef int ask(int fd, struct sockaddr *sa, socklen_t *len);

/*
 * Into a buffer with something behind it that must stay; true and the address,
 * where it was not cut.
 */
static bool ask_into(ask *call, int fd, const struct input *in,
		     struct endpoint *name, int *result)
{
	unsigned char *buf = malloc(in->room + 8);
	socklen_t len = in->room;
	bool whole;

	memset(buf, 0xa5, in->room + 8);
	*result = call(fd, (struct sockaddr *)buf, &len);
	for (int i = 0; i < 8; i++)
		MUST(buf[in->room + i] == 0xa5);
	whole = *result >= 0 && len <= in->room &&
		address_read(name, (struct sockaddr *)buf, len);
	if (*result >= 0 && len <= in->room && len > 0)
		MUST(whole || is_nameless((struct sockaddr *)buf, len));
	free(buf);
	return whole;
}

static void check_result(int r)
{
	MUST(r >= 0 || (r > -4096 && r != -ENODEV && r != -ESOCKTNOSUPPORT));
}

static void ask_names(int fd, const struct input *in,
		      const struct endpoint *peer)
{
	struct endpoint name;
	int r;

	ask_into(sockname_own, fd, in, &name, &r);
	MUST(r == 0);
	if (ask_into(sockname_peer, fd, in, &name, &r) && peer) {
		MUST(name.addr.family == peer->addr.family &&
		     name.port == peer->port);
		MUST(!memcmp(&name.addr.ip, &peer->addr.ip,
			     name.addr.family == AF_INET6 ? 16 : 4));
	}
	check_result(r);
}

/* ---- calls --------------------------------------------------------------- */

static void check_dialled(const struct endpoint *to)
{
	struct map_answer answer;

	map_lookup(table_get(), MAP_CONNECT, &to->addr, to->port, &answer);
	MUST(answer.verdict == MAP_VSOCK);
	MUST(fake.dialled.svm_cid == answer.cid);
	MUST(fake.dialled.svm_port == answer.port);
}

static void try_connect(int fd, const struct input *in)
{
	struct endpoint to;
	int r = connect_socket(fd, in->sa, in->len);

	check_result(r);
	MUST(fake_is_vsock(fd) == (r == 0));
	if (r)
		return;
	MUST(address_read(&to, in->sa, in->len));
	check_dialled(&to);
	ask_names(fd, in, &to);
}

static void try_listen(int fd, const struct input *in)
{
	struct endpoint name;
	int r = bind_socket(fd, in->sa, in->len);

	check_result(r);
	if (!(in->flags & UNIX)) /* others are bound to what no rule names */
		MUST(fake_is_vsock(fd) == (r == 0));
	if (!fake_is_vsock(fd))
		return;
	MUST(listen_socket(fd, 5) == 0);
	if (ask_into(accept_socket, fd, in, &name, &r)) {
		MUST(is_loopback(&name.addr) == (in->cid == VMADDR_CID_LOCAL));
		MUST(name.port != 0);
	}
	check_result(r);
	if (r >= 0) {
		ask_names(r, in, NULL);
		close(r);
	}
}

static bool read_input(struct input *in, const uint8_t *data, size_t size)
{
	if (size < 10)
		return false;
	in->flags = data[0];
	in->room = data[1] % 140;
	memcpy(&in->cid, data + 2, 4);
	memcpy(&in->port, data + 6, 4);
	in->len = size - 10;
	in->sa = malloc(in->len ? in->len : 1);
	memcpy(in->sa, data + 10, in->len);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;
	int fd;

	start();
	if (!read_input(&in, data, size))
		return 0;
	fake_reset();
	fake.peer.svm_cid = in.cid;
	fake.peer.svm_port = in.port;
	fd = in.flags & UNIX ? under->socket(AF_UNIX, SOCK_STREAM, 0)
			     : fake_tcp(in.flags & V6 ? AF_INET6 : AF_INET,
					SOCK_NONBLOCK);
	if (in.flags & LISTEN)
		try_listen(fd, &in);
	else
		try_connect(fd, &in);
	close(fd);
	free(in.sa);
	return 0;
}
