/* SPDX-License-Identifier: MIT */
/* Sockets that cross fork, exec, SCM_RIGHTS and threads. */
#include "parity.h"

#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "vsock/vm_sockets.h"

extern char **environ;

/* ---- fork ---------------------------------------------------------- */

static void use_client(void *arg)
{
	struct trio *t = arg;

	say_sockname("child's own", t->client);
	say_peername("child's peer", t->client);
	SAY_OPTION(t->client, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(t->client, IPPROTO_TCP, TCP_NODELAY);
	say_ping(t->client, t->server);
}

CHECK(fork, child_uses_the_parents_sockets)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(set_int(t.client, IPPROTO_TCP, TCP_NODELAY, 1));
	say_child(child_start(use_client, &t));
	say_ping(t.client, t.server);
}

static void connect_in_child(void *arg)
{
	struct addr *a = arg;
	int fd = connect_to(*a);

	MUST(write(fd, "hi", 2));
}

CHECK(fork, child_connects_at_once)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd;
	char buf[4] = "";
	pid_t child = child_start(connect_in_child, &a);

	fd = TRYFD(accept(listener, NULL, NULL));
	TRY(recv(fd, buf, 2, MSG_WAITALL));
	say_child(child);
}

static void accept_in_child(void *arg)
{
	int fd = TRYFD(accept(*(int *)arg, NULL, NULL));
	struct addr a = nowhere();

	MUST(getpeername(fd, SA_OUT(a)));
	say_addr("child's peer", &a);
	MUST(write(fd, "from the child", 14));
}

CHECK(fork, child_accepts)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd;
	char buf[16] = "";
	pid_t child = child_start(accept_in_child, &listener);

	fd = connect_to(a);
	TRY(recv(fd, buf, 14, MSG_WAITALL));
	say("\"%s\"", buf);
	say_child(child);
}

static void listen_in_child(void *arg)
{
	TRY(listen(*(int *)arg, 4));
	SAY_OPTION(*(int *)arg, SOL_SOCKET, SO_ACCEPTCONN);
}

CHECK(fork, parent_binds_child_listens)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0), client;

	MUST(bind(fd, SA(a)));
	say_child(child_start(listen_in_child, &fd));
	SAY_OPTION(fd, SOL_SOCKET, SO_ACCEPTCONN);
	client = connect_to(a);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

static void set_in_child(void *arg)
{
	int fd = *(int *)arg;

	MUST(set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
}

CHECK(fork, options_set_in_the_child)
{
	struct trio t = trio_at("127.0.0.1");

	say_child(child_start(set_in_child, &t.client));
	SAY_OPTION(t.client, IPPROTO_TCP, TCP_NODELAY);
	SAY_OPTION(t.client, SOL_SOCKET, SO_KEEPALIVE);
}

CHECK(fork, prefork_server)
{
	enum { CHILDREN = 3 };
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 8), served = 0;
	pid_t children[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			int fd = accept(listener, NULL, NULL);

			_exit(write(fd, "x", 1) == 1 ? 0 : 1);
		}
	}
	for (int i = 0; i < CHILDREN; i++) {
		char c = 0;

		served += read(connect_to(a), &c, 1) == 1 && c == 'x';
	}
	for (int i = 0; i < CHILDREN; i++)
		say_child(children[i]);
	say("served: %d", served);
}

struct sleeper {
	int listener;
	pid_t tid;
	int result;
};

static void *sleep_in_accept(void *arg)
{
	struct sleeper *s = arg;

	__atomic_store_n(&s->tid, gettid(), __ATOMIC_RELEASE);
	s->result = accept(s->listener, NULL, NULL);
	return NULL;
}

static pthread_t start_sleeper(struct sleeper *s)
{
	pthread_t thread = thread_start(sleep_in_accept, s);

	while (!__atomic_load_n(&s->tid, __ATOMIC_ACQUIRE))
		;
	wait_until_blocked(getpid(), s->tid);
	return thread;
}

static void everything_in_child(void *arg)
{
	struct addr a = at("127.0.0.1", port(1));
	int listener = listen_at(a, 4), fd = connect_to(a);

	(void)arg;
	say_sockname("listener", listener);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
	TRY(set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
}

CHECK(fork, with_a_thread_inside_accept)
{
	struct addr a = at("127.0.0.1", port(0));
	struct sleeper s = {.listener = listen_at(a, 4)};
	pthread_t thread = start_sleeper(&s);

	say_child(child_start(everything_in_child, NULL));
	connect_to(a);
	thread_join(thread);
	say("accepted: %d", s.result >= 0);
}

CHECK(fork, parent_closes_child_keeps)
{
	struct trio t = trio_at("127.0.0.1");
	int go[2];
	pid_t pid;
	char c;

	MUST(pipe(go));
	pid = fork();
	if (pid == 0) {
		MUST(read(go[0], &c, 1));
		MUST(write(t.client, "late", 4));
		_exit(0);
	}
	MUST(close(t.client));
	MUST(write(go[1], "g", 1));
	for (int i = 0; i < 4; i++)
		MUST(read(t.server, &c, 1));
	say_child(pid);
	TRY(read(t.server, &c, 1));
}

CHECK(fork, child_closes_parent_keeps)
{
	struct trio t = trio_at("127.0.0.1");
	pid_t pid = fork();

	if (pid == 0) {
		close(t.client);
		close(t.server);
		close(t.listener);
		_exit(0);
	}
	say_child(pid);
	say_ping(t.client, t.server);
	say_peername("peer", t.client);
	SAY_OPTION(t.listener, SOL_SOCKET, SO_ACCEPTCONN);
}

/* A copy in another process is out of reach: it stays an unused socket. */
CHECK(fork, socket_made_before_connected_in_child)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0), server;
	pid_t pid = fork();
	char c;

	if (pid == 0) {
		MUST(connect(fd, SA(a)));
		MUST(write(fd, "x", 1));
		_exit(0);
	}
	server = (int)MUST(accept(listener, NULL, NULL));
	TRY(read(server, &c, 1));
	say_child(pid);
}

static bool enough;

static void *connect_until_enough(void *arg)
{
	struct addr *a = arg;

	while (!__atomic_load_n(&enough, __ATOMIC_ACQUIRE)) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		connect(fd, SA(*a));
		close(fd);
	}
	return NULL;
}

static void connect_and_leave(void *arg)
{
	struct addr *a = arg;

	connect(tcp_socket(AF_INET, 0), SA(*a));
}

/* What a thread holds at the moment of the fork is held in the child forever.
 */
CHECK(fork, while_a_thread_connects)
{
	struct addr nobody = at("127.0.0.1", port(0));
	pthread_t thread = thread_start(connect_until_enough, &nobody);
	int status, good = 0;

	for (int i = 0; i < 20; i++) {
		waitpid(child_start(connect_and_leave, &nobody), &status, 0);
		good += status == 0;
	}
	__atomic_store_n(&enough, true, __ATOMIC_RELEASE);
	thread_join(thread);
	say("good: %d", good);
}

CHECK(fork, vfork_child_closes_and_dups)
{
	struct trio t = trio_at("127.0.0.1");
	pid_t pid = vfork();

	if (pid == 0) {
		close(t.client);
		dup2(t.listener, t.server);
		_exit(0);
	}
	say_child(pid);
	say_sockname("own", t.client);
	say_peername("peer", t.client);
	say_sockname("server's own", t.server);
	say_ping(t.client, t.server);
}

CHECK(fork, posix_spawn_with_file_actions)
{
	struct trio t = trio_at("127.0.0.1");
	posix_spawn_file_actions_t actions;
	char *argv[] = {"true", NULL};
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, t.server, 0);
	posix_spawn_file_actions_addclose(&actions, t.client);
	TRY(posix_spawn(&pid, "/bin/true", &actions, NULL, argv, environ));
	say_child(pid);
	say_ping(t.client, t.server);
	say_peername("peer", t.client);
}

CHECK(fork, system_and_popen)
{
	struct trio t = trio_at("127.0.0.1");
	FILE *out = popen("echo hello", "r");
	char line[16] = "";

	say("line: %d", fgets(line, sizeof(line), out) != NULL);
	TRY(pclose(out));
	TRY(system("exit 3"));
	say_ping(t.client, t.server);
}

/* ---- exec ---------------------------------------------------------- */

enum { INHERITED = 50 };

HELPER(names)
{
	(void)argc;
	(void)argv;
	say_sockname("own", INHERITED);
	say_peername("peer", INHERITED);
	SAY_OPTION(INHERITED, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(INHERITED, SOL_SOCKET, SO_PROTOCOL);
	SAY_OPTION(INHERITED, SOL_SOCKET, SO_ACCEPTCONN);
	SAY_OPTION(INHERITED, SOL_SOCKET, SO_KEEPALIVE);
	return 0;
}

HELPER(serve)
{
	struct addr peer = nowhere();
	int fd = TRYFD(accept(INHERITED, SA_OUT(peer)));

	(void)argc;
	(void)argv;
	say_addr("peer", &peer);
	say_sockname("own", fd);
	MUST(write(fd, "served", 6));
	return 0;
}

HELPER(echo)
{
	char buf[64];
	ssize_t n;

	(void)argc;
	(void)argv;
	while ((n = read(INHERITED, buf, sizeof(buf))) > 0)
		MUST(write_all(INHERITED, buf, (size_t)n));
	return 0;
}

HELPER(nodelay)
{
	(void)argc;
	(void)argv;
	TRY(set_int(INHERITED, IPPROTO_TCP, TCP_NODELAY, 1));
	SAY_OPTION(INHERITED, IPPROTO_TCP, TCP_NODELAY);
	TRY(shutdown(INHERITED, SHUT_WR));
	return 0;
}

static void inherit(int fd, const char *helper)
{
	MUST(dup2(fd, INHERITED));
	say_child(helper_start(helper, WITH_LIBRARY, NULL));
}

CHECK(exec, inherited_client_shows_names)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(set_int(t.client, SOL_SOCKET, SO_KEEPALIVE, 1));
	inherit(t.client, "names");
}

CHECK(exec, inherited_client_shows_names_other_ports)
{
	struct trio t = trio_at("127.0.0.5");

	inherit(t.client, "names");
}

CHECK(exec, inherited_server_shows_names_other_ports)
{
	struct trio t = trio_at("127.0.0.5");

	inherit(t.server, "names");
}

HELPER(options)
{
	(void)argc;
	(void)argv;
	SAY_OPTION(INHERITED, IPPROTO_TCP, TCP_NODELAY);
	SAY_OPTION(INHERITED, IPPROTO_TCP, TCP_KEEPIDLE);
	SAY_OPTION(INHERITED, SOL_SOCKET, SO_KEEPALIVE);
	SAY_OPTION(INHERITED, IPPROTO_IP, IP_TOS);
	return 0;
}

CHECK(exec, options_set_before)
{
	struct trio t = trio_at("127.0.0.1");

	MUST(set_int(t.client, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(set_int(t.client, IPPROTO_TCP, TCP_KEEPIDLE, 33));
	MUST(set_int(t.client, SOL_SOCKET, SO_KEEPALIVE, 1));
	MUST(set_int(t.client, IPPROTO_IP, IP_TOS, 16));
	inherit(t.client, "options");
}

CHECK(exec, inherited_client_shows_names_ipv6)
{
	struct trio t = trio_at("::1");

	inherit(t.client, "names");
}

CHECK(exec, inherited_server_shows_names)
{
	struct trio t = trio_at("127.0.0.1");

	inherit(t.server, "names");
}

CHECK(exec, inherited_server_shows_names_ipv6)
{
	struct trio t = trio_at("::1");

	inherit(t.server, "names");
}

CHECK(exec, inherited_listener_shows_names)
{
	struct trio t = trio_at("127.0.0.1");

	inherit(t.listener, "names");
}

CHECK(exec, inherited_listener_shows_names_wildcard)
{
	inherit(listen_at(at("0.0.0.0", port(0)), 4), "names");
}

CHECK(exec, inherited_listener_shows_names_ipv6_wildcard)
{
	inherit(listen_at(at("::", port(0)), 4), "names");
}

CHECK(exec, inherited_listener_accepts)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd;
	char buf[8] = "";

	MUST(dup2(listen_at(a, 4), INHERITED));
	fd = connect_to(a);
	say_child(helper_start("serve", WITH_LIBRARY, NULL));
	TRY(recv(fd, buf, 6, MSG_WAITALL));
	say("\"%s\"", buf);
}

CHECK(exec, inherited_by_a_plain_program)
{
	struct trio t = trio_at("127.0.0.1");
	char buf[8] = "";
	pid_t pid;

	MUST(dup2(t.server, INHERITED));
	pid = helper_start("echo", WITHOUT_LIBRARY, NULL);
	TRY(send(t.client, "hello", 5, 0));
	TRY(recv(t.client, buf, 5, MSG_WAITALL));
	say("\"%s\"", buf);
	TRY(shutdown(t.client, SHUT_WR));
	say_child(pid);
}

CHECK(exec, options_of_an_inherited_socket)
{
	struct trio t = trio_at("127.0.0.1");
	char c;

	inherit(t.client, "nodelay");
	TRY(read(t.server, &c, 1));
}

CHECK(exec, cloexec_is_closed)
{
	struct trio t = trio_at("127.0.0.1");
	char c;
	pid_t pid;

	MUST(fcntl(t.client, F_SETFD, FD_CLOEXEC));
	MUST(dup2(t.listener, INHERITED));
	pid = helper_start("names", WITH_LIBRARY, NULL);
	say_child(pid);
	MUST(close(t.client));
	TRY(read(t.server, &c, 1));
}

HELPER(late_connect)
{
	struct addr a = at("127.0.0.1", port(0));

	(void)argc;
	(void)argv;
	TRY(connect(INHERITED, SA(a)));
	expect_redirected(INHERITED);
	TRY(send(INHERITED, "late", 4, 0));
	return 0;
}

CHECK(exec, socket_made_before_exec)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4);
	char buf[8];

	inherit(tcp_socket(AF_INET, 0), "late_connect");
	TRY(recv(TRYFD(accept(listener, NULL, NULL)), buf, 4, MSG_WAITALL));
}

HELPER(late_listen)
{
	struct addr a = at("127.0.0.1", port(0));
	int client;

	(void)argc;
	(void)argv;
	say_sockname("bound", INHERITED);
	TRY(listen(INHERITED, 4));
	expect_redirected(INHERITED);
	client = connect_to(a);
	say_ping(client, TRYFD(accept(INHERITED, NULL, NULL)));
	return 0;
}

/* By a program without the library: what runs after it listens. */
CHECK(exec, socket_bound_before_exec)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = libc()->socket(AF_INET, SOCK_STREAM, 0);

	MUST(set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1));
	MUST(libc()->bind(fd, SA(a)));
	inherit(fd, "late_listen");
}

enum { INHERITED_SET = 51 };

HELPER(connect_registered)
{
	struct addr a = at("127.0.0.1", port(0));
	struct epoll_event event = {0};
	char c;

	(void)argc;
	(void)argv;
	TRY(connect(INHERITED, SA(a)));
	TRY(epoll_wait(INHERITED_SET, &event, 1, PATIENCE));
	say("data %d, events %x", (int)event.data.u64, event.events);
	TRY(read(INHERITED, &c, 1));
	TRY(epoll_wait(INHERITED_SET, &event, 1, 0));
	TRY(epoll_ctl(INHERITED_SET, EPOLL_CTL_DEL, INHERITED, NULL));
	return 0;
}

/* A registration that was made before the library was there to see it. */
CHECK(exec, epoll_set_registered_before_exec)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), server;
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 77};
	pid_t pid;

	MUST(dup2(epoll_create1(EPOLL_CLOEXEC), INHERITED_SET));
	MUST(dup2(tcp_socket(AF_INET, SOCK_CLOEXEC), INHERITED));
	MUST(epoll_ctl(INHERITED_SET, EPOLL_CTL_ADD, INHERITED, &event));
	pid = helper_start("connect_registered", WITH_LIBRARY, NULL);
	server = (int)MUST(accept(listener, NULL, NULL));
	MUST(write(server, "x", 1));
	say_child(pid);
}

static void connect_and_tell(void)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = tcp_socket(AF_INET, 0);

	TRY(connect(fd, SA(a)));
	expect_redirected(fd);
	say_peername("peer", fd);
}

HELPER(connect_at_exit)
{
	(void)argc;
	(void)argv;
	return atexit(connect_and_tell);
}

__attribute__((destructor)) static void at_the_very_end(void)
{
	if (getenv("PARITY_AT_THE_END"))
		connect_and_tell();
}

CHECK(exec, connects_in_atexit_and_destructors)
{
	listen_at(at("127.0.0.1", port(0)), 4);
	setenv("PARITY_AT_THE_END", "1", 1);
	say_child(helper_start("connect_at_exit", WITH_LIBRARY, NULL));
}

/* ---- SCM_RIGHTS ---------------------------------------------------- */

HELPER(receive)
{
	int fd = receive_fd(INHERITED);
	char buf[8];

	(void)argc;
	if (argv[1] && strcmp(argv[1], "names") == 0) {
		say_sockname("own", fd);
		say_peername("peer", fd);
		SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
		TRY(fcntl(fd, F_GETFD));
	}
	TRY(read(fd, buf, 5));
	TRY(write(fd, "reply", 5));
	return 0;
}

static void pass_to_helper(const char *ip, enum library library,
			   const char *arg)
{
	struct trio t = trio_at(ip);
	char buf[8] = "";
	int sv[2];
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv));
	MUST(dup2(sv[1], INHERITED));
	pid = helper_start("receive", library, arg);
	send_fd(sv[0], t.server);
	MUST(close(t.server));
	MUST(write(t.client, "hello", 5));
	say_child(pid);
	TRY(recv(t.client, buf, 5, MSG_WAITALL));
}

CHECK(scm_rights, to_a_process_under_the_library)
{
	pass_to_helper("127.0.0.1", WITH_LIBRARY, "names");
}

CHECK(scm_rights, to_a_process_under_the_library_ipv6)
{
	pass_to_helper("::1", WITH_LIBRARY, "names");
}

CHECK(scm_rights, to_a_plain_process)
{
	pass_to_helper("127.0.0.1", WITHOUT_LIBRARY, NULL);
}

CHECK(scm_rights, to_oneself)
{
	struct trio t = trio_at("127.0.0.1");
	int sv[2], fd;

	MUST(set_int(t.client, IPPROTO_TCP, TCP_NODELAY, 1));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	send_fd(sv[0], t.client);
	MUST(close(t.client));
	fd = receive_fd(sv[1]);
	say_sockname("own", fd);
	say_peername("peer", fd);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	say_ping(fd, t.server);
}

HELPER(send_connection)
{
	(void)argc;
	(void)argv;
	send_fd(INHERITED, connect_to(at("127.0.0.1", port(0))));
	return 0;
}

CHECK(scm_rights, from_another_process)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), sv[2], fd;
	pid_t pid;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv));
	MUST(dup2(sv[1], INHERITED));
	pid = helper_start("send_connection", WITH_LIBRARY, NULL);
	fd = receive_fd(sv[0]);
	say_child(pid);
	say_sockname("own", fd);
	say_peername("peer", fd);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

/* Under a number that was another socket's before. */
CHECK(scm_rights, a_socket_with_options_that_is_not_connected)
{
	struct addr a = at("127.0.0.1", port(0));
	int sv[2], fd, before;

	listen_at(a, 4);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	fd = tcp_socket(AF_INET, 0);
	MUST(set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1));
	MUST(set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, 33));
	send_fd(sv[0], fd);
	MUST(close(fd));
	before = tcp_socket(AF_INET, 0);
	MUST(close(before));
	fd = receive_fd(sv[1]);
	say("the same number: %d", fd == before);
	TRY(connect(fd, SA(a)));
	SAY_OPTION(fd, SOL_SOCKET, SO_KEEPALIVE);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_KEEPIDLE);
}

CHECK(scm_rights, a_connection_shut_down_for_reading)
{
	struct trio t = trio_at("127.0.0.1");
	int sv[2], fd;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	send_fd(sv[0], t.client);
	fd = receive_fd(sv[1]);
	MUST(close(t.client));
	TRY(shutdown(fd, SHUT_RD));
	say_ping(fd, t.server);
	TRY(send(t.server, "x", 1, MSG_NOSIGNAL));
}

CHECK(scm_rights, a_listener)
{
	struct addr a = at("127.0.0.1", port(0));
	int sv[2], fd, client;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	send_fd(sv[0], listen_at(a, 4));
	fd = receive_fd(sv[1]);
	say_sockname("listener", fd);
	client = connect_to(a);
	say_ping(client, TRYFD(accept(fd, NULL, NULL)));
}

/* ---- Threads ------------------------------------------------------- */

struct client {
	struct addr addr;
	int rounds, good;
};

static void *connect_and_close(void *arg)
{
	struct client *c = arg;

	for (int i = 0; i < c->rounds; i++) {
		int fd = socket(c->addr.sa.sa_family, SOCK_STREAM, 0);
		struct addr peer = nowhere();

		c->good += connect(fd, SA(c->addr)) == 0 &&
			   getpeername(fd, SA_OUT(peer)) == 0 &&
			   peer.in.sin_port == c->addr.in.sin_port;
		close(fd);
	}
	return NULL;
}

static void *accept_and_close(void *arg)
{
	struct client *c = arg;

	for (int i = 0; i < c->rounds; i++) {
		int fd = accept(c->good, NULL, NULL);

		close(fd);
	}
	return NULL;
}

CHECK(threads, two_connect_at_once)
{
	enum { ROUNDS = 50 };
	struct client one = {.addr = at("127.0.0.1", port(0)),
			     .rounds = ROUNDS};
	struct client two = {.addr = at("::1", port(1)), .rounds = ROUNDS};
	struct client server1 = {.good = listen_at(one.addr, 16),
				 .rounds = ROUNDS};
	struct client server2 = {.good = listen_at(two.addr, 16),
				 .rounds = ROUNDS};
	int before = count_descriptors();
	pthread_t threads[4] = {thread_start(accept_and_close, &server1),
				thread_start(accept_and_close, &server2),
				thread_start(connect_and_close, &one),
				thread_start(connect_and_close, &two)};

	for (int i = 0; i < 4; i++)
		thread_join(threads[i]);
	say("good: %d %d", one.good, two.good);
	say("descriptors: %+d", count_descriptors() - before);
}

static void *read_byte(void *arg)
{
	char c;

	return (void *)(long)read(*(int *)arg, &c, 1);
}

CHECK(threads, one_descriptor_from_many)
{
	enum { READERS = 4 };
	struct trio t = trio_at("127.0.0.1");
	pthread_t threads[READERS];
	void *result;
	int got = 0;

	for (int i = 0; i < READERS; i++)
		threads[i] = thread_start(read_byte, &t.server);
	for (int i = 0; i < READERS; i++)
		MUST(write(t.client, "x", 1));
	for (int i = 0; i < READERS; i++) {
		pthread_join(threads[i], &result);
		got += result == (void *)1;
	}
	say("got: %d", got);
	say_peername("peer", t.client);
}

CHECK(threads, one_descriptor_connected_by_two)
{
	struct addr a = at("127.0.0.1", port(0));
	int listener = listen_at(a, 4), fd = tcp_socket(AF_INET, 0);
	struct client nobody = {.addr = at("127.0.0.1", port(1)), .rounds = 20};
	pthread_t thread = thread_start(connect_and_close, &nobody);

	TRY(connect(fd, SA(a)));
	thread_join(thread);
	say("refused all: %d", nobody.good == 0);
	say_ping(fd, TRYFD(accept(listener, NULL, NULL)));
}

CHECK(exec, close_on_exec_stays_as_it_was)
{
	static const int flags[] = {0, SOCK_CLOEXEC};
	struct addr a = at("127.0.0.1", port(0));

	listen_at(a, 4);
	for (int i = 0; i < 2; i++) {
		int fd = MUST(socket(AF_INET, SOCK_STREAM | flags[i], 0));

		MUST(connect(fd, SA(a)));
		say("close-on-exec: %ld", MUST(fcntl(fd, F_GETFD)));
	}
}

CHECK(threads, shutdown_leaves_no_descriptor)
{
	enum { SLEEPERS = 3 };
	int listener = listen_at(at("127.0.0.1", port(0)), 4);
	int before = count_descriptors();
	struct sleeper sleepers[SLEEPERS] = {0};
	pthread_t threads[SLEEPERS];

	for (int i = 0; i < SLEEPERS; i++) {
		sleepers[i].listener = listener;
		threads[i] = start_sleeper(&sleepers[i]);
	}
	TRY(shutdown(listener, SHUT_RDWR));
	for (int i = 0; i < SLEEPERS; i++)
		thread_join(threads[i]);
	say("descriptors: %+d", count_descriptors() - before);
}

struct setter {
	int fd, value, failed;
};

static void *set_idle(void *arg)
{
	struct setter *s = arg;

	for (int i = 0; i < 100; i++)
		s->failed += set_int(s->fd, IPPROTO_TCP, TCP_KEEPIDLE,
				     s->value) != 0;
	return NULL;
}

/* For ThreadSanitizer: tests/sanitizers.sh runs these under it. */
CHECK(threads, two_set_one_option)
{
	struct trio t = trio_at("127.0.0.1");
	struct setter setters[] = {{t.client, 10, 0}, {t.client, 20, 0}};
	pthread_t threads[] = {thread_start(set_idle, &setters[0]),
			       thread_start(set_idle, &setters[1])};
	int value = 0;
	socklen_t len = sizeof(value);

	for (int i = 0; i < 2; i++)
		thread_join(threads[i]);
	MUST(getsockopt(t.client, IPPROTO_TCP, TCP_KEEPIDLE, &value, &len));
	say("failed: %d, either's: %d", setters[0].failed + setters[1].failed,
	    value == 10 || value == 20);
}

CHECK(threads, cancelled_in_accept)
{
	struct addr a = at("127.0.0.1", port(0));
	struct sleeper s = {.listener = listen_at(a, 4)};
	pthread_t thread = start_sleeper(&s);
	void *result;
	int client;

	TRY(pthread_cancel(thread));
	pthread_join(thread, &result);
	say("cancelled: %d", result == PTHREAD_CANCELED);
	client = connect_to(a);
	say_ping(client, TRYFD(accept(s.listener, NULL, NULL)));
}

static void *sleep_in_poll(void *arg)
{
	struct sleeper *s = arg;
	struct pollfd p = {s->listener, POLLIN, 0};

	__atomic_store_n(&s->tid, gettid(), __ATOMIC_RELEASE);
	poll(&p, 1, PATIENCE);
	return NULL;
}

CHECK(threads, cancelled_in_poll)
{
	struct sleeper s = {.listener = listen_at(at("127.0.0.1", port(0)), 4)};
	pthread_t thread = thread_start(sleep_in_poll, &s);
	void *result;

	while (!__atomic_load_n(&s.tid, __ATOMIC_ACQUIRE))
		sched_yield();
	wait_until_blocked(getpid(), s.tid);
	TRY(pthread_cancel(thread));
	pthread_join(thread, &result);
	say("cancelled: %d", result == PTHREAD_CANCELED);
}

struct connecting {
	struct addr addr;
	int fd, error;
	pid_t tid;
};

static void *sleep_in_connect(void *arg)
{
	struct connecting *c = arg;

	__atomic_store_n(&c->tid, gettid(), __ATOMIC_RELEASE);
	c->error = connect(c->fd, SA(c->addr)) ? errno : 0;
	return NULL;
}

CHECK(threads, cancelled_in_connect)
{
	struct crowd crowd;
	struct connecting c = {.fd = tcp_socket(AF_INET, 0)};
	pthread_t thread;
	void *result;
	int before;

	crowd_begin(&crowd, "127.0.0.1");
	before = count_descriptors();
	c.addr = crowd.addr;
	thread = thread_start(sleep_in_connect, &c);
	while (!__atomic_load_n(&c.tid, __ATOMIC_ACQUIRE))
		;
	wait_until_blocked(getpid(), c.tid);
	TRY(pthread_cancel(thread));
	pthread_join(thread, &result);
	say("cancelled: %d", result == PTHREAD_CANCELED);
	say("descriptors: %+d", count_descriptors() - before);
	TRY(close(c.fd));
	everything_in_child(NULL);
}

/* Starts connecting in a thread, and waits until it sleeps there. */
static pthread_t start_connecting(struct connecting *c, struct addr addr)
{
	pthread_t thread;

	c->addr = addr;
	c->fd = tcp_socket(AF_INET, 0);
	thread = thread_start(sleep_in_connect, c);
	while (!__atomic_load_n(&c->tid, __ATOMIC_ACQUIRE))
		sched_yield(); /* it may have our very priority */
	wait_until_blocked(getpid(), c->tid);
	return thread;
}

CHECK(threads, shutdown_ends_a_connect)
{
	struct connecting c = {.fd = -1};
	struct pending p;
	pthread_t thread;

	pending_begin(&p);
	thread = start_connecting(&c, p.addr);
	TRY(shutdown(c.fd, SHUT_RDWR));
	thread_join(thread);
	say("connect: %s", errno_text(c.error));
	pending_end(&p);
	say_peername("peer", c.fd);
}

CHECK(threads, shutdown_ends_a_connect_to_a_full_queue)
{
	struct connecting c = {.fd = -1};
	struct crowd crowd;
	pthread_t thread;

	crowd_begin(&crowd, "127.0.0.1");
	thread = start_connecting(&c, crowd.addr);
	TRY(shutdown(c.fd, SHUT_RDWR));
	thread_join(thread);
	say("connect: %s", errno_text(c.error));
	say_peername("peer", c.fd);
}

/* It is the same socket for everybody, from one try to the next. */
CHECK(threads, a_socket_that_another_connects_to_a_full_queue)
{
	struct connecting c = {.fd = -1};
	struct crowd crowd;
	pthread_t thread;

	crowd_begin(&crowd, "127.0.0.1");
	thread = start_connecting(&c, crowd.addr);
	for (int i = 0; i < 5; i++) {
		wait_until_blocked(getpid(), c.tid);
		expect_redirected(c.fd);
	}
	crowd_end(&crowd);
	thread_join(thread);
	say("connect: %s", errno_text(c.error));
	say_peername("peer", c.fd);
}

CHECK(threads, a_socket_that_another_connects)
{
	struct connecting c = {.fd = -1};
	struct pending p;
	pthread_t thread;
	char x;

	pending_begin(&p);
	thread = start_connecting(&c, p.addr);
	expect_redirected(c.fd);
	TRY(send(c.fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL));
	TRY(recv(c.fd, &x, 1, MSG_DONTWAIT));
	say_peername("peer", c.fd);
	say_poll("poll", c.fd, POLLOUT, 0);
	pending_end(&p);
	thread_join(thread);
	say("connect: %s", errno_text(c.error));
	say_peername("peer", c.fd);
}

static void *cancelled_before(void *arg)
{
	struct addr *a = arg;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	connect(fd, SA(*a));
	return NULL;
}

CHECK(threads, connect_is_a_cancellation_point)
{
	struct addr a = at("127.0.0.1", port(0));
	pthread_t thread;
	void *result;

	listen_at(a, 4);
	thread = thread_start(cancelled_before, &a);
	pthread_join(thread, &result);
	say("cancelled: %d", result == PTHREAD_CANCELED);
	say("connect: %d", connect_to(a) >= 0);
}

CHECK(threads, closed_while_another_accepts)
{
	struct addr a = at("127.0.0.1", port(0));
	struct sleeper s = {.listener = listen_at(a, 4)};
	pthread_t thread = start_sleeper(&s);

	connect_to(a);
	thread_join(thread);
	say("accepted: %d", s.result >= 0);
	TRY(close(s.listener));
	TRY(connect(tcp_socket(AF_INET, 0), SA(a)));
}

/* ---- What is none of our business ---------------------------------- */

CHECK(untouched, udp)
{
	struct addr a = at("127.0.0.1", port(0)), from = nowhere();
	int one = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	int two = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	char buf[8];

	TRY(bind(one, SA(a)));
	say_sockname("one", one);
	TRY(sendto(two, "hello", 5, 0, SA(a)));
	TRY(recvfrom(one, buf, 8, 0, SA_OUT(from)));
	say_addr("from", &from);
	TRY(connect(two, SA(a)));
	say_peername("two", two);
	TRY(send(two, "hi", 2, 0));
	TRY(recv(one, buf, 8, MSG_TRUNC));
	SAY_OPTION(one, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(one, SOL_SOCKET, SO_PROTOCOL);
	TRY(listen(one, 1));
}

CHECK(untouched, udp_trunc_tells_the_length)
{
	struct addr a = at("127.0.0.1", port(0));
	int fd = (int)MUST(socket(AF_INET, SOCK_DGRAM, 0));
	char buf[8];

	MUST(bind(fd, SA(a)));
	MUST(sendto(fd, "hello", 5, 0, SA(a)));
	TRY(recv(fd, buf, 2, MSG_TRUNC));
}

CHECK(untouched, unix_stream)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(un);
	int listener = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	int fd = (int)MUST(socket(AF_UNIX, SOCK_STREAM, 0)), peer;

	snprintf(un.sun_path + 1, sizeof(un.sun_path) - 1, "parity-%d",
		 getpid());
	TRY(bind(listener, (struct sockaddr *)&un, sizeof(un)));
	TRY(listen(listener, 1));
	TRY(connect(fd, (struct sockaddr *)&un, sizeof(un)));
	peer = TRYFD(accept(listener, (struct sockaddr *)&un, &len));
	say("family %d, length %u", un.sun_family, len);
	say_ping(fd, peer);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	say_poll("poll", fd, POLLIN | POLLOUT, 0);
}

CHECK(untouched, socketpair)
{
	int sv[2];
	char buf[8];

	TRY(socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	say_ping(sv[0], sv[1]);
	TRY(send(sv[0], "hello", 5, 0));
	TRY(recv(sv[1], buf, 5, MSG_WAITALL | MSG_PEEK));
	TRY(shutdown(sv[0], SHUT_RD));
	TRY(send(sv[1], "x", 1, MSG_NOSIGNAL));
	TRY(recv(sv[0], buf, 1, 0));
	TRY(socketpair(AF_INET, SOCK_STREAM, 0, sv));
}

CHECK(untouched, own_vsock_sockets)
{
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = VMADDR_PORT_ANY};
	struct sockaddr_vm name = {0};
	socklen_t len = sizeof(name);
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&vm, sizeof(vm)) < 0)
		skip("no vsock here");
	TRY(getsockname(fd, (struct sockaddr *)&name, &len));
	say("family %d, cid %u, length %u", name.svm_family, name.svm_cid, len);
	SAY_OPTION(fd, SOL_SOCKET, SO_DOMAIN);
	SAY_OPTION(fd, SOL_SOCKET, SO_PROTOCOL);
	SAY_OPTION(fd, IPPROTO_TCP, TCP_NODELAY);
	TRY(set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1));
	TRY(listen(fd, 1));
}

CHECK(untouched, own_vsock_connections)
{
	struct sockaddr_vm vm = {.svm_family = AF_VSOCK,
				 .svm_cid = VMADDR_CID_LOCAL,
				 .svm_port = 4000000000U};
	struct sockaddr_vm name = {0};
	socklen_t len = sizeof(name);
	int listener = socket(AF_VSOCK, SOCK_STREAM, 0), fd, peer;

	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&vm, sizeof(vm)) < 0)
		skip("no vsock here");
	MUST(listen(listener, 1));
	fd = (int)MUST(socket(AF_VSOCK, SOCK_STREAM, 0));
	TRY(connect(fd, (struct sockaddr *)&vm, sizeof(vm)));
	peer = TRYFD(accept(listener, (struct sockaddr *)&name, &len));
	say("family %d, cid %u, length %u", name.svm_family, name.svm_cid, len);
	TRY(getpeername(fd, (struct sockaddr *)&name, &len));
	say("family %d, port %u, length %u", name.svm_family, name.svm_port,
	    len);
	say_ping(fd, peer);
	TRY(connect(fd, (struct sockaddr *)&vm, sizeof(vm)));
	TRY(shutdown(fd, SHUT_RDWR));
	TRY(getpeername(fd, (struct sockaddr *)&name, &len));
}

CHECK(untouched, pipes_and_files)
{
	int p[2], set = (int)MUST(epoll_create1(0));
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 6};
	int n = 0;

	MUST(pipe(p));
	TRY(epoll_ctl(set, EPOLL_CTL_ADD, p[0], &event));
	TRY(write(p[1], "abc", 3));
	TRY(epoll_wait(set, &event, 1, PATIENCE));
	TRY(ioctl(p[0], FIONREAD, &n));
	say("readable %d", n);
	TRY(fcntl(p[0], F_GETFL));
}

CHECK(untouched, syscall_with_six_arguments)
{
	struct timespec now = {0};
	sigset_t none;
	long number = 0;
	void *page;

#ifdef SYS_mmap2
	number = SYS_mmap2;
#else
	number = SYS_mmap;
#endif
	sigemptyset(&none);
	page = (void *)syscall(number, NULL, 1L << 16, (long)PROT_READ,
			       (long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L);
	say("mapped: %d", page != MAP_FAILED && *(char *)page == 0);
	TRY(syscall(SYS_munmap, page, 1L << 16));
	TRY(syscall(SYS_ppoll, NULL, 0L, &now, &none, 8L));
	TRY(syscall(SYS_close, -1L));
	TRY(syscall(-1L));
}

CHECK(untouched, other_protocols)
{
	int fd = socket(AF_INET, SOCK_STREAM, 262); /* IPPROTO_MPTCP */

	say("made: %d", fd >= 0); /* not every kernel has it */
	SAY_OPTION(fd, SOL_SOCKET, SO_PROTOCOL);
	say_sockname("mptcp", fd);
}

CHECK_WITH(untouched, unmapped_address, CHECK_DIRECT)
{
	struct addr a = at("127.0.0.2", port(0));
	int fd = tcp_socket(AF_INET, 0);

	TRY(connect(fd, SA(a)));
	say("vsock: %d", is_vsock(fd));
}
