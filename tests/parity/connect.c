/* SPDX-License-Identifier: MIT */
/* connect(): what it answers, when, and what may be done after. */
#include "parity.h"

#include <linux/un.h>
#include <sys/mman.h>
#include <sys/time.h>

/* ---- It works ------------------------------------------------------ */

static void connect_and_ping(struct addr to, struct addr listen_on)
{
	int listener = listen_at(listen_on, 4);
	int fd = tcp_socket(to.sa.sa_family, 0);
	int peer;

	TRY(connect(fd, SA(to)));
	expect_redirected(fd);
	peer = TRYFD(accept(listener, NULL, NULL));
	say_so_error(fd);
	say_ping(fd, peer);
}

CHECK(connect, ipv4)
{
	struct addr a = at("127.0.0.1", port(0));

	connect_and_ping(a, a);
}

CHECK(connect, ipv6)
{
	struct addr a = at("::1", port(0));

	connect_and_ping(a, a);
}

CHECK(connect, v4mapped_to_ipv4_listener)
{
	connect_and_ping(at("::ffff:127.0.0.1", port(0)),
			 at("127.0.0.1", port(0)));
}

CHECK(connect, ipv4_to_dual_stack_listener)
{
	connect_and_ping(at("127.0.0.1", port(0)), at("::", port(0)));
}

CHECK(connect, ipv6_to_dual_stack_listener)
{
	connect_and_ping(at("::1", port(0)), at("::", port(0)));
}

CHECK(connect, v4mapped_to_dual_stack_listener)
{
	connect_and_ping(at("::ffff:127.0.0.1", port(0)), at("::", port(0)));
}

CHECK(connect, ipv4_to_wildcard_listener)
{
	connect_and_ping(at("127.0.0.1", port(0)), at("0.0.0.0", port(0)));
}

CHECK(connect, to_wildcard_address)
{
	connect_and_ping(at("0.0.0.0", port(0)), at("127.0.0.1", port(0)));
}

CHECK(connect, address_mapped_to_other_ports)
{
	struct addr a = at("127.0.0.5", port(0));

	connect_and_ping(a, a);
}

CHECK_WITH(connect, unmapped_stays_tcp, CHECK_DIRECT)
{
	struct addr a = at("127.0.0.1", direct_port(0));
	int listener = TRYFD(socket(AF_INET, SOCK_STREAM, 0));
	int fd = TRYFD(socket(AF_INET, SOCK_STREAM, 0));

	MUST(set_int(listener, SOL_SOCKET, SO_REUSEADDR, 1));
	TRY(bind(listener, SA(a)));
	TRY(listen(listener, 1));
	TRY(connect(fd, SA(a)));
	say("vsock: %d", is_vsock(fd) || is_vsock(listener));
	say_sockname("client", fd);
	say_peername("client's peer", fd);
}

/* ---- Refusals ------------------------------------------------------ */

static void connect_to_nobody(const char *ip)
{
	struct addr a = at(ip, port(0));
	int fd = tcp_socket(a.sa.sa_family, 0);

	TRY(connect(fd, SA(a)));
	say_so_error(fd);
	say_peername("peer", fd);
	TRY(send(fd, "x", 1, MSG_NOSIGNAL));
	TRY(close(fd));
}

CHECK(connect, nobody_listens)
{
	connect_to_nobody("127.0.0.1");
}

CHECK(connect, nobody_listens_ipv6)
{
	connect_to_nobody("::1");
}

CHECK(connect, nobody_listens_v4mapped)
{
	connect_to_nobody("::ffff:127.0.0.1");
}

CHECK(connect, refused_by_a_rule)
{
	struct addr a = at("127.0.0.9", port(0));
	int fd = tcp_socket(AF_INET, 0);

	TRY(connect(fd, SA(a)));
	say_so_error(fd);
}

CHECK(connect, listener_closed_again)
{
	struct trio t = trio_at("127.0.0.1");
	int fd = tcp_socket(AF_INET, 0);

	TRY(close(t.listener));
	TRY(connect(fd, SA(t.addr)));
	say_ping(t.client, t.server);
}

CHECK(connect, bound_but_not_listening)
{
	struct addr a = at("127.0.0.1", port(0));
	int bound = tcp_socket(AF_INET, 0), fd = tcp_socket(AF_INET, 0);

	MUST(bind(bound, SA(a)));
	TRY(connect(fd, SA(a)));
}

static int start_nonblocking(struct addr a)
{
	int fd = tcp_socket(a.sa.sa_family, SOCK_NONBLOCK);

	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	return fd;
}

CHECK(connect, nonblocking_nobody_so_error)
{
	int fd = start_nonblocking(at("127.0.0.1", port(0)));

	say("woken: %d", wait_for(fd, POLLOUT));
	say_so_error(fd);
	say_so_error(fd);
	say_peername("peer", fd);
}

CHECK(connect, nonblocking_nobody_so_error_ipv6)
{
	int fd = start_nonblocking(at("::1", port(0)));

	say("woken: %d", wait_for(fd, POLLOUT));
	say_so_error(fd);
	say_so_error(fd);
}

CHECK(connect, nonblocking_nobody_poll_events)
{
	int fd = start_nonblocking(at("127.0.0.1", port(0)));

	say_poll("poll", fd, POLLIN | POLLOUT, PATIENCE);
}

CHECK(connect, nonblocking_nobody_ppoll_events)
{
	int fd = start_nonblocking(at("127.0.0.1", port(0)));
	struct pollfd p[3] = {
		{-1, POLLIN, 0}, {fd, POLLIN | POLLRDHUP, 0}, {fd, 0, 0}};
	struct timespec most = {PATIENCE / 1000, 0};
	char buf[64];

	say("%d", ppoll(p, 3, &most, NULL));
	say("asked:%s", poll_text(p[1].revents, buf, sizeof(buf)));
	say("not:%s", poll_text(p[2].revents, buf, sizeof(buf)));
}

CHECK(connect, nonblocking_nobody_then_connect_tells)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = start_nonblocking(a);

	wait_for(fd, POLLOUT);
	TRY(connect(fd, SA(a)));
	say_so_error(fd);
}

CHECK(connect, nonblocking_nobody_then_write_tells)
{
	int fd = start_nonblocking(at("127.0.0.1", port(0)));

	wait_for(fd, POLLOUT);
	TRY(send(fd, "x", 1, MSG_NOSIGNAL));
	say_so_error(fd);
}

CHECK(connect, nonblocking_nobody_then_recv_tells)
{
	char c;
	int fd = start_nonblocking(at("127.0.0.1", port(0)));

	wait_for(fd, POLLOUT);
	TRY(recv(fd, &c, 1, 0));
	say_so_error(fd);
}

/* The same with calls that nobody but the kernel sees. */
CHECK(connect, nonblocking_nobody_then_plain_write)
{
	int fd = start_nonblocking(at("127.0.0.1", port(0)));

	signal(SIGPIPE, SIG_IGN);
	wait_for(fd, POLLOUT);
	TRY(write(fd, "x", 1));
	say_so_error(fd);
	TRY(write(fd, "x", 1));
}

CHECK(connect, nonblocking_nobody_then_plain_read)
{
	char c;
	int fd = start_nonblocking(at("127.0.0.1", port(0)));

	wait_for(fd, POLLOUT);
	TRY(read(fd, &c, 1));
	say_so_error(fd);
	TRY(read(fd, &c, 1));
}

/* A socket whose failed attempt SO_ERROR has told of already. */
static int failed_and_told(struct addr a)
{
	int fd = start_nonblocking(a);

	wait_for(fd, POLLOUT);
	say_so_error(fd);
	return fd;
}

CHECK(connect, nonblocking_nobody_then_send)
{
	int fd = failed_and_told(at("127.0.0.1", port(0)));
	char c;

	TRY(send(fd, "x", 1, MSG_NOSIGNAL));
	TRY(recv(fd, &c, 1, 0));
	TRY(shutdown(fd, SHUT_WR));
}

CHECK(connect, nonblocking_nobody_then_bind)
{
	struct addr other = at("127.0.0.1", port(1));
	int fd = failed_and_told(at("127.0.0.1", port(0)));

	TRY(bind(fd, SA(other)));
	say_sockname("own name", fd);
}

CHECK(connect, nonblocking_nobody_then_name)
{
	int fd = failed_and_told(at("127.0.0.1", port(0)));

	say_sockname("own name", fd);
}

CHECK(connect, nobody_listens_then_bind_and_listen)
{
	struct addr a = at("127.0.0.1", port(0));
	struct addr other = at("127.0.0.1", port(1));
	int fd = tcp_socket(AF_INET, 0), client;

	TRY(connect(fd, SA(a)));
	TRY(bind(fd, SA(other)));
	TRY(listen(fd, 4));
	client = connect_to(other);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

CHECK(connect, after_own_shutdown)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(shutdown(t.client, SHUT_WR));
	TRY(connect(t.client, SA(t.addr)));
	MUST(fcntl(t.client, F_SETFL, O_NONBLOCK));
	TRY(connect(t.client, SA(t.addr)));
	say_peername("peer", t.client);
}

CHECK(connect, after_the_peers_end)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	MUST(close(t.server));
	say("end: %zd", read(t.client, &c, 1));
	TRY(connect(t.client, SA(t.addr)));
	say_peername("peer", t.client);
}

/* ---- Not at once --------------------------------------------------- */

CHECK(connect, nonblocking_succeeds)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);
	int fd = start_nonblocking(a);

	say_poll("poll", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(connect, nonblocking_succeeds_ipv6)
{
	struct addr a = at("::1", port(0));
	int listener = listen_at(a, 4);
	int fd = start_nonblocking(a);

	say_poll("poll", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
	say("accepted: %d", accept(listener, NULL, NULL) >= 0);
}

CHECK(connect, nonblocking_by_fcntl)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	TRY(fcntl(fd, F_SETFL, O_NONBLOCK));
	TRY(connect(fd, SA(a)));
	say_poll("poll", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
}

CHECK(connect, nonblocking_by_ioctl)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), on = 1;

	listen_at(a, 4);
	TRY(ioctl(fd, FIONBIO, &on));
	TRY(connect(fd, SA(a)));
	say_poll("poll", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
}

CHECK(connect, second_call_0_then_eisconn)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd;

	listen_at(a, 4);
	fd = start_nonblocking(a);
	wait_for(fd, POLLOUT);
	TRY(connect(fd, SA(a)));
	TRY(connect(fd, SA(a)));
	TRY(connect(fd, SA(a)));
}

CHECK(connect, second_call_after_so_error)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd;

	listen_at(a, 4);
	fd = start_nonblocking(a);
	wait_for(fd, POLLOUT);
	say_so_error(fd);
	TRY(connect(fd, SA(a)));
	TRY(connect(fd, SA(a)));
}

CHECK(connect, blocking_twice_is_eisconn)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	TRY(connect(fd, SA(a)));
	TRY(connect(fd, SA(a)));
	TRY(connect(fd, SA(a)));
}

CHECK(connect, elsewhere_when_connected)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr other = at("127.0.0.1", port(1));
	struct addr unmapped = at("127.0.0.1", direct_port(0));

	TRY(connect(t.client, SA(other)));
	TRY(connect(t.client, SA(unmapped)));
	TRY(connect(t.server, SA(other)));
	TRY(connect(t.listener, SA(other)));
	say_ping(t.client, t.server);
}

CHECK(connect, pending_ealready)
{
	struct pending p;
	int fd;

	pending_begin(&p);
	fd = start_nonblocking(p.addr);
	TRY(connect(fd, SA(p.addr)));
	TRY(connect(fd, SA(p.addr)));
	say_poll("pending", fd, POLLOUT, 0);
	say_so_error(fd);
	pending_end(&p);
	say_poll("over", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
	TRY(connect(fd, SA(p.addr)));
	TRY(connect(fd, SA(p.addr)));
}

CHECK(connect, pending_send_and_recv)
{
	struct pending p;
	char c;
	int fd;

	pending_begin(&p);
	fd = start_nonblocking(p.addr);
	TRY(recv(fd, &c, 1, 0));
	TRY(send(fd, "x", 1, MSG_NOSIGNAL));
	say_peername("peer", fd);
	pending_end(&p);
}

CHECK(connect, pending_plain_write_and_read)
{
	struct pending p;
	char c;
	int fd;

	pending_begin(&p);
	fd = start_nonblocking(p.addr);
	TRY(read(fd, &c, 1));
	TRY(write(fd, "x", 1));
	pending_end(&p);
}

CHECK(connect, pending_shutdown)
{
	struct pending p;
	int fd;

	pending_begin(&p);
	fd = start_nonblocking(p.addr);
	TRY(shutdown(fd, SHUT_RDWR));
	pending_end(&p);
	say_peername("peer", fd);
}

CHECK(connect, pending_close)
{
	struct pending p;
	int fd, before = count_descriptors();

	pending_begin(&p);
	fd = start_nonblocking(p.addr);
	TRY(close(fd));
	TRY(fcntl(fd, F_GETFL));
	pending_end(&p);
	say("ended: %d", before > 0);
}

CHECK(connect, pending_sockname)
{
	struct pending p;
	int fd;

	pending_begin(&p);
	fd = start_nonblocking(p.addr);
	say_sockname("own name", fd);
	pending_end(&p);
}

/* ---- After a failure ----------------------------------------------- */

static void retry(struct addr first, struct addr second, int flags)
{
	int fd = tcp_socket(first.sa.sa_family, flags);
	int listener = listen_at(second, 4);

	TRY(connect(fd, SA(first)));
	if (flags & SOCK_NONBLOCK) {
		say("woken: %d", wait_for(fd, POLLOUT));
		TRY(connect(fd, SA(first)));
	}
	TRY(connect(fd, SA(second)));
	if (flags & SOCK_NONBLOCK) {
		say_poll("second", fd, POLLOUT, PATIENCE);
		say_so_error(fd);
	}
	say_peername("peer", fd);
	say("accepted: %d", accept(listener, NULL, NULL) >= 0);
}

CHECK(connect, retry_same_descriptor)
{
	retry(at("127.0.0.1", port(0)), at("127.0.0.1", port(1)), 0);
}

CHECK(connect, retry_same_descriptor_ipv6)
{
	retry(at("::1", port(0)), at("::1", port(1)), 0);
}

CHECK(connect, retry_nonblocking)
{
	retry(at("127.0.0.1", port(0)), at("127.0.0.1", port(1)),
	      SOCK_NONBLOCK);
}

/*
 * TCP answers ECONNABORTED once to a connect() that follows a failure which
 * SO_ERROR has told already.
 */
CHECK(connect, retry_nonblocking_after_so_error)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = start_nonblocking(a);

	wait_for(fd, POLLOUT);
	say_so_error(fd);
	listen_at(a, 4);
	TRY(connect(fd, SA(a)));
	if (errno == ECONNABORTED)
		TRY(connect(fd, SA(a)));
	say_poll("second", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
}

/* Here one of the two listeners is on TCP. */
static int unmapped_listener(void)
{
	struct addr a = at("127.0.0.1", direct_port(0));
	int fd = tcp_socket(AF_INET, 0);

	MUST(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(bind(fd, SA(a)));
	MUST(listen(fd, 4));
	return fd;
}

CHECK_WITH(connect, retry_unmapped_after_mapped, CHECK_DIRECT)
{
	struct addr mapped = at("127.0.0.1", port(0));
	struct addr direct = at("127.0.0.1", direct_port(0));
	int listener = unmapped_listener(), fd = tcp_socket(AF_INET, 0), peer;

	TRY(connect(fd, SA(mapped)));
	TRY(connect(fd, SA(direct)));
	say("vsock: %d", is_vsock(fd));
	say_peername("peer", fd);
	peer = TRYFD(accept(listener, NULL, NULL));
	say_ping(fd, peer);
}

CHECK_WITH(connect, retry_unmapped_after_mapped_nonblocking, CHECK_DIRECT)
{
	struct addr direct = at("127.0.0.1", direct_port(0));
	int listener = unmapped_listener();
	int fd = start_nonblocking(at("127.0.0.1", port(0)));

	wait_for(fd, POLLOUT);
	TRY(connect(fd, SA(direct)));
	TRY(connect(fd, SA(direct)));
	say_poll("second", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
	say("vsock: %d", is_vsock(fd));
	TRYFD(accept(listener, NULL, NULL));
}

CHECK_WITH(connect, retry_mapped_after_unmapped, CHECK_DIRECT)
{
	struct addr mapped = at("127.0.0.1", port(0));
	struct addr direct = at("127.0.0.1", direct_port(0));
	int listener = listen_at(mapped, 4), fd = tcp_socket(AF_INET, 0);

	TRY(connect(fd, SA(direct)));
	TRY(connect(fd, SA(mapped)));
	expect_redirected(fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(connect, retry_keeps_flags)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, SOCK_CLOEXEC);

	MUST(set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	TRY(connect(fd, SA(a)));
	listen_at(a, 4);
	TRY(connect(fd, SA(a)));
	TRY(fcntl(fd, F_GETFD));
	TRY(fcntl(fd, F_GETFL));
	SAY_OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
}

CHECK(connect, retry_many_times)
{
	struct addr nobody = at("127.0.0.1", port(0));
	struct addr a = at("127.0.0.1", port(1));
	int fd = tcp_socket(AF_INET, 0), failed = 0;
	int listener = listen_at(a, 4), before = count_descriptors();

	for (int i = 0; i < 20; i++)
		failed += connect(fd, SA(nobody)) < 0 && errno == ECONNREFUSED;
	say("refused: %d", failed);
	TRY(connect(fd, SA(a)));
	say("descriptors: %+d", count_descriptors() - before);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

/* ---- AF_UNSPEC ----------------------------------------------------- */

static struct addr unspec(void)
{
	struct addr a = {.len = sizeof(struct sockaddr_in)};

	a.sa.sa_family = AF_UNSPEC;
	return a;
}

CHECK(connect, unspec_disconnects)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr none = unspec();
	char c;

	TRY(connect(t.client, SA(none)));
	say_peername("peer", t.client);
	TRY(send(t.client, "x", 1, MSG_NOSIGNAL));
	say("peer saw the end: %d", read(t.server, &c, 1) <= 0);
	TRY(connect(t.client, SA(t.addr)));
	say_ping(t.client, TRYFD(accept(t.listener, NULL, NULL)));
}

CHECK(connect, unspec_on_a_fresh_socket)
{
	struct addr none = unspec();
	int fd = tcp_socket(AF_INET, 0);

	TRY(connect(fd, SA(none)));
	TRY(connect(fd, &none.sa, 2));
	TRY(connect(fd, &none.sa, 1));
}

CHECK(connect, unspec_keeps_options_and_flags)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr none = unspec();

	MUST(set_int(t.client, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(fcntl(t.client, F_SETFL, O_NONBLOCK));
	TRY(connect(t.client, SA(none)));
	say("nonblocking: %d", !!(fcntl(t.client, F_GETFL) & O_NONBLOCK));
	TRY(fcntl(t.client, F_GETFD));
	SAY_OPTION(t.client, IPPROTO_TCP, TCP_NODELAY);
}

CHECK(connect, unspec_while_pending)
{
	struct addr none = unspec();
	struct pending p;
	int fd;

	pending_begin(&p);
	fd = start_nonblocking(p.addr);
	TRY(connect(fd, SA(none)));
	pending_end(&p);
	TRY(connect(fd, SA(p.addr)));
	say_poll("again", fd, POLLOUT, PATIENCE);
	say_so_error(fd);
}

CHECK(connect, unspec_stops_a_listener)
{
	struct addr a = at("127.0.0.1", port(0)), none = unspec();
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);

	TRY(connect(listener, SA(none)));
	SAY_OPTION(listener, SOL_SOCKET, SO_ACCEPTCONN);
	TRY(connect(fd, SA(a)));
}

/* ---- Source addresses ---------------------------------------------- */

CHECK(connect, bound_source_port)
{
	struct addr from = at("127.0.0.1", port(1)), peer = nowhere();
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);

	TRY(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	TRY(bind(fd, SA(from)));
	say_sockname("bound", fd);
	TRY(connect(fd, SA(a)));
	say_sockname("connected", fd);
	TRYFD(accept(listener, SA_OUT(peer)));
	say_addr("accepted", &peer);
}

CHECK(connect, bound_source_any_port)
{
	struct addr from = at("127.0.0.1", 0);
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);

	TRY(bind(fd, SA(from)));
	say_sockname("bound", fd);
	TRY(connect(fd, SA(a)));
	say_sockname("connected", fd);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(connect, bound_source_wildcard)
{
	struct addr from = at("0.0.0.0", 0);
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	TRY(bind(fd, SA(from)));
	say_sockname("bound", fd);
	TRY(connect(fd, SA(a)));
	say_sockname("connected", fd);
}

CHECK(connect, bound_source_ipv6_wildcard)
{
	struct addr from = at("::", 0);
	struct addr a = at("::1", port(0));
	int fd = tcp_socket(AF_INET6, 0);

	listen_at(a, 4);
	TRY(bind(fd, SA(from)));
	say_sockname("bound", fd);
	TRY(connect(fd, SA(a)));
	say_sockname("connected", fd);
}

/* ---- Arguments that make no sense ---------------------------------- */

CHECK(connect, wrong_lengths)
{
	struct addr a = at("127.0.0.1", port(0)), a6 = at("::1", port(0));
	int fd = tcp_socket(AF_INET, 0), fd6 = tcp_socket(AF_INET6, 0);

	listen_at(a, 4);
	listen_at(a6, 4);
	TRY(connect(fd, &a.sa, 0));
	TRY(connect(fd, &a.sa, 1));
	TRY(connect(fd, &a.sa, 2));
	TRY(connect(fd, &a.sa, 8));
	TRY(connect(fd, &a.sa, 15));
	TRY(connect(fd6, &a6.sa, 2));
	TRY(connect(fd6, &a6.sa, 16));
	TRY(connect(fd6, &a6.sa, 23));
	TRY(connect(fd, &a.sa, (socklen_t)-1));
	TRY(connect(fd, &a.sa, 129));
	TRY(connect(fd, &a.sa, 128));
}

CHECK(connect, ipv6_without_scope)
{
	struct addr a = at("::1", port(0));
	int fd = tcp_socket(AF_INET6, 0);

	listen_at(a, 4);
	TRY(connect(fd, &a.sa, 24));
}

CHECK(connect, bad_pointers)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);
	struct sockaddr *none = NULL, *bad = (void *)8;
	char *page =
		mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	listen_at(a, 4);
	TRY(connect(fd, none, 16));
	TRY(connect(fd, none, 0));
	TRY(connect(fd, bad, 16));
	TRY(connect(fd, (struct sockaddr *)page, 16));
	TRY(connect(fd, (struct sockaddr *)(page + 4096 - 8), 16));
	TRY(connect(fd, SA(a)));
}

CHECK(connect, address_at_the_end_of_a_page)
{
	struct addr a = at("127.0.0.1", port(0));
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct sockaddr *edge = (void *)(page + 4096 - 16);
	int fd = tcp_socket(AF_INET, 0);

	MUST(mprotect(page + 4096, 4096, PROT_NONE));
	listen_at(a, 4);
	memcpy(edge, &a.in, 16);
	TRY(connect(fd, edge, 32));
	TRY(connect(fd, edge, 16));
}

CHECK(connect, address_in_a_page_that_is_gone)
{
	struct addr a = at("127.0.0.1", port(0));
	struct sockaddr *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	listen_at(a, 4);
	memcpy(page, &a.in, sizeof(a.in));
	TRY(connect(tcp_socket(AF_INET, 0), page, sizeof(a.in)));
	MUST(munmap(page, 4096));
	TRY(connect(tcp_socket(AF_INET, 0), page, sizeof(a.in)));
}

CHECK(connect, unaligned_address)
{
	struct addr a = at("127.0.0.1", port(0));
	char room[64];
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	memcpy(room + 1, &a.in, sizeof(a.in));
	TRY(connect(fd, (struct sockaddr *)(room + 1), sizeof(a.in)));
	expect_redirected(fd);
}

CHECK(connect, not_a_socket)
{
	struct addr a = at("127.0.0.1", port(0));
	int pipes[2];

	MUST(pipe(pipes));
	TRY(connect(-1, SA(a)));
	TRY(connect(9999, SA(a)));
	TRY(connect(pipes[0], SA(a)));
}

CHECK(connect, wrong_family)
{
	struct addr a4 = at("127.0.0.1", port(0)), a6 = at("::1", port(0));
	struct addr odd = a4;
	int fd4 = tcp_socket(AF_INET, 0), fd6 = tcp_socket(AF_INET6, 0);

	listen_at(a4, 4);
	listen_at(a6, 4);
	odd.sa.sa_family = 77;
	TRY(connect(fd4, SA(a6)));
	TRY(connect(fd4, SA(odd)));
	TRY(connect(fd6, SA(odd)));
	odd.sa.sa_family = AF_UNIX;
	TRY(connect(fd4, SA(odd)));
}

CHECK_WITH(connect, ipv4_address_on_an_ipv6_socket, CHECK_DIRECT)
{
	struct addr a4 = at("127.0.0.1", port(0));
	int fd6 = tcp_socket(AF_INET6, 0);

	listen_at(a4, 4);
	TRY(connect(fd6, SA(a4)));
}

CHECK(connect, v4mapped_on_a_v6only_socket)
{
	struct addr a4 = at("127.0.0.1", port(0));
	struct addr mapped = at("::ffff:127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET6, 0);

	listen_at(a4, 4);
	MUST(set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	TRY(connect(fd, SA(mapped)));
}

CHECK(connect, port_0)
{
	struct addr a = at("127.0.0.1", 0);
	int fd = tcp_socket(AF_INET, 0);

	TRY(connect(fd, SA(a)));
}

/* On vsock the families share their ports. */
CHECK(connect, ipv6_to_an_ipv4_listener)
{
	struct addr a4 = at("127.0.0.1", port(0)), a6 = at("::1", port(0));
	int fd = tcp_socket(AF_INET6, 0);

	listen_at(a4, 4);
	TRY(connect(fd, SA(a6)));
}

/* TCP has simultaneous open, with oneself too. */
CHECK(connect, to_its_own_port)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	MUST(bind(fd, SA(a)));
	TRY(connect(fd, SA(a)));
}

CHECK(connect, wrong_types)
{
	struct addr a = at("127.0.0.1", port(0));
	int udp = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int local = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));

	listen_at(a, 4);
	TRY(connect(udp, SA(a)));
	say("udp is vsock: %d", is_vsock(udp));
	say_peername("udp", udp);
	TRY(connect(local, SA(a)));
}

/* ---- Queues -------------------------------------------------------- */

static void *connect_blocking(void *arg)
{
	struct addr *a = arg;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return (void *)(long)(connect(fd, SA(*a)) < 0 ? errno : 0);
}

CHECK(connect, burst_beyond_the_backlog)
{
	enum { CLIENTS = 3 };
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 1), accepted = 0, good = 0;
	pthread_t threads[CLIENTS];
	void *result;

	if (hybrid_run())
		skip("TCP needs the quiet of a test kernel for it");
	for (int i = 0; i < CLIENTS; i++)
		threads[i] = thread_start(connect_blocking, &a);
	for (int i = 0; i < CLIENTS; i++)
		accepted += accept(listener, NULL, NULL) >= 0;
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(threads[i], &result);
		good += result == NULL;
	}
	say("accepted %d, connected %d", accepted, good);
}

struct waiting_client {
	struct addr addr;
	pid_t tid;
};

static void *connect_and_tell_tid(void *arg)
{
	struct waiting_client *w = arg;

	__atomic_store_n(&w->tid, gettid(), __ATOMIC_RELEASE);
	return connect_blocking(&w->addr);
}

CHECK(connect, queue_full_blocking_client_waits)
{
	struct waiting_client w = {0};
	struct crowd crowd;
	pthread_t thread;
	void *result;

	crowd_begin(&crowd, "127.0.0.1");
	w.addr = crowd.addr;
	thread = thread_start(connect_and_tell_tid, &w);
	while (!__atomic_load_n(&w.tid, __ATOMIC_ACQUIRE))
		;
	wait_until_blocked(getpid(), w.tid);
	crowd_end(&crowd);
	pthread_join(thread, &result);
	say("connect: %s", errno_text((int)(long)result));
}

CHECK(connect, queue_full_nonblocking)
{
	struct crowd crowd;
	int fd;

	crowd_begin(&crowd, "127.0.0.1");
	fd = start_nonblocking(crowd.addr);
	say_poll("poll", fd, POLLOUT, 500);
	say_so_error(fd);
}

CHECK(connect, sndtimeo_bounds_it)
{
	struct timeval half = {.tv_usec = 500000};
	struct crowd crowd;
	int fd = tcp_socket(AF_INET, 0);

	crowd_begin(&crowd, "127.0.0.1");
	TRY(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &half, sizeof(half)));
	TRY(connect(fd, SA(crowd.addr)));
}

/* TCP gives up after its own number of tries, vsock after the rule's time. */
CHECK(connect, times_out)
{
	struct crowd crowd;
	int fd = tcp_socket(AF_INET, 0);

	crowd_begin(&crowd, "127.0.0.6");
	MUST(set_int(fd, IPPROTO_TCP, TCP_SYNCNT, 1));
	TRY(connect(fd, SA(crowd.addr)));
	say_so_error(fd);
}

/* ---- Fast open ----------------------------------------------------- */

static void say_received(int listener)
{
	char buf[16] = "";
	int fd = TRYFD(accept(listener, NULL, NULL));

	TRY(recv(fd, buf, 5, MSG_WAITALL));
	say("received \"%s\"", buf);
}

CHECK(connect, fast_open_sendto)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);

	TRY(sendto(fd, "hello", 5, MSG_FASTOPEN, SA(a)));
	say_received(listener);
	say_peername("peer", fd);
}

CHECK(connect, fast_open_sendmsg)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);
	struct iovec iov[2] = {{"he", 2}, {"llo", 3}};
	struct msghdr msg = {.msg_name = &a.sa,
			     .msg_namelen = a.len,
			     .msg_iov = iov,
			     .msg_iovlen = 2};

	TRY(sendmsg(fd, &msg, MSG_FASTOPEN));
	say_received(listener);
}

CHECK(connect, fast_open_nobody)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	TRY(sendto(fd, "hello", 5, MSG_FASTOPEN | MSG_NOSIGNAL, SA(a)));
	say_so_error(fd);
}

CHECK(connect, fast_open_when_connected)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(sendto(t.client, "x", 1, MSG_FASTOPEN, SA(t.addr)));
}

CHECK(connect, fast_open_without_address)
{
	int fd = tcp_socket(AF_INET, 0);

	TRY(sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, NULL, 0));
}

/* By sendmsg(): the supervisor leaves sendto() without an address alone. */
CHECK(connect, fast_open_of_ours)
{
	struct trio t = trio_at("127.0.0.1");
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct iovec iov = {"x", 1};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct addr other = at("127.0.0.1", port(1));
	int bound = tcp_socket(AF_INET, 0);

	MUST(bind(bound, SA(other)));
	TRY(sendmsg(bound, &msg, MSG_FASTOPEN | MSG_NOSIGNAL));
	TRY(sendmsg(t.client, &msg, MSG_FASTOPEN));
	TRY(sendmsg(t.listener, &msg, MSG_FASTOPEN | MSG_NOSIGNAL));
	msg.msg_name = &none;
	msg.msg_namelen = 1;
	TRY(sendmsg(t.client, &msg, MSG_FASTOPEN));
	msg.msg_namelen = sizeof(none);
	TRY(sendmsg(t.client, &msg, MSG_FASTOPEN));
	TRY(recv(t.server, none.sa_data, 1, MSG_DONTWAIT));
}

CHECK(connect, fast_open_connect_option)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);

	TRY(set_int(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	TRY(connect(fd, SA(a)));
	TRY(send(fd, "hello", 5, 0));
	say_received(listener);
}

/* ---- Many ---------------------------------------------------------- */

CHECK(connect, a_thousand)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 16), before = count_descriptors(), good = 0;

	for (int i = 0; i < 1000; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), peer;

		good += connect(fd, SA(a)) == 0;
		peer = accept(listener, NULL, NULL);
		good += peer >= 0 && is_vsock(peer) == is_vsock(fd);
		close(peer);
		close(fd);
	}
	say("good: %d", good);
	say("descriptors: %+d", count_descriptors() - before);
}

CHECK(connect, from_many_threads)
{
	enum { CLIENTS = 8 };
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 32), good = 0;
	pthread_t threads[CLIENTS];
	void *result;

	for (int i = 0; i < CLIENTS; i++)
		threads[i] = thread_start(connect_blocking, &a);
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(threads[i], &result);
		good += result == NULL;
	}
	say("connected %d", good);
	for (good = 0; wait_for(listener, POLLIN) && good < CLIENTS; good++)
		if (accept(listener, NULL, NULL) < 0 || good == CLIENTS - 1)
			break;
	say("accepted %d", good + 1);
}
