/* SPDX-License-Identifier: MIT */
/* Bytes: every way to send and receive them, and the ends of a connection. */
#include "parity.h"

#include <linux/sockios.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

/* ---- Addresses on a connected socket ------------------------------- */

CHECK(data, sendto_with_an_address)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr other = at("10.1.2.3", 99);
	char buf[16] = "";

	TRY(sendto(t.client, "one", 3, 0, SA(t.addr)));
	TRY(sendto(t.client, "two", 3, 0, SA(other)));
	TRY(sendto(t.client, "six", 3, 0, NULL, 0));
	TRY(recv(t.server, buf, 9, MSG_WAITALL));
	say("received \"%s\"", buf);
}

CHECK(data, sendto_from_the_accepted_side)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[16] = "";

	TRY(sendto(t.server, "abc", 3, 0, SA(t.addr)));
	TRY(recv(t.client, buf, 3, MSG_WAITALL));
	say("received \"%s\"", buf);
}

static struct msghdr message(struct iovec *iov, size_t n, struct addr *a)
{
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = n};

	if (a) {
		msg.msg_name = &a->sa;
		msg.msg_namelen = a->len;
	}
	return msg;
}

CHECK(data, sendmsg_with_an_address)
{
	struct trio t = trio_at("127.0.0.1");
	struct iovec iov[2] = {{"ab", 2}, {"cde", 3}};
	struct msghdr msg = message(iov, 2, &t.addr);
	char buf[16] = "";

	TRY(sendmsg(t.client, &msg, 0));
	TRY(recv(t.server, buf, 5, MSG_WAITALL));
	say("received \"%s\"", buf);
	say("name kept: %d",
	    msg.msg_name == &t.addr.sa && msg.msg_namelen == t.addr.len);
}

CHECK(data, sendmmsg_with_addresses)
{
	struct trio t = trio_at("127.0.0.1");
	struct iovec iov[2] = {{"ab", 2}, {"cde", 3}};
	struct mmsghdr msgs[2] = {{.msg_hdr = message(iov, 1, &t.addr)},
				  {.msg_hdr = message(iov + 1, 1, NULL)}};
	char buf[16] = "";

	TRY(sendmmsg(t.client, msgs, 2, 0));
	say("lengths %u %u", msgs[0].msg_len, msgs[1].msg_len);
	TRY(recv(t.server, buf, 5, MSG_WAITALL));
	say("received \"%s\"", buf);
}

CHECK(data, sendto_bad_addresses)
{
	struct trio t = trio_at("127.0.0.1");
	struct sockaddr *bad = (void *)8;
	struct addr a = t.addr;

	TRY(sendto(t.client, "x", 1, 0, bad, 16));
	TRY(sendto(t.client, "x", 1, 0, &a.sa, (socklen_t)-1));
	TRY(sendto(t.client, "x", 1, 0, &a.sa, 200));
	TRY(sendto(t.client, "x", 1, 0, &a.sa, 3));
	TRY(sendto(t.client, "x", 1, 0, NULL, 16));
}

CHECK(data, recvfrom_gives_no_address)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr from = nowhere();
	char c;

	MUST(write(t.client, "x", 1));
	TRY(recvfrom(t.server, &c, 1, 0, SA_OUT(from)));
	say("length %u, touched %d", from.len,
	    ((unsigned char *)&from.ss)[0] != 0xee);
}

CHECK(data, recvmsg_gives_no_address)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr from = nowhere();
	char c;
	struct iovec iov = {&c, 1};
	struct msghdr msg = message(&iov, 1, &from);

	MUST(write(t.client, "x", 1));
	TRY(recvmsg(t.server, &msg, 0));
	say("length %u, flags %x", msg.msg_namelen, (unsigned)msg.msg_flags);
}

CHECK(data, recvmmsg)
{
	struct trio t = trio_at("127.0.0.1");
	char a[3] = "", b[3] = "";
	struct iovec iov[2] = {{a, 2}, {b, 2}};
	struct mmsghdr msgs[2] = {{.msg_hdr = message(iov, 1, NULL)},
				  {.msg_hdr = message(iov + 1, 1, NULL)}};

	MUST(write(t.client, "abcd", 4));
	TRY(recvmmsg(t.server, msgs, 2, 0, NULL));
	say("\"%s\" \"%s\"", a, b);
}

/* ---- Before there is a connection ---------------------------------- */

CHECK(data, on_a_fresh_socket)
{
	int fd = tcp_socket(AF_INET, 0);
	char c;

	TRY(send(fd, "x", 1, MSG_NOSIGNAL));
	TRY(recv(fd, &c, 1, 0));
	TRY(shutdown(fd, SHUT_RDWR));
	TRY(shutdown(fd, 9));
}

CHECK(data, sendto_on_a_fresh_socket)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	TRY(sendto(fd, "x", 1, MSG_NOSIGNAL, SA(a)));
	say_peername("peer", fd);
}

CHECK(data, on_a_bound_socket)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);
	char c;

	MUST(bind(fd, SA(a)));
	TRY(send(fd, "x", 1, MSG_NOSIGNAL));
	TRY(recv(fd, &c, 1, 0));
	TRY(shutdown(fd, SHUT_RDWR));
}

CHECK(data, on_a_listener)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = listen_at(a, 4);
	char c;

	TRY(send(fd, "x", 1, MSG_NOSIGNAL));
	TRY(recv(fd, &c, 1, 0));
}

struct early {
	int fd;
	pid_t tid;
	ssize_t result;
};

static void *recv_early(void *arg)
{
	struct early *e = arg;
	char c;

	__atomic_store_n(&e->tid, gettid(), __ATOMIC_RELEASE);
	e->result = recv(e->fd, &c, 1, 0);
	return NULL;
}

static void *send_early(void *arg)
{
	struct early *e = arg;

	__atomic_store_n(&e->tid, gettid(), __ATOMIC_RELEASE);
	e->result = send(e->fd, "x", 1, MSG_NOSIGNAL);
	return NULL;
}

static pthread_t start_early(struct early *e, void *(*run)(void *))
{
	pthread_t thread = thread_start(run, e);

	while (!__atomic_load_n(&e->tid, __ATOMIC_ACQUIRE))
		sched_yield();
	wait_until_blocked(getpid(), e->tid);
	return thread;
}

/* A blocking socket whose connect() has been left to itself. */
static int connecting(struct pending *p)
{
	int fd = tcp_socket(AF_INET, SOCK_NONBLOCK);

	pending_begin(p);
	TRY(connect(fd, SA(p->addr)));
	MUST(fcntl(fd, F_SETFL, 0));
	return fd;
}

CHECK(data, recv_waits_for_the_connection)
{
	struct pending p;
	struct early e = {.fd = connecting(&p)};
	pthread_t thread = start_early(&e, recv_early);

	pending_end(&p);
	MUST(write(accept(p.listener, NULL, NULL), "x", 1));
	thread_join(thread);
	say("recv: %zd", e.result);
}

CHECK(data, send_waits_for_the_connection)
{
	struct pending p;
	struct early e = {.fd = connecting(&p)};
	pthread_t thread = start_early(&e, send_early);
	char c;

	pending_end(&p);
	TRY(read(accept(p.listener, NULL, NULL), &c, 1));
	thread_join(thread);
	say("send: %zd", e.result);
}

/* No more of the end than that it is there. */
static void give_up_waiting(int option)
{
	struct timeval time = {0, 100000};
	struct pending p;
	int fd = connecting(&p);
	char c = 'x';

	MUST(setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time)));
	if (option == SO_SNDTIMEO)
		TRY(send(fd, &c, 1, 0));
	else
		TRY(recv(fd, &c, 1, 0));
	pending_end(&p);
}

CHECK(data, send_waits_no_longer_for_the_connection)
{
	give_up_waiting(SO_SNDTIMEO);
}

CHECK(data, recv_waits_no_longer_for_the_connection)
{
	give_up_waiting(SO_RCVTIMEO);
}

/* ---- Flags of recv ------------------------------------------------- */

enum { MIB = 1 << 20 };

struct stream {
	int fd;
	size_t size;
	unsigned long sum;
	bool sent;
};

static void *send_stream(void *arg)
{
	struct stream *s = arg;
	unsigned char *buf = malloc(s->size);

	pattern(buf, s->size, 7);
	s->sum = checksum(0, buf, s->size);
	s->sent = write_all(s->fd, buf, s->size) == (ssize_t)s->size;
	free(buf);
	return NULL;
}

static void receive_waitall(size_t size)
{
	struct trio t = trio_at("127.0.0.1");
	struct stream s = {.fd = t.client, .size = size};
	unsigned char *buf = malloc(size);
	pthread_t thread = thread_start(send_stream, &s);

	TRY(recv(t.server, buf, size, MSG_WAITALL));
	thread_join(thread);
	say("sent %d, same %d", s.sent, checksum(0, buf, size) == s.sum);
}

CHECK(data, waitall_64k)
{
	receive_waitall(64 << 10);
}

CHECK(data, waitall_256k)
{
	receive_waitall(256 << 10);
}

CHECK(data, waitall_1m)
{
	receive_waitall(MIB);
}

CHECK(data, waitall_recvmsg_1m)
{
	struct trio t = trio_at("127.0.0.1");
	struct stream s = {.fd = t.client, .size = MIB};
	unsigned char *buf = malloc(MIB);
	struct iovec iov[2] = {{buf, MIB / 2}, {buf + MIB / 2, MIB / 2}};
	struct msghdr msg = message(iov, 2, NULL);
	pthread_t thread = thread_start(send_stream, &s);

	TRY(recvmsg(t.server, &msg, MSG_WAITALL));
	thread_join(thread);
	say("same %d", checksum(0, buf, MIB) == s.sum);
	say("vector kept %d", iov[0].iov_base == buf &&
				      iov[0].iov_len == MIB / 2 &&
				      iov[1].iov_len == MIB / 2);
}

CHECK(data, waitall_ends_with_the_stream)
{
	struct trio t = trio_at("127.0.0.1");
	char *buf = malloc(MIB);

	MUST(write(t.client, "hello", 5));
	MUST(close(t.client));
	TRY(recv(t.server, buf, MIB, MSG_WAITALL));
	TRY(recv(t.server, buf, MIB, MSG_WAITALL));
}

CHECK(data, waitall_nonblocking)
{
	struct trio t = trio_at("127.0.0.1");
	char *buf = malloc(MIB);

	MUST(fcntl(t.server, F_SETFL, O_NONBLOCK));
	TRY(recv(t.server, buf, MIB, MSG_WAITALL));
	MUST(write(t.client, "hello", 5));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(recv(t.server, buf, MIB, MSG_WAITALL));
	TRY(recv(t.server, buf, MIB, MSG_WAITALL | MSG_DONTWAIT));
}

CHECK(data, waitall_rcvtimeo)
{
	struct trio t = trio_at("127.0.0.1");
	struct timeval tenth = {.tv_usec = 100000};
	char *buf = malloc(MIB);

	MUST(setsockopt(t.server, SOL_SOCKET, SO_RCVTIMEO, &tenth,
			sizeof(tenth)));
	MUST(write(t.client, "hello", 5));
	TRY(recv(t.server, buf, MIB, MSG_WAITALL));
	TRY(recv(t.server, buf, MIB, MSG_WAITALL));
}

CHECK(data, waitall_peek)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8] = "";

	MUST(write(t.client, "hello", 5));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(recv(t.server, buf, 5, MSG_WAITALL | MSG_PEEK));
	TRY(recv(t.server, buf, 5, MSG_WAITALL));
	say("\"%s\"", buf);
}

CHECK(data, trunc_discards)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8] = "kept";

	MUST(write(t.client, "hello world", 11));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(recv(t.server, NULL, 6, MSG_TRUNC));
	TRY(recv(t.server, buf, 5, MSG_WAITALL));
	say("\"%s\"", buf);
}

CHECK(data, trunc_with_a_buffer)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8] = "kept";

	MUST(write(t.client, "hello world", 11));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(recv(t.server, buf, 6, MSG_TRUNC));
	say("\"%s\"", buf);
}

CHECK(data, trunc_much)
{
	struct trio t = trio_at("127.0.0.1");
	struct stream s = {.fd = t.client, .size = MIB};
	pthread_t thread = thread_start(send_stream, &s);

	TRY(recv(t.server, NULL, MIB, MSG_TRUNC | MSG_WAITALL));
	thread_join(thread);
	say("sent %d", s.sent);
}

CHECK(data, trunc_and_other_flags)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[16] = "";

	TRY(recv(t.server, NULL, 5, MSG_TRUNC | MSG_DONTWAIT));
	MUST(write(t.client, "hello", 5));
	wait_for(t.server, POLLIN);
	TRY(recv(t.server, NULL, 3, MSG_TRUNC | MSG_PEEK));
	TRY(recv(t.server, NULL, 100, MSG_TRUNC | MSG_PEEK));
	TRY(recv(t.server, NULL, 100, MSG_TRUNC | MSG_DONTWAIT));
	TRY(recv(t.server, buf, 5, MSG_DONTWAIT));
}

CHECK(data, trunc_recvmsg)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[4] = "abc";
	struct iovec iov = {buf, 3};
	struct msghdr msg = message(&iov, 1, NULL);

	MUST(write(t.client, "hello", 5));
	wait_for(t.server, POLLIN);
	TRY(recvmsg(t.server, &msg, MSG_TRUNC | MSG_PEEK));
	TRY(recvmsg(t.server, &msg, MSG_TRUNC));
	say("\"%s\"", buf);
	TRY(recvmsg(t.server, &msg, 0));
	say("\"%.2s\"", buf);
}

/* A look at the data is one look, however many the buffers. */
CHECK(data, trunc_peek_in_parts)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[13] = "";
	struct iovec iov[2] = {{buf, 3}, {buf + 3, 10}};
	struct msghdr msg = message(iov, 2, NULL);

	MUST(write(t.client, "hello", 5));
	wait_for(t.server, POLLIN);
	TRY(recvmsg(t.server, &msg, MSG_TRUNC | MSG_PEEK));
	TRY(recvmsg(t.server, &msg, MSG_TRUNC));
}

CHECK(data, vectors_of_nothing)
{
	struct trio t = trio_at("127.0.0.1");
	struct iovec iov = {NULL, 0};
	struct msghdr none = message(NULL, 0, NULL),
		      empty = message(&iov, 1, NULL);

	TRY(sendmsg(t.client, &none, 0));
	TRY(sendmsg(t.client, &empty, 0));
	TRY(recvmsg(t.server, &none, MSG_DONTWAIT));
	TRY(recvmsg(t.server, &empty, MSG_DONTWAIT | MSG_WAITALL));
}

CHECK(data, rcvlowat_and_poll)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(set_int(t.server, SOL_SOCKET, SO_RCVLOWAT, 10));
	MUST(write(t.client, "hello", 5));
	say_poll("five", t.server, POLLIN, 100);
	MUST(write(t.client, "world", 5));
	say_poll("ten", t.server, POLLIN, PATIENCE);
}

CHECK(data, trunc_at_the_end)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(close(t.client));
	TRY(recv(t.server, NULL, 6, MSG_TRUNC));
	TRY(recv(t.server, NULL, 6, MSG_TRUNC | MSG_WAITALL));
}

CHECK(data, peek)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[16] = "";

	MUST(write(t.client, "hello", 5));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(recv(t.server, buf, 2, MSG_PEEK));
	TRY(recv(t.server, buf, 15, MSG_PEEK));
	say("\"%s\"", buf);
	TRY(recv(t.server, buf, 15, 0));
	TRY(recv(t.server, buf, 15, MSG_PEEK | MSG_DONTWAIT));
}

CHECK(data, dontwait)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	TRY(recv(t.server, &c, 1, MSG_DONTWAIT));
	TRY(send(t.server, "x", 1, MSG_DONTWAIT));
	TRY(recv(t.client, &c, 1, 0));
}

CHECK(data, zero_lengths)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	TRY(send(t.client, "x", 0, 0));
	TRY(write(t.client, "x", 0));
	TRY(recv(t.server, &c, 0, MSG_DONTWAIT));
	MUST(write(t.client, "x", 1));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(recv(t.server, &c, 0, 0));
	TRY(recv(t.server, &c, 1, 0));
}

CHECK(data, bad_buffers)
{
	struct trio t = trio_at("127.0.0.1");
	char *bad = (void *)8;
	struct msghdr *no_message = NULL;

	MUST(write(t.client, "x", 1));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(recv(t.server, bad, 1, 0));
	TRY(send(t.server, bad, 1, 0));
	TRY(recvmsg(t.server, no_message, 0));
	TRY(sendmsg(t.server, no_message, 0));
}

CHECK(data, rcvtimeo)
{
	struct trio t = trio_at("127.0.0.1");
	struct timeval tenth = {.tv_usec = 100000};
	char c;

	TRY(setsockopt(t.server, SOL_SOCKET, SO_RCVTIMEO, &tenth,
		       sizeof(tenth)));
	TRY(recv(t.server, &c, 1, 0));
	TRY(read(t.server, &c, 1));
}

CHECK(data, more_and_cork)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8] = "";

	TRY(send(t.client, "he", 2, MSG_MORE));
	TRY(send(t.client, "llo", 3, 0));
	TRY(recv(t.server, buf, 5, MSG_WAITALL));
	TRY(set_int(t.client, IPPROTO_TCP, TCP_CORK, 1));
	TRY(send(t.client, "world", 5, 0));
	TRY(set_int(t.client, IPPROTO_TCP, TCP_CORK, 0));
	TRY(recv(t.server, buf, 5, MSG_WAITALL));
	say("\"%s\"", buf);
}

CHECK(data, out_of_band)
{
	struct trio t = trio_at("127.0.0.1");
	char c = 0;

	TRY(send(t.client, "x", 1, MSG_OOB));
	if (wait_for(t.server, POLLPRI | POLLIN))
		TRY(recv(t.server, &c, 1, MSG_OOB));
}

CHECK(data, out_of_band_none)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	TRY(recv(t.server, &c, 1, MSG_OOB));
}

CHECK(data, errqueue_is_empty)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	TRY(recv(t.server, &c, 1, MSG_ERRQUEUE));
}

/* ---- ioctl --------------------------------------------------------- */

static void say_ioctl(const char *label, int fd, unsigned long request)
{
	int value = -1;

	if (ioctl(fd, request, &value) < 0)
		say("%s: %s", label, errno_text(errno));
	else
		say("%s: %d", label, value);
}

CHECK(data, fionread)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8];

	say_ioctl("nothing", t.server, FIONREAD);
	MUST(write(t.client, "hello", 5));
	say("woken: %d", wait_for(t.server, POLLIN));
	say_ioctl("five", t.server, FIONREAD);
	MUST(read(t.server, buf, 2));
	say_ioctl("three", t.server, FIONREAD);
	MUST(read(t.server, buf, 3));
	say_ioctl("none left", t.server, FIONREAD);
	MUST(close(t.client));
	say("woken: %d", wait_for(t.server, POLLIN));
	say_ioctl("at the end", t.server, FIONREAD);
}

CHECK(data, fionread_large)
{
	struct trio t = trio_at("127.0.0.1");
	char *buf = calloc(1, 40000);

	MUST(write_all(t.client, buf, 40000));
	MUST(shutdown(t.client, SHUT_WR));
	say("woken: %d", wait_for(t.server, POLLRDHUP));
	say_ioctl("readable", t.server, FIONREAD);
	TRY(recv(t.server, buf, 40000, MSG_WAITALL));
}

CHECK(data, fionread_elsewhere)
{
	struct addr a = at("127.0.0.1", port(0));

	say_ioctl("fresh", tcp_socket(AF_INET, 0), FIONREAD);
	say_ioctl("listener", listen_at(a, 4), FIONREAD);
	say_ioctl("bad descriptor", -1, FIONREAD);
}

CHECK(data, siocatmark)
{
	struct trio t = trio_at("127.0.0.1");

	say_ioctl("SIOCATMARK", t.server, SIOCATMARK);
	MUST(write(t.client, "x", 1));
	say("woken: %d", wait_for(t.server, POLLIN));
	say_ioctl("SIOCATMARK", t.server, SIOCATMARK);
}

CHECK(data, siocoutq)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	MUST(write(t.client, "x", 1));
	MUST(read(t.server, &c, 1));
	say_ioctl("SIOCOUTQ", t.client, SIOCOUTQ);
}

CHECK(data, other_ioctls)
{
	struct trio t = trio_at("127.0.0.1");
	int on = 1, *bad = (void *)8;

	TRY(ioctl(t.client, FIONBIO, &on));
	say("nonblocking: %d", !!(fcntl(t.client, F_GETFL) & O_NONBLOCK));
	TRY(ioctl(t.client, FIOCLEX));
	TRY(fcntl(t.client, F_GETFD));
	TRY(ioctl(t.client, FIONCLEX));
	TRY(fcntl(t.client, F_GETFD));
	TRY(ioctl(t.client, TIOCGWINSZ, &on));
	TRY(ioctl(t.client, FIONREAD, bad));
	TRY(ioctl(t.client, 0xdeadUL, &on));
}

/* ---- The ends ------------------------------------------------------ */

CHECK(data, half_close)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8] = "";

	MUST(write(t.client, "ask", 3));
	TRY(shutdown(t.client, SHUT_WR));
	TRY(recv(t.server, buf, 3, MSG_WAITALL));
	TRY(recv(t.server, buf + 4, 1, 0));
	TRY(send(t.server, "reply", 5, 0));
	TRY(close(t.server));
	TRY(recv(t.client, buf, 5, MSG_WAITALL));
	TRY(recv(t.client, buf + 6, 1, 0));
	say("\"%s\"", buf);
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
}

CHECK(data, shutdown_twice)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(shutdown(t.client, SHUT_WR));
	TRY(shutdown(t.client, SHUT_WR));
	TRY(shutdown(t.client, SHUT_RD));
	TRY(shutdown(t.client, SHUT_RDWR));
	TRY(shutdown(t.server, 3));
}

CHECK(data, shutdown_read_is_local)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(shutdown(t.client, SHUT_RD));
	TRY(send(t.server, "one", 3, MSG_NOSIGNAL));
	TRY(send(t.server, "two", 3, MSG_NOSIGNAL));
	say_so_error(t.server);
	TRY(send(t.client, "back", 4, MSG_NOSIGNAL));
}

/* Any number of times, until the own side is shut down. */
CHECK(data, nothing_sent_after_the_peer_closed)
{
	struct trio t = trio_at("127.0.0.1");
	struct iovec iov = {"", 0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct mmsghdr vec[2] = {{.msg_hdr = msg}, {.msg_hdr = msg}};
	char c;

	signal(SIGPIPE, SIG_IGN);
	TRY(send(t.client, "", 0, 0));
	MUST(send(t.server, "x", 1, 0));
	MUST(close(t.server));
	TRY(recv(t.client, &c, 1, 0));
	TRY(recv(t.client, &c, 1, 0));
	TRY(send(t.client, "", 0, MSG_NOSIGNAL));
	TRY(send(t.client, "", 0, 0));
	TRY(sendto(t.client, "", 0, 0, NULL, 0));
	TRY(sendto(t.client, "", 0, 0, SA(t.addr)));
	TRY(sendmsg(t.client, &msg, 0));
	TRY(sendmmsg(t.client, vec, 2, 0));
	MUST(shutdown(t.client, SHUT_WR));
	TRY(send(t.client, "", 0, 0));
	TRY(sendmsg(t.client, &msg, MSG_NOSIGNAL));
}

CHECK(data, nothing_sent_by_the_accepted_side)
{
	struct trio t = trio_at("127.0.0.1");

	signal(SIGPIPE, SIG_IGN);
	MUST(close(t.client));
	say("closed: %d", wait_for(t.server, POLLIN));
	TRY(send(t.server, "", 0, 0));
	MUST(shutdown(t.server, SHUT_WR));
	TRY(send(t.server, "", 0, 0));
}

/* A copy from before knows of it. */
CHECK(data, nothing_sent_by_a_copy_of_what_is_shut)
{
	struct trio t = trio_at("127.0.0.1");
	int copy = (int)MUST(dup(t.client));

	signal(SIGPIPE, SIG_IGN);
	MUST(shutdown(t.client, SHUT_WR));
	TRY(send(copy, "", 0, 0));
	TRY(send(t.client, "", 0, 0));
}

static int pipes_broken;

static void count_pipe(int number)
{
	(void)number;
	pipes_broken++;
}

CHECK(data, nothing_sent_raises_no_signal)
{
	struct trio t = trio_at("127.0.0.1");
	int pair[2];

	signal(SIGPIPE, count_pipe);
	MUST(close(t.server));
	say("closed: %d", wait_for(t.client, POLLIN));
	TRY(send(t.client, "", 0, 0));
	say("SIGPIPE: %d", pipes_broken);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	MUST(close(pair[1]));
	TRY(send(pair[0], "", 0, 0));
	say("SIGPIPE: %d", pipes_broken);
	TRY(send(pair[0], "", 0, MSG_NOSIGNAL));
	say("SIGPIPE: %d", pipes_broken);
}

static void send_later(void *arg)
{
	int fd = *(int *)arg;

	usleep(20000);
	MUST(write(fd, "hello", 5));
}

/* Whose shutdown(SHUT_RD) it was, the number is another socket's now. */
static void receives(int from, int fd)
{
	pid_t child = child_start(send_later, &from);
	char buf[8];

	TRY(recv(fd, buf, sizeof(buf), 0));
	say_child(child);
}

CHECK(data, shutdown_read_then_disconnected)
{
	struct trio t = trio_at("127.0.0.1");
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	TRY(shutdown(t.client, SHUT_RD));
	TRY(connect(t.client, &none, sizeof(none)));
	TRY(connect(t.client, SA(t.addr)));
	receives(MUST(accept(t.listener, NULL, NULL)), t.client);
}

CHECK(data, shutdown_read_then_a_socketpair)
{
	struct trio t = trio_at("127.0.0.1");
	int pair[2];

	TRY(shutdown(t.client, SHUT_RD));
	MUST(libc()->close(t.client));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	say("same number: %d", pair[0] == t.client);
	receives(pair[1], pair[0]);
}

CHECK(data, shutdown_read_then_the_second_of_a_socketpair)
{
	int lower = (int)MUST(dup(0)), pair[2];
	struct trio t = trio_at("127.0.0.1");

	TRY(shutdown(t.client, SHUT_RD));
	MUST(libc()->close(lower));
	MUST(libc()->close(t.client));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	say("same numbers: %d %d", pair[0] == lower, pair[1] == t.client);
	receives(pair[0], pair[1]);
}

CHECK(data, shutdown_read_then_a_raw_copy)
{
	struct trio t = trio_at("127.0.0.1"), other;

	other.addr = at("127.0.0.1", port(1));
	other.listener = listen_at(other.addr, 4);
	other.client = connect_to(other.addr);
	other.server = MUST(accept(other.listener, NULL, NULL));
	TRY(shutdown(t.client, SHUT_RD));
	MUST(libc()->close(t.client));
	say("same number: %d", libc()->dup(other.client) == t.client);
	receives(other.server, t.client);
}

static void pass_by_mmsg(int through, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec iov = {"f", 1};
	struct mmsghdr vec = {
		.msg_hdr = {.msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room)}};

	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	MUST(sendmmsg(through, &vec, 1, 0));
}

static int received_by_mmsg(int through)
{
	char room[CMSG_SPACE(sizeof(int))], c;
	struct iovec iov = {&c, 1};
	struct mmsghdr vec = {.msg_hdr = {.msg_iov = &iov,
					  .msg_iovlen = 1,
					  .msg_control = room,
					  .msg_controllen = sizeof(room)}};
	int fd;

	MUST(recvmmsg(through, &vec, 1, 0, NULL));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&vec.msg_hdr)), sizeof(fd));
	return fd;
}

CHECK(data, shutdown_read_then_received_by_recvmmsg)
{
	struct trio t = trio_at("127.0.0.1");
	int pair[2], fd;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	TRY(shutdown(t.client, SHUT_RD));
	pass_by_mmsg(pair[0], pair[1]);
	MUST(libc()->close(t.client));
	fd = received_by_mmsg(pair[1]);
	say("same number: %d", fd == t.client);
	receives(pair[0], fd);
}

CHECK(data, shutdown_read_then_recv)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	TRY(shutdown(t.client, SHUT_RD));
	TRY(recv(t.client, &c, 1, 0));
	say_poll("poll", t.client, POLLIN | POLLRDHUP, 0);
}

CHECK(data, shutdown_read_wakes_a_reader)
{
	struct trio t = trio_at("127.0.0.1");
	struct timeval patience = {.tv_sec = 4};
	pid_t pid, self = gettid();
	char c;

	MUST(setsockopt(t.client, SOL_SOCKET, SO_RCVTIMEO, &patience,
			sizeof(patience)));
	pid = fork();
	if (pid == 0) {
		wait_until_blocked(getppid(), self);
		shutdown(t.client, SHUT_RD);
		_exit(0);
	}
	TRY(recv(t.client, &c, 1, 0));
	say_child(pid);
}

CHECK(data, shutdown_both_then_recv)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	TRY(shutdown(t.client, SHUT_RDWR));
	TRY(recv(t.client, &c, 1, 0));
	TRY(recv(t.client, &c, 1, MSG_DONTWAIT));
	TRY(read(t.client, &c, 1));
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
	TRY(recv(t.server, &c, 1, 0));
}

CHECK(data, recv_after_the_end)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	MUST(close(t.server));
	TRY(recv(t.client, &c, 1, 0));
	TRY(recv(t.client, &c, 1, 0));
	TRY(shutdown(t.client, SHUT_WR));
	TRY(recv(t.client, &c, 1, 0));
	TRY(recvfrom(t.client, &c, 1, 0, NULL, NULL));
	TRY(read(t.client, &c, 1));
}

CHECK(data, last_bytes_before_the_end)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8];

	MUST(write(t.server, "bye", 3));
	MUST(close(t.server));
	say("woken: %d", wait_for(t.client, POLLRDHUP));
	TRY(recv(t.client, buf, 8, 0));
	TRY(recv(t.client, buf, 8, 0));
	say_so_error(t.client);
}

CHECK(data, poll_when_connected)
{
	struct trio t = trio_at("127.0.0.1");

	say_poll("idle", t.client, POLLIN | POLLOUT | POLLRDHUP, 0);
	MUST(write(t.server, "x", 1));
	wait_for(t.client, POLLIN);
	say_poll("readable", t.client, POLLIN | POLLOUT | POLLRDHUP, 0);
}

CHECK(data, poll_after_the_peer_shuts)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(shutdown(t.server, SHUT_WR));
	wait_for(t.client, POLLRDHUP);
	say_poll("half", t.client, POLLIN | POLLOUT | POLLRDHUP, 0);
}

CHECK(data, poll_after_shutdown_write)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(shutdown(t.client, SHUT_WR));
	say_poll("half", t.client, POLLIN | POLLOUT | POLLRDHUP, 0);
}

CHECK(data, poll_after_shutdown_both)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(shutdown(t.client, SHUT_RDWR));
	MUST(shutdown(t.server, SHUT_RDWR));
	wait_for(t.client, POLLHUP);
	say_poll("both", t.client, POLLIN | POLLOUT | POLLRDHUP, 0);
}

CHECK(data, write_after_the_peer_closed)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	MUST(close(t.server));
	TRY(recv(t.client, &c, 1, 0));
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
	wait_for(t.client, POLLERR);
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
}

CHECK(data, linger_0_resets)
{
	struct trio t = trio_at("127.0.0.1");
	struct linger now = {.l_onoff = 1};
	char c;

	TRY(setsockopt(t.server, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	TRY(close(t.server));
	TRY(recv(t.client, &c, 1, 0));
}

CHECK(data, unread_bytes_reset)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	MUST(write(t.client, "never read", 10));
	wait_for(t.server, POLLIN);
	TRY(close(t.server));
	TRY(recv(t.client, &c, 1, 0));
}

/* ---- Much ---------------------------------------------------------- */

struct transfer {
	int from, to;
	size_t size;
	unsigned long sent, received;
};

static void *transfer_send(void *arg)
{
	struct transfer *t = arg;
	unsigned char buf[16384];

	for (size_t done = 0; done < t->size; done += sizeof(buf)) {
		pattern(buf, sizeof(buf), (unsigned)done);
		t->sent = checksum(t->sent, buf, sizeof(buf));
		if (write_all(t->from, buf, sizeof(buf)) < 0)
			break;
	}
	shutdown(t->from, SHUT_WR);
	return NULL;
}

static void *transfer_receive(void *arg)
{
	struct transfer *t = arg;
	unsigned char buf[5000];
	ssize_t n;

	while ((n = read(t->to, buf, sizeof(buf))) > 0)
		t->received = checksum(t->received, buf, (size_t)n);
	return NULL;
}

CHECK(data, transfer_2m)
{
	struct trio t = trio_at("127.0.0.1");
	struct transfer x = {.from = t.client, .to = t.server, .size = 2 * MIB};
	pthread_t sender = thread_start(transfer_send, &x);

	transfer_receive(&x);
	thread_join(sender);
	say("same %d", x.sent == x.received);
}

CHECK(data, transfer_both_ways)
{
	if (monitor_run())
		skip("a monitor hands on no half-close");

	struct trio t = trio_at("::1");
	struct transfer a = {.from = t.client, .to = t.server, .size = MIB};
	struct transfer b = {.from = t.server, .to = t.client, .size = MIB};
	pthread_t threads[3] = {thread_start(transfer_send, &a),
				thread_start(transfer_send, &b),
				thread_start(transfer_receive, &a)};

	transfer_receive(&b);
	for (int i = 0; i < 3; i++)
		thread_join(threads[i]);
	say("same %d %d", a.sent == a.received, b.sent == b.received);
}

CHECK(data, nonblocking_fills_up)
{
	struct trio t = trio_at("127.0.0.1");
	char *buf = calloc(1, 65536);
	size_t sent = 0, got = 0;
	ssize_t n;

	MUST(fcntl(t.client, F_SETFL, O_NONBLOCK));
	while ((n = send(t.client, buf, 65536, 0)) > 0)
		sent += (size_t)n;
	say("full: %s", errno_text(errno));
	say_poll("full", t.client, POLLOUT, 0);
	MUST(shutdown(t.client, SHUT_WR));
	while ((n = read(t.server, buf, 65536)) > 0)
		got += (size_t)n;
	say("all arrived: %d", got == sent);
}

CHECK(data, writable_again_after_reading)
{
	struct trio t = trio_at("127.0.0.1");
	static char buf[65536];
	size_t sent = 0, got = 0;
	ssize_t n;

	MUST(fcntl(t.client, F_SETFL, O_NONBLOCK));
	while ((n = send(t.client, buf, sizeof(buf), 0)) > 0)
		sent += (size_t)n;
	while (got < sent && (n = read(t.server, buf, sizeof(buf))) > 0)
		got += (size_t)n;
	say_poll("drained", t.client, POLLOUT, PATIENCE);
	TRY(send(t.client, "x", 1, 0));
}

CHECK(data, sndtimeo)
{
	struct trio t = trio_at("127.0.0.1");
	struct timeval tenth = {.tv_usec = 100000};
	static char buf[65536];

	TRY(setsockopt(t.client, SOL_SOCKET, SO_SNDTIMEO, &tenth,
		       sizeof(tenth)));
	while (send(t.client, buf, sizeof(buf), 0) > 0)
		;
	say("full: %s", errno_text(errno));
}

CHECK(data, many_small_packets)
{
	enum { PACKETS = 4000 };
	struct trio t = trio_at("127.0.0.1");
	int sent = 0, got = 0;
	char c;

	if (hybrid_run() && !monitor_run())
		skip("a Unix socket holds some hundred packets, and waits");
	for (int i = 0; i < PACKETS; i++)
		sent += write(t.client, "x", 1) == 1;
	MUST(shutdown(t.client, SHUT_WR));
	while (read(t.server, &c, 1) == 1)
		got++;
	say("sent %d, got %d", sent, got);
}

CHECK(data, readv_writev)
{
	struct trio t = trio_at("127.0.0.1");
	char a[3] = "", b[5] = "";
	struct iovec out[2] = {{"abc", 3}, {"def", 3}},
		     in[2] = {{a, 2}, {b, 4}};

	TRY(writev(t.client, out, 2));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(readv(t.server, in, 2));
	say("\"%s\" \"%s\"", a, b);
}

CHECK(data, pread_is_espipe)
{
	struct trio t = trio_at("127.0.0.1");
	char c = 0;

	TRY(pread(t.client, &c, 1, 0));
	TRY(lseek(t.client, 0, SEEK_CUR));
	TRY(pwrite(t.client, &c, 1, 0));
}

static int file_of(size_t size)
{
	int fd = (int)MUST(memfd_create("file", 0));
	unsigned char *buf = malloc(size);

	pattern(buf, size, 3);
	MUST(write_all(fd, buf, size));
	MUST(lseek(fd, 0, SEEK_SET));
	free(buf);
	return fd;
}

CHECK(data, sendfile)
{
	enum { SIZE = 30000 };
	struct trio t = trio_at("127.0.0.1");
	unsigned char *buf = malloc(SIZE), *want = malloc(SIZE);
	int file = file_of(SIZE);

	TRY(sendfile(t.client, file, NULL, SIZE));
	TRY(recv(t.server, buf, SIZE, MSG_WAITALL));
	pattern(want, SIZE, 3);
	say("same %d", memcmp(buf, want, SIZE) == 0);
}

CHECK(data, splice_through_a_pipe)
{
	enum { SIZE = 4000 };
	struct trio t = trio_at("127.0.0.1");
	unsigned char buf[SIZE], want[SIZE];
	int file = file_of(SIZE), p[2];

	MUST(pipe(p));
	TRY(splice(file, NULL, p[1], NULL, SIZE, 0));
	TRY(splice(p[0], NULL, t.client, NULL, SIZE, 0));
	TRY(recv(t.server, buf, SIZE, MSG_WAITALL));
	pattern(want, SIZE, 3);
	say("same %d", memcmp(buf, want, SIZE) == 0);
}

CHECK(data, splice_out_of_the_socket)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8] = "";
	int p[2];

	MUST(pipe(p));
	MUST(write(t.client, "hello", 5));
	say("woken: %d", wait_for(t.server, POLLIN));
	TRY(splice(t.server, NULL, p[1], NULL, 5, 0));
	TRY(read(p[0], buf, 5));
	say("\"%s\"", buf);
}

CHECK(data, stdio)
{
	struct trio t = trio_at("127.0.0.1");
	FILE *out = fdopen(t.client, "w"), *in = fdopen(t.server, "r");
	char line[32] = "";

	fprintf(out, "hello %d\n", 42);
	TRY(fflush(out));
	say("%s", fgets(line, sizeof(line), in) ? "a line" : "no line");
	line[strcspn(line, "\n")] = '\0';
	say("\"%s\"", line);
	TRY(fclose(out));
	say("end: %d", fgetc(in) == EOF && feof(in));
}

CHECK(data, to_oneself)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 1), fd = connect_to(a), peer;

	peer = (int)MUST(accept(listener, NULL, NULL));
	for (int i = 0; i < 5; i++)
		say_ping(i % 2 ? peer : fd, i % 2 ? fd : peer);
}
