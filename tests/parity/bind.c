/* SPDX-License-Identifier: MIT */
/* bind(), listen(), accept() and the names of sockets. */
#include "parity.h"

#include "vsock/vm_sockets.h"

/* ---- Ports --------------------------------------------------------- */

static unsigned port_of(int fd)
{
	struct addr a = nowhere();

	MUST(getsockname(fd, SA_OUT(a)));
	return ntohs(a.in.sin_port);
}

static void listen_on_port_0(const char *ip, const char *dial)
{
	struct addr any = at(ip, 0), to;
	int fd = tcp_socket(any.sa.sa_family, 0), client;

	TRY(bind(fd, SA(any)));
	say_sockname("bound", fd);
	TRY(listen(fd, 4));
	say_sockname("listening", fd);
	say("unprivileged: %d", port_of(fd) >= 1024);
	to = at(dial, port_of(fd));
	client = tcp_socket(to.sa.sa_family, 0);
	TRY(connect(client, SA(to)));
	expect_redirected(client);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

CHECK(bind, port_0)
{
	listen_on_port_0("127.0.0.1", "127.0.0.1");
}

CHECK(bind, port_0_ipv6)
{
	listen_on_port_0("::1", "::1");
}

CHECK(bind, port_0_wildcard)
{
	listen_on_port_0("0.0.0.0", "127.0.0.1");
}

CHECK(bind, port_0_ipv6_wildcard)
{
	listen_on_port_0("::", "::1");
}

CHECK(bind, port_0_many_are_different)
{
	enum { MANY = 32 };
	struct addr any = at("127.0.0.1", 0);
	unsigned ports[MANY], same = 0;

	for (int i = 0; i < MANY; i++) {
		int fd = tcp_socket(AF_INET, 0);

		MUST(bind(fd, SA(any)));
		ports[i] = port_of(fd);
		for (int j = 0; j < i; j++)
			same += ports[j] == ports[i];
	}
	say("same: %u", same);
}

CHECK(bind, twice)
{
	struct addr a = at("127.0.0.1", port(0)), b = at("127.0.0.1", port(1));
	int fd = tcp_socket(AF_INET, 0);

	TRY(bind(fd, SA(a)));
	TRY(bind(fd, SA(a)));
	TRY(bind(fd, SA(b)));
	say_sockname("bound", fd);
}

CHECK(bind, when_connected)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr b = at("127.0.0.1", port(1));

	TRY(bind(t.client, SA(b)));
	TRY(bind(t.server, SA(b)));
	TRY(bind(t.listener, SA(b)));
}

static void say_service(int listener, struct addr a)
{
	int client = connect_to(a);

	say_ping(client, TRYFD(accept(listener, NULL, NULL)));
}

/* __inet_bind() takes an address without a family, if it is the wildcard. */
CHECK(bind, wildcard_without_a_family)
{
	struct addr any = at("0.0.0.0", port(0)),
		    one = at("127.0.0.1", port(1));
	int fd = tcp_socket(AF_INET, 0), fd6 = tcp_socket(AF_INET6, 0);

	any.sa.sa_family = one.sa.sa_family = AF_UNSPEC;
	TRY(bind(tcp_socket(AF_INET, 0), SA(one)));
	TRY(bind(tcp_socket(AF_INET, 0), &any.sa, any.len - 1));
	TRY(bind(fd6, SA(any)));
	any.len = sizeof(any.in6);
	TRY(bind(fd6, SA(any)));
	any.len = sizeof(any.in);
	TRY(bind(fd, SA(any)));
	expect_redirected(fd);
	TRY(bind(fd, SA(any)));
	TRY(listen(fd, 4));
	say_service(fd, at("127.0.0.1", port(0)));
}

CHECK(bind, wildcard_without_a_family_or_port)
{
	struct addr any = at("0.0.0.0", 0), to = nowhere();
	int fd = tcp_socket(AF_INET, 0);

	any.sa.sa_family = AF_UNSPEC;
	TRY(bind(fd, SA(any)));
	expect_redirected(fd);
	TRY(listen(fd, 4));
	MUST(getsockname(fd, SA_OUT(to)));
	to = at("127.0.0.1", ntohs(to.in.sin_port));
	say_service(fd, to);
}

/* As authbind's helper does: another process, that has no library, binds it. */
static void bind_for(int fd, struct addr a)
{
	pid_t child;

	MUST(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	child = MUST(fork());
	if (!child)
		_exit(libc()->bind(fd, SA(a)) != 0);
	say_child(child);
}

static void listen_bound(const char *ip, const char *dialled)
{
	struct addr a = at(ip, port(0));
	int fd = tcp_socket(a.sa.sa_family, 0);

	bind_for(fd, a);
	say_sockname("bound", fd);
	TRY(listen(fd, 4));
	expect_redirected(fd);
	say_sockname("listening", fd);
	say_service(fd, at(dialled, port(0)));
}

CHECK(bind, in_another_process)
{
	listen_bound("127.0.0.1", "127.0.0.1");
}

CHECK(bind, in_another_process_wildcard)
{
	listen_bound("0.0.0.0", "127.0.0.1");
}

CHECK(bind, in_another_process_ipv6)
{
	listen_bound("::1", "::1");
}

/* The address is not ruled, so it is TCP's, here and there. */
CHECK_WITH(bind, in_another_process_without_a_rule, CHECK_DIRECT)
{
	struct addr a = at("127.0.0.1", direct_port(0));
	int fd = tcp_socket(AF_INET, 0), client = tcp_socket(AF_INET, 0);

	bind_for(fd, a);
	TRY(listen(fd, 4));
	say("vsock: %d", is_vsock(fd));
	TRY(connect(client, SA(a)));
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

CHECK(bind, listen_without_bind)
{
	struct addr to;
	int fd = tcp_socket(AF_INET, 0);

	TRY(listen(fd, 4));
	say_sockname("listening", fd);
	to = at("127.0.0.1", port_of(fd));
	say("port: %d", to.in.sin_port != 0);
	SAY_OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN);
}

/* Its port was the kernel's choice, and goes with the listener. */
static void bind_a_former_listener(bool by_early)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct addr one = at("127.0.0.1", port(0));
	struct addr two = at("127.0.0.1", port(1));
	int fd = tcp_socket(AF_INET, 0), early = MUST(dup(fd)), copy;

	MUST(listen(fd, 4));
	copy = MUST(dup(fd));
	TRY(connect(fd, &none, sizeof(none)));
	TRY(bind(by_early ? early : copy, SA(one)));
	TRY(bind(copy, SA(two)));
	TRY(bind(fd, SA(two)));
	say_sockname("fd", fd);
	say_sockname("early", early);
	say_sockname("copy", copy);
}

CHECK(bind, by_a_copy_once_no_listener_any_more)
{
	bind_a_former_listener(false);
}

CHECK(bind, by_an_early_copy_once_no_listener_any_more)
{
	bind_a_former_listener(true);
}

CHECK(bind, listen_twice)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = listen_at(a, 1), client;

	TRY(listen(fd, 8));
	TRY(listen(fd, 0));
	client = connect_to(a);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

CHECK(bind, listen_negative_backlog)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), client;

	TRY(bind(fd, SA(a)));
	TRY(listen(fd, -1));
	client = connect_to(a);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

CHECK(bind, listen_when_connected)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(listen(t.client, 4));
	TRY(listen(t.server, 4));
}

static void as_nobody(void (*run)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(65534) || setuid(65534))
			skip("this user namespace has nobody else");
		run(arg);
		_exit(0);
	}
	say_child(pid);
}

static void bind_low(void *arg)
{
	struct addr a = at("127.0.0.1", 80);
	int fd = tcp_socket(AF_INET, 0);

	(void)arg;
	TRY(bind(fd, SA(a)));
}

CHECK(bind, low_port_unprivileged)
{
	if (geteuid() != 0)
		skip("needs root to stop being it");
	as_nobody(bind_low, NULL);
}

static void listen_unprivileged(void *arg)
{
	struct addr any = at("127.0.0.1", 0);
	int fd = tcp_socket(AF_INET, 0);

	(void)arg;
	TRY(bind(fd, SA(any)));
	TRY(listen(fd, 4));
	say("unprivileged: %d", port_of(fd) >= 1024);
}

CHECK(bind, port_0_unprivileged)
{
	if (geteuid() != 0)
		skip("needs root to stop being it");
	as_nobody(listen_unprivileged, NULL);
}

CHECK(bind, low_port_as_root)
{
	struct addr a = at("127.0.0.1", 81);
	int fd = tcp_socket(AF_INET, 0), client;

	if (geteuid() != 0)
		skip("needs root");
	TRY(bind(fd, SA(a)));
	TRY(listen(fd, 4));
	say_sockname("listening", fd);
	client = connect_to(a);
	say_peername("peer", client);
}

/* ---- In use -------------------------------------------------------- */

static int bind_again(struct addr a)
{
	int fd = tcp_socket(a.sa.sa_family, 0);

	TRY(bind(fd, SA(a)));
	return fd;
}

CHECK(bind, in_use)
{
	struct addr a = at("127.0.0.1", port(0));

	listen_at(a, 4);
	bind_again(a);
}

CHECK(bind, in_use_when_only_bound)
{
	struct addr a = at("127.0.0.1", port(0));

	bind_again(a);
	bind_again(a);
}

CHECK(bind, in_use_then_another_port)
{
	struct addr a = at("127.0.0.1", port(0)), b = at("127.0.0.1", port(1));
	int fd = tcp_socket(AF_INET, 0), client;

	listen_at(a, 4);
	TRY(bind(fd, SA(a)));
	TRY(bind(fd, SA(b)));
	TRY(listen(fd, 4));
	client = connect_to(b);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

CHECK(bind, in_use_with_reuseaddr)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	listen_at(a, 4);
	MUST(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	TRY(bind(fd, SA(a)));
}

/* TCP lets both be bound while neither listens. */
CHECK(bind, in_use_both_with_reuseaddr)
{
	struct addr a = at("127.0.0.1", port(0));
	int one = tcp_socket(AF_INET, 0), two = tcp_socket(AF_INET, 0);

	MUST(set_int(one, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(set_int(two, SOL_SOCKET, SO_REUSEADDR, 1));
	TRY(bind(one, SA(a)));
	TRY(bind(two, SA(a)));
	TRY(listen(one, 4));
	TRY(listen(two, 4));
}

CHECK(bind, in_use_by_wildcard)
{
	struct addr a = at("0.0.0.0", port(0)), b = at("127.0.0.1", port(0));

	listen_at(a, 4);
	bind_again(b);
}

CHECK(bind, in_use_by_another_process)
{
	struct addr a = at("127.0.0.1", port(0));
	int ready[2];
	pid_t pid;
	char c;

	MUST(pipe(ready));
	pid = fork();
	if (pid == 0) {
		listen_at(a, 4);
		MUST(write(ready[1], "r", 1));
		pause();
	}
	MUST(read(ready[0], &c, 1));
	bind_again(a);
	kill(pid, SIGTERM);
	say_child(pid);
	bind_again(a);
}

CHECK(bind, free_after_close)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	TRY(bind(fd, SA(a)));
	TRY(close(fd));
	fd = bind_again(a);
	TRY(listen(fd, 4));
	TRY(close(fd));
	bind_again(a);
}

CHECK(bind, reuseaddr_after_connections)
{
	struct trio t = trio_at("127.0.0.1");
	int fd = tcp_socket(AF_INET, 0);

	TRY(close(t.server));
	TRY(close(t.client));
	TRY(close(t.listener));
	MUST(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	TRY(bind(fd, SA(t.addr)));
	TRY(listen(fd, 4));
}

/* As Python, nginx, redis and Node do. */
static void dual(const char *first, const char *second)
{
	struct addr a = at(first, port(0)), b = at(second, port(0));
	int fda = tcp_socket(a.sa.sa_family, 0);
	int fdb = tcp_socket(b.sa.sa_family, 0), client;

	set_int(fda, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	set_int(fdb, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	TRY(bind(fda, SA(a)));
	TRY(listen(fda, 4));
	TRY(bind(fdb, SA(b)));
	TRY(listen(fdb, 4));
	say_sockname("first", fda);
	say_sockname("second", fdb);
	client = connect_to(at("127.0.0.1", port(0)));
	say("dialled: %d", client >= 0);
}

CHECK(bind, ipv4_then_ipv6_v6only)
{
	dual("0.0.0.0", "::");
}

CHECK(bind, ipv6_v6only_then_ipv4)
{
	dual("::", "0.0.0.0");
}

CHECK(bind, loopback_ipv4_then_ipv6)
{
	dual("127.0.0.1", "::1");
}

CHECK(bind, dual_listeners_serve_both_families)
{
	enum { CLIENTS = 4 };
	struct addr a = at("0.0.0.0", port(0)), b = at("::", port(0));
	int fds[2] = {tcp_socket(AF_INET, 0), tcp_socket(AF_INET6, 0)};
	int accepted = 0;

	MUST(set_int(fds[1], IPPROTO_IPV6, IPV6_V6ONLY, 1));
	MUST(bind(fds[0], SA(a)));
	MUST(bind(fds[1], SA(b)));
	MUST(listen(fds[0], 8));
	MUST(listen(fds[1], 8));
	for (int i = 0; i < CLIENTS; i++)
		connect_to(at(i % 2 ? "127.0.0.1" : "::1", port(0)));
	while (accepted < CLIENTS) {
		struct pollfd p[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};

		if (poll(p, 2, PATIENCE) < 1)
			break;
		for (int i = 0; i < 2; i++)
			if (p[i].revents == POLLIN)
				accepted += accept(fds[i], NULL, NULL) >= 0;
	}
	say("accepted %d", accepted);
}

/* Which of the two a client over IPv4 comes to, and what it is shown as. */
static void ipv4_client_of(const int fds[2])
{
	struct pollfd p[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};
	struct sockaddr_storage peer = {0};
	socklen_t len = sizeof(peer);
	int client = connect_to(at("127.0.0.1", port(0))), fd;

	poll(p, 2, PATIENCE);
	say("ready: %#x %#x", p[0].revents, p[1].revents);
	fd = accept(fds[p[1].revents != 0], (struct sockaddr *)&peer, &len);
	say("peer: family %d, %u bytes", peer.ss_family, len);
	say_ping(client, fd);
}

static int bound_v6only(const char *ip, bool listening)
{
	struct addr a = at(ip, port(0));
	int fd = tcp_socket(a.sa.sa_family, SOCK_NONBLOCK);

	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	TRY(bind(fd, SA(a)));
	if (listening)
		TRY(listen(fd, 8));
	return fd;
}

CHECK(bind, ipv4_client_comes_to_ipv4_bound_last)
{
	int fds[2] = {bound_v6only("::", false),
		      bound_v6only("0.0.0.0", false)};

	TRY(listen(fds[0], 8));
	TRY(listen(fds[1], 8));
	ipv4_client_of(fds);
	say("O_NONBLOCK: %d", !!(fcntl(fds[1], F_GETFL) & O_NONBLOCK));
	say_sockname("IPv6", fds[0]);
	say_sockname("IPv4", fds[1]);
}

CHECK(bind, ipv4_client_comes_to_ipv4_listening_last)
{
	int fds[2] = {bound_v6only("::1", true)};

	fds[1] = bound_v6only("127.0.0.1", true);
	ipv4_client_of(fds);
}

CHECK(bind, ipv4_client_comes_to_ipv4_listening_first)
{
	int fds[2] = {bound_v6only("0.0.0.0", true)};

	fds[1] = bound_v6only("::", true);
	ipv4_client_of(fds);
}

CHECK(bind, ipv6_in_epoll_then_ipv4)
{
	int fds[2] = {bound_v6only("::", true)}, epfd = MUST(epoll_create1(0));
	struct epoll_event event = {.events = EPOLLIN, .data.fd = 6};

	TRY(epoll_ctl(epfd, EPOLL_CTL_ADD, fds[0], &event));
	fds[1] = bound_v6only("0.0.0.0", true);
	event.data.fd = 4;
	TRY(epoll_ctl(epfd, EPOLL_CTL_ADD, fds[1], &event));
	connect_to(at("127.0.0.1", port(0)));
	TRY(epoll_wait(epfd, &event, 1, PATIENCE));
	say("ready: %d", event.data.fd);
	TRY(epoll_ctl(epfd, EPOLL_CTL_DEL, fds[0], NULL));
}

CHECK(bind, ipv6_has_a_copy_then_ipv4)
{
	int fds[2] = {bound_v6only("::", true)}, copy = MUST(dup(fds[0]));
	struct pollfd p[3];

	fds[1] = bound_v6only("0.0.0.0", true);
	connect_to(at("127.0.0.1", port(0)));
	p[0] = (struct pollfd){fds[0], POLLIN, 0};
	p[1] = (struct pollfd){fds[1], POLLIN, 0};
	p[2] = (struct pollfd){copy, POLLIN, 0};
	poll(p, 3, PATIENCE);
	say("came: %d", p[0].revents || p[1].revents || p[2].revents);
}

CHECK(bind, quiet_listener_listens_again)
{
	int fds[2] = {bound_v6only("0.0.0.0", true), bound_v6only("::", true)};

	TRY(shutdown(fds[1], SHUT_RDWR));
	TRY(listen(fds[1], 8));
	ipv4_client_of(fds);
}

static struct sockaddr_vm vsock_name_of(int fd)
{
	struct sockaddr_vm vm = {0};
	socklen_t len = sizeof(vm);

	libc()->getsockname(fd, (struct sockaddr *)&vm, &len);
	return vm;
}

/* Past the table, by its vsock address. False: it can't be reached. */
static bool reach(int listener)
{
	struct sockaddr_vm vm = vsock_name_of(listener);
	int fd = libc()->socket(AF_VSOCK, SOCK_STREAM, 0);
	struct pollfd p = {listener, POLLIN, 0};

	vm.svm_cid = VMADDR_CID_LOCAL;
	return fd >= 0 &&
	       !libc()->connect(fd, (struct sockaddr *)&vm, sizeof(vm)) &&
	       poll(&p, 1, PATIENCE) == 1;
}

/* Where two share a port the second one has no rule that leads to it. */
CHECK(bind, nobody_reaches_the_second_of_two)
{
	int fds[2] = {bound_v6only("127.0.0.1", true),
		      bound_v6only("::1", true)};

	if (redirected_run() && !hybrid_run()) {
		say("on other CIDs: %d",
		    vsock_name_of(fds[1]).svm_cid == VMADDR_CID_ANY);
		reach(fds[1]);
	} else {
		say("on other CIDs: 0");
	}
	TRYFD(accept(fds[1], NULL, NULL));
	ipv4_client_of(fds);
}

CHECK(bind, dual_stack_then_ipv4_in_use)
{
	struct addr a = at("::", port(0)), b = at("0.0.0.0", port(0));

	listen_at(a, 4);
	bind_again(b);
}

CHECK(bind, dual_one_closed_the_other_serves)
{
	struct addr a = at("0.0.0.0", port(0)), b = at("::", port(0));
	int fda = tcp_socket(AF_INET, 0), fdb = tcp_socket(AF_INET6, 0), client;

	MUST(set_int(fdb, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	MUST(bind(fda, SA(a)));
	MUST(listen(fda, 8));
	MUST(bind(fdb, SA(b)));
	MUST(listen(fdb, 8));
	TRY(close(fdb));
	client = connect_to(at("127.0.0.1", port(0)));
	say_ping(client, TRYFD(accept(fda, NULL, NULL)));
}

CHECK(bind, two_addresses_one_port)
{
	struct addr a = at("127.0.0.1", port(0)), b = at("127.0.0.5", port(0));
	int one = listen_at(a, 4), two = listen_at(b, 4);
	int fda = connect_to(a), fdb = connect_to(b), server;

	server = TRYFD(accept(one, NULL, NULL));
	say_ping(fda, server);
	say_sockname("one", server);
	server = TRYFD(accept(two, NULL, NULL));
	say_ping(fdb, server);
	say_sockname("two", server);
}

static int reuseport_listener(struct addr a)
{
	int fd = tcp_socket(AF_INET, 0);

	TRY(set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1));
	TRY(bind(fd, SA(a)));
	TRY(listen(fd, 8));
	SAY_OPTION(fd, SOL_SOCKET, SO_REUSEPORT);
	return fd;
}

CHECK(bind, reuseport_in_one_process)
{
	struct addr a = at("127.0.0.1", port(0));
	int one = reuseport_listener(a), two = reuseport_listener(a);
	struct pollfd p[2] = {{one, POLLIN, 0}, {two, POLLIN, 0}};
	int fd = connect_to(a);

	say("ready: %d", poll(p, 2, PATIENCE));
	say_ping(fd, accept(p[0].revents ? one : two, NULL, NULL));
}

CHECK(bind, reuseport_then_without)
{
	struct addr a = at("127.0.0.1", port(0));

	reuseport_listener(a);
	bind_again(a);
}

static void bind_reuseport(void *arg)
{
	struct addr *a = arg;
	int fd = tcp_socket(AF_INET, 0);

	MUST(set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1));
	TRY(bind(fd, SA(*a)));
}

CHECK(bind, reuseport_in_two_processes)
{
	struct addr a = at("127.0.0.1", port(0));

	reuseport_listener(a);
	say_child(child_start(bind_reuseport, &a));
}

HELPER(reuseport)
{
	(void)argc;
	(void)argv;
	reuseport_listener(at("127.0.0.1", port(0)));
	return 0;
}

CHECK(bind, reuseport_in_unrelated_processes)
{
	struct addr a = at("127.0.0.1", port(0));

	reuseport_listener(a);
	say_child(helper_start("reuseport", WITH_LIBRARY, NULL));
}

/* ---- Names --------------------------------------------------------- */

CHECK(bind, names_of_a_fresh_socket)
{
	int fd = tcp_socket(AF_INET, 0), fd6 = tcp_socket(AF_INET6, 0);

	say_sockname("ipv4", fd);
	say_sockname("ipv6", fd6);
	say_peername("ipv4", fd);
	say_peername("ipv6", fd6);
}

static void say_names(struct trio t)
{
	say_sockname("listener", t.listener);
	say_sockname("client", t.client);
	say_peername("client's peer", t.client);
	say_sockname("server", t.server);
	say_peername("server's peer", t.server);
	say_peername("listener's peer", t.listener);
}

CHECK(bind, names_ipv4)
{
	say_names(trio_at("127.0.0.1"));
}

CHECK(bind, names_ipv6)
{
	say_names(trio_at("::1"));
}

CHECK(bind, names_other_ports)
{
	say_names(trio_at("127.0.0.5"));
}

static struct trio trio_across(const char *server, const char *client)
{
	struct trio t;

	t.listener = listen_at(at(server, port(0)), 4);
	t.client = connect_to(at(client, port(0)));
	t.server = (int)MUST(accept(t.listener, NULL, NULL));
	return t;
}

CHECK(bind, names_wildcard_listener)
{
	say_names(trio_across("0.0.0.0", "127.0.0.1"));
}

CHECK(bind, names_dual_stack_listener_ipv4_client)
{
	say_names(trio_across("::", "127.0.0.1"));
}

CHECK(bind, names_dual_stack_listener_ipv6_client)
{
	say_names(trio_across("::", "::1"));
}

CHECK(bind, names_v4mapped_client)
{
	say_names(trio_across("127.0.0.1", "::ffff:127.0.0.1"));
}

CHECK(bind, names_after_bind)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	MUST(bind(fd, SA(a)));
	say_sockname("bound", fd);
	say_peername("bound", fd);
	SAY_OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN);
	MUST(listen(fd, 1));
	say_sockname("listening", fd);
	SAY_OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN);
}

static bool same_end(int fd, int peer)
{
	struct addr own = nowhere(), seen = nowhere();

	MUST(getsockname(fd, SA_OUT(own)));
	MUST(getpeername(peer, SA_OUT(seen)));
	return own.len == seen.len && memcmp(&own.sa, &seen.sa, own.len) == 0;
}

CHECK(bind, both_sides_agree)
{
	struct trio t = trio_at("127.0.0.1"), six;

	say("client: %d", same_end(t.client, t.server));
	say("server: %d", same_end(t.server, t.client));
	close(t.listener);
	six = trio_at("::1");
	say("ipv6 client: %d", same_end(six.client, six.server));
	say("ipv6 server: %d", same_end(six.server, six.client));
}

/* vsock ports have 32 bits, and what is shown of them 16. */
CHECK(bind, both_sides_agree_on_many)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), good = 0;

	for (int i = 0; i < 200; i++) {
		int client = connect_to(a);
		int server = (int)MUST(accept(listener, NULL, NULL));

		good += same_end(client, server) && same_end(server, client) &&
			port_of(client) != 0;
		close(client);
		close(server);
	}
	say("good: %d", good);
}

CHECK(bind, names_stay_the_same)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr first = nowhere(), then = nowhere();

	MUST(getsockname(t.client, SA_OUT(first)));
	for (int i = 0; i < 3; i++)
		MUST(getsockname(t.client, SA_OUT(then)));
	say("same: %d", memcmp(&first.in, &then.in, sizeof(first.in)) == 0);
	say("port: %d", first.in.sin_port != 0);
}

CHECK(bind, zero_padding)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = nowhere();
	static const char zeros[8];

	MUST(getpeername(t.client, SA_OUT(a)));
	say("sin_zero: %d", memcmp(a.in.sin_zero, zeros, 8));
	a = nowhere();
	MUST(getsockname(t.client, SA_OUT(a)));
	say("sin_zero: %d", memcmp(a.in.sin_zero, zeros, 8));
}

CHECK(bind, names_after_the_peer_is_gone)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	MUST(close(t.server));
	say("end: %zd", read(t.client, &c, 1));
	say_sockname("own", t.client);
	say_peername("peer", t.client);
}

CHECK(bind, names_after_shutdown_write)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(shutdown(t.client, SHUT_WR));
	say_sockname("own", t.client);
	say_peername("peer", t.client);
	say("woken: %d", wait_for(t.server, POLLIN));
	say_peername("the other's peer", t.server);
}

CHECK(bind, names_after_shutdown_both)
{
	struct trio t = trio_at("127.0.0.1");

	TRY(shutdown(t.client, SHUT_RDWR));
	say_sockname("own", t.client);
	say_peername("peer", t.client);
}

static void truncated(int fd, int (*get)(int, struct sockaddr *, socklen_t *))
{
	for (socklen_t room = 0; room <= 20; room += 4) {
		unsigned char buf[64];
		socklen_t len = room;
		int touched = 0;

		memset(buf, 0xee, sizeof(buf));
		if (get(fd, (struct sockaddr *)buf, &len) < 0)
			say("%u: %s", room, errno_text(errno));
		for (size_t i = room; i < sizeof(buf); i++)
			touched += buf[i] != 0xee;
		say("room %u: length %u, past the end %d", room, len, touched);
	}
}

static int libc_getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
	return getsockname(fd, sa, len);
}

static int libc_getpeername(int fd, struct sockaddr *sa, socklen_t *len)
{
	return getpeername(fd, sa, len);
}

CHECK(bind, getsockname_truncation)
{
	struct trio t = trio_at("127.0.0.1");

	truncated(t.client, libc_getsockname);
	truncated(t.listener, libc_getsockname);
}

CHECK(bind, getpeername_truncation)
{
	struct trio t = trio_at("::1");

	truncated(t.client, libc_getpeername);
}

CHECK(bind, accept_truncation)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);
	unsigned char buf[64];

	for (socklen_t room = 0; room <= 20; room += 5) {
		socklen_t len = room;
		int touched = 0;

		memset(buf, 0xee, sizeof(buf));
		connect_to(a);
		TRYFD(accept(listener, (struct sockaddr *)buf, &len));
		for (size_t i = room; i < sizeof(buf); i++)
			touched += buf[i] != 0xee;
		say("room %u: length %u, past the end %d", room, len, touched);
	}
}

CHECK(bind, names_bad_arguments)
{
	struct trio t = trio_at("127.0.0.1");
	struct sockaddr *none = NULL, *bad = (void *)8;
	socklen_t *no_length = NULL, *bad_length = (void *)8;
	socklen_t negative = (socklen_t)-1, some = 16;
	struct addr a = nowhere();

	TRY(getsockname(t.client, &a.sa, no_length));
	TRY(getsockname(t.client, &a.sa, bad_length));
	TRY(getsockname(t.client, none, &some));
	TRY(getsockname(t.client, bad, &some));
	TRY(getsockname(t.client, &a.sa, &negative));
	TRY(getpeername(t.client, &a.sa, no_length));
	TRY(getpeername(t.client, none, &some));
	TRY(getpeername(t.client, &a.sa, &negative));
	TRY(getsockname(-1, &a.sa, &some));
	TRY(getpeername(0x7fff, &a.sa, &some));
}

CHECK(bind, bad_arguments)
{
	struct addr a = at("127.0.0.1", port(0)), a6 = at("::1", port(0));
	struct sockaddr *none = NULL, *bad = (void *)8;
	int fd = tcp_socket(AF_INET, 0), fd6 = tcp_socket(AF_INET6, 0), p[2];

	TRY(bind(fd, none, 16));
	TRY(bind(fd, bad, 16));
	TRY(bind(fd, &a.sa, 0));
	TRY(bind(fd, &a.sa, 15));
	TRY(bind(fd, &a.sa, (socklen_t)-1));
	TRY(bind(fd, SA(a6)));
	TRY(bind(fd6, SA(a)));
	TRY(bind(fd6, &a6.sa, 23));
	TRY(bind(-1, SA(a)));
	MUST(pipe(p));
	TRY(bind(p[0], SA(a)));
	TRY(listen(p[0], 1));
	TRY(listen(-1, 1));
}

CHECK(bind, unspec_family)
{
	struct addr any = at("0.0.0.0", port(0)), one;
	int fd = tcp_socket(AF_INET, 0);

	any.sa.sa_family = AF_UNSPEC;
	one = at("127.0.0.1", port(1));
	one.sa.sa_family = AF_UNSPEC;
	TRY(bind(fd, SA(one)));
	TRY(bind(fd, SA(any)));
}

CHECK(bind, address_not_ours)
{
	struct addr a = at("192.0.2.1", direct_port(0));
	int fd = tcp_socket(AF_INET, 0);

	TRY(bind(fd, SA(a)));
}

CHECK(bind, v4mapped_listener)
{
	struct addr a = at("::ffff:127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET6, 0), client;

	TRY(bind(fd, SA(a)));
	TRY(listen(fd, 4));
	say_sockname("listening", fd);
	client = connect_to(at("127.0.0.1", port(0)));
	say_peername("peer", client);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

/* ---- accept() ------------------------------------------------------ */

CHECK(accept, peer_address)
{
	struct addr a = at("127.0.0.1", port(0)), peer = nowhere();
	int listener = listen_at(a, 4);

	connect_to(a);
	TRYFD(accept(listener, SA_OUT(peer)));
	say_addr("peer", &peer);
}

CHECK(accept, peer_address_ipv6)
{
	struct addr a = at("::1", port(0)), peer = nowhere();
	int listener = listen_at(a, 4);

	connect_to(a);
	TRYFD(accept(listener, SA_OUT(peer)));
	say_addr("peer", &peer);
}

/* A client that is not ours, from a port with no bit in the low sixteen. */
static int plain_client(struct addr to)
{
	struct sockaddr_vm from = {.svm_family = AF_VSOCK,
				   .svm_cid = VMADDR_CID_LOCAL,
				   .svm_port = 0x70000};
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = ntohs(to.in.sin_port)};
	int fd;

	if (!redirected_run())
		return connect_to(to);
	fd = (int)MUST(libc()->socket(AF_VSOCK, SOCK_STREAM, 0));
	MUST(libc()->bind(fd, (void *)&from, sizeof(from)));
	MUST(libc()->connect(fd, (void *)&vm, sizeof(vm)));
	return fd;
}

CHECK(accept, peer_port_is_never_0)
{
	struct addr a = at("127.0.0.1", port(0)), peer = nowhere();
	int listener = listen_at(a, 4), client = plain_client(a), server;

	server = TRYFD(accept(listener, SA_OUT(peer)));
	say_addr("peer", &peer);
	say_peername("peer", server);
	say_ping(client, server);
}

CHECK(accept, bad_arguments)
{
	struct addr a = at("127.0.0.1", port(0)), peer = nowhere();
	int listener = listen_at(a, 8), fd = tcp_socket(AF_INET, 0);
	socklen_t *no_length = NULL, negative = (socklen_t)-1;
	struct sockaddr *none = NULL;

	TRY(accept(fd, SA_OUT(peer)));
	TRY(accept(-1, SA_OUT(peer)));
	connect_to(a);
	TRY(accept(listener, &peer.sa, no_length));
	connect_to(a);
	TRY(accept(listener, &peer.sa, &negative));
	connect_to(a);
	TRYFD(accept(listener, none, no_length));
	connect_to(a);
	TRYFD(accept(listener, none, &negative));
}

CHECK(accept, on_what_does_not_listen)
{
	struct trio t = trio_at("127.0.0.1");
	struct addr a = at("127.0.0.1", port(1));
	int bound = tcp_socket(AF_INET, 0);

	MUST(bind(bound, SA(a)));
	TRY(accept(bound, NULL, NULL));
	TRY(accept(t.client, NULL, NULL));
	TRY(accept(t.server, NULL, NULL));
}

CHECK(accept, nonblocking)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd;

	MUST(fcntl(listener, F_SETFL, O_NONBLOCK));
	TRY(accept(listener, NULL, NULL));
	connect_to(a);
	say_poll("listener", listener, POLLIN | POLLOUT, PATIENCE);
	fd = TRYFD(accept(listener, NULL, NULL));
	TRY(accept(listener, NULL, NULL));
	say("nonblocking: %d", !!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	TRY(fcntl(fd, F_GETFD));
}

CHECK(accept, accept4_flags)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd;

	connect_to(a);
	connect_to(a);
	fd = TRYFD(accept4(listener, NULL, NULL, SOCK_NONBLOCK));
	say("nonblocking: %d", !!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	TRY(fcntl(fd, F_GETFD));
	fd = TRYFD(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
	say("nonblocking: %d", !!(fcntl(fd, F_GETFL) & O_NONBLOCK));
	TRY(fcntl(fd, F_GETFD));
	TRY(accept4(listener, NULL, NULL, 1));
	connect_to(a);
	TRY(accept4(listener, NULL, NULL, -1));
}

CHECK(accept, rcvtimeo)
{
	struct addr a = at("127.0.0.1", port(0));
	struct timeval tenth = {.tv_usec = 100000};
	int listener = listen_at(a, 4);

	TRY(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &tenth,
		       sizeof(tenth)));
	TRY(accept(listener, NULL, NULL));
}

CHECK(accept, clients_in_order)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 8), clients[4], server;
	char c;

	for (int i = 0; i < 4; i++) {
		clients[i] = connect_to(a);
		c = (char)('a' + i);
		MUST(write(clients[i], &c, 1));
	}
	for (int i = 0; i < 4; i++) {
		server = (int)MUST(accept(listener, NULL, NULL));
		MUST(read(server, &c, 1));
		say("%c", c);
	}
}

CHECK(accept, client_gone_before)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 8), client = connect_to(a), fd;
	char buf[8];

	MUST(write(client, "bye", 3));
	MUST(close(client));
	fd = TRYFD(accept(listener, NULL, NULL));
	TRY(recv(fd, buf, 3, MSG_WAITALL));
	TRY(recv(fd, buf, 3, 0));
}

struct acceptor {
	int listener;
	pid_t tid;
	int result, err;
};

static void *accept_one(void *arg)
{
	struct acceptor *a = arg;

	__atomic_store_n(&a->tid, gettid(), __ATOMIC_RELEASE);
	a->result = accept(a->listener, NULL, NULL);
	a->err = errno;
	return NULL;
}

static pthread_t accept_in_thread(struct acceptor *a)
{
	pthread_t thread = thread_start(accept_one, a);

	while (!__atomic_load_n(&a->tid, __ATOMIC_ACQUIRE))
		;
	wait_until_blocked(getpid(), a->tid);
	return thread;
}

CHECK(accept, shutdown_wakes_a_thread)
{
	struct acceptor a = {.listener =
				     listen_at(at("127.0.0.1", port(0)), 4)};
	pthread_t thread = accept_in_thread(&a);

	TRY(shutdown(a.listener, SHUT_RDWR));
	thread_join(thread);
	say("accept: %d %s", a.result, errno_text(a.err));
}

CHECK(accept, shutdown_read_wakes_a_thread)
{
	struct acceptor a = {.listener =
				     listen_at(at("127.0.0.1", port(0)), 4)};
	pthread_t thread = accept_in_thread(&a);

	TRY(shutdown(a.listener, SHUT_RD));
	thread_join(thread);
	say("accept: %d %s", a.result, errno_text(a.err));
}

CHECK(accept, shutdown_wakes_two_threads)
{
	struct acceptor one = {.listener =
				       listen_at(at("127.0.0.1", port(0)), 4)};
	struct acceptor two = one;
	pthread_t t1 = accept_in_thread(&one), t2 = accept_in_thread(&two);

	TRY(shutdown(one.listener, SHUT_RDWR));
	thread_join(t1);
	thread_join(t2);
	say("%s %s", errno_text(one.err), errno_text(two.err));
}

CHECK(accept, shutdown_through_a_copy)
{
	struct acceptor a = {.listener =
				     listen_at(at("127.0.0.1", port(0)), 4)};
	int copy = (int)MUST(dup(a.listener));
	pthread_t thread = accept_in_thread(&a);

	TRY(shutdown(copy, SHUT_RDWR));
	thread_join(thread);
	say("accept: %s", errno_text(a.err));
	TRY(accept(a.listener, NULL, NULL));
}

CHECK(accept, unaccepted_when_the_listener_closes)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = connect_to(a);
	char c;

	MUST(close(listener));
	say("woken: %d", wait_for(fd, POLLIN));
	TRY(recv(fd, &c, 1, 0));
}

CHECK(accept, shutdown_write_does_nothing)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), client;

	TRY(shutdown(listener, SHUT_WR));
	client = connect_to(a);
	say_ping(client, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(accept, after_shutdown)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);

	TRY(shutdown(listener, SHUT_RDWR));
	TRY(accept(listener, NULL, NULL));
	TRY(connect(fd, SA(a)));
	TRY(shutdown(listener, SHUT_RDWR));
}

CHECK(accept, listen_again_after_shutdown)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), client;

	TRY(shutdown(listener, SHUT_RDWR));
	TRY(listen(listener, 4));
	client = connect_to(a);
	say_ping(client, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(accept, poll_after_shutdown)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);

	TRY(shutdown(listener, SHUT_RDWR));
	say_poll("shut", listener, POLLIN, 0);
}

static void *poll_listener(void *arg)
{
	struct acceptor *a = arg;
	struct pollfd p = {.fd = a->listener, .events = POLLIN};

	__atomic_store_n(&a->tid, gettid(), __ATOMIC_RELEASE);
	a->result = poll(&p, 1, PATIENCE);
	a->err = accept(a->listener, NULL, NULL) < 0 ? errno : 0;
	return NULL;
}

CHECK(accept, shutdown_wakes_a_thread_in_poll)
{
	struct acceptor a = {.listener =
				     listen_at(at("127.0.0.1", port(0)), 4)};
	pthread_t thread = thread_start(poll_listener, &a);

	while (!__atomic_load_n(&a.tid, __ATOMIC_ACQUIRE))
		;
	wait_until_blocked(getpid(), a.tid);
	TRY(shutdown(a.listener, SHUT_RDWR));
	thread_join(thread);
	say("poll: %d, accept: %s", a.result, errno_text(a.err));
}

CHECK(accept, poll_on_a_listener)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);

	say_poll("idle", listener, POLLIN | POLLOUT | POLLRDHUP, 0);
	connect_to(a);
	say_poll("waiting", listener, POLLIN | POLLOUT | POLLRDHUP, PATIENCE);
	TRYFD(accept(listener, NULL, NULL));
	say_poll("idle again", listener, POLLIN | POLLOUT | POLLRDHUP, 0);
}

CHECK(accept, poll_on_a_fresh_socket)
{
	int fd = tcp_socket(AF_INET, 0);

	say_poll("fresh", fd, POLLIN | POLLOUT, 0);
}

CHECK(accept, poll_on_a_bound_socket)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	MUST(bind(fd, SA(a)));
	say_poll("bound", fd, POLLIN | POLLOUT, 0);
}

CHECK(accept, a_thousand)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 64), before = count_descriptors(), good = 0;

	for (int round = 0; round < 50; round++) {
		int clients[20];

		for (int i = 0; i < 20; i++)
			clients[i] = connect_to(a);
		for (int i = 0; i < 20; i++) {
			struct addr peer = nowhere();
			int fd = accept(listener, SA_OUT(peer));

			good += fd >= 0 && peer.sa.sa_family == AF_INET;
			close(fd);
			close(clients[i]);
		}
	}
	say("good: %d", good);
	say("descriptors: %+d", count_descriptors() - before);
}

CHECK(accept, two_threads_on_one_listener)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);
	struct acceptor one = {.listener = listener}, two = one;
	pthread_t t1 = accept_in_thread(&one), t2 = accept_in_thread(&two);

	connect_to(a);
	connect_to(a);
	thread_join(t1);
	thread_join(t2);
	say("both: %d", one.result >= 0 && two.result >= 0);
	say("different: %d", one.result != two.result);
}

static int listen_freely(const char *ip, unsigned n)
{
	struct addr a = at(ip, port(n));
	int fd = tcp_socket(AF_INET6, 0);

	MUST(set_int(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1));
	MUST(bind(fd, SA(a)));
	MUST(listen(fd, 4));
	return fd;
}

/* In the first 96 bits. */
CHECK(bind, ipv6_addresses_that_differ_in_front)
{
	static const char *const ips[] = {"fd00:1::5", "fd00:2::5", "fd00::5",
					  "fe00:1::5"};
	int fds[4];

	for (unsigned i = 0; i < 4; i++)
		fds[i] = listen_freely(ips[i], i);
	for (unsigned i = 0; i < 4; i++)
		say_sockname(ips[i], fds[i]);
	TRY(shutdown(fds[0], SHUT_RDWR));
	TRY(listen(fds[0], 4));
	say_sockname("again", fds[0]);
	say_sockname("the other", fds[1]);
}
