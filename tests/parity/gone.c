/* SPDX-License-Identifier: MIT */
/* Numbers that are another socket's, or nobody's, when a call comes back. */
#include "parity.h"

struct waiter {
	int listener;
	pid_t tid;
	int result, err;
	struct addr peer;
	pthread_t thread;
};

static void *wait_in_accept(void *arg)
{
	struct waiter *w = arg;

	w->peer = nowhere();
	__atomic_store_n(&w->tid, gettid(), __ATOMIC_RELEASE);
	w->result = accept(w->listener, SA_OUT(w->peer));
	w->err = errno;
	return NULL;
}

static void start(struct waiter *w)
{
	w->thread = thread_start(wait_in_accept, w);
	while (!__atomic_load_n(&w->tid, __ATOMIC_ACQUIRE))
		;
	wait_until_blocked(getpid(), w->tid);
}

/* What the accepted one shows, whoever has the listener's number by now. */
static void finish(struct waiter *w, int client)
{
	thread_join(w->thread);
	say("accept: %s", w->result < 0 ? errno_text(w->err) : "a connection");
	if (w->result < 0)
		return;
	say_addr("peer", &w->peer);
	say_sockname("own", w->result);
	say_peername("peer again", w->result);
	SAY_OPTION(w->result, SOL_SOCKET, SO_DOMAIN);
	say_ping(client, w->result);
}

static struct waiter waiter_at(const char *ip)
{
	struct waiter w = {.listener = listen_at(at(ip, port(0)), 4)};

	return w;
}

CHECK(gone, listener_closed_while_accept_waits)
{
	struct waiter w = waiter_at("127.0.0.1");
	int client = tcp_socket(AF_INET, 0);
	struct addr a = at("127.0.0.1", port(0));

	start(&w);
	MUST(close(w.listener));
	TRY(connect(client, SA(a)));
	finish(&w, client);
}

CHECK(gone, listener_closed_while_accept_waits_ipv6)
{
	struct waiter w = waiter_at("::1");
	int client = tcp_socket(AF_INET6, 0);
	struct addr a = at("::1", port(0));

	start(&w);
	MUST(close(w.listener));
	TRY(connect(client, SA(a)));
	finish(&w, client);
}

/* The client's own socket has the number then. */
CHECK(gone, listeners_number_is_the_clients)
{
	struct waiter w = waiter_at("127.0.0.1");

	start(&w);
	MUST(close(w.listener));
	finish(&w, connect_to(at("127.0.0.1", port(0))));
}

/* ... which has the name of the listener, and not its options. */
CHECK(gone, listeners_number_is_its_clients_on_a_wildcard)
{
	struct addr a = at("::", port(0));
	struct waiter w = {.listener = tcp_socket(AF_INET6, 0)};

	MUST(set_int(w.listener, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	MUST(bind(w.listener, SA(a)));
	MUST(listen(w.listener, 4));
	start(&w);
	MUST(close(w.listener));
	finish(&w, connect_to(a));
	SAY_OPTION(w.result, IPPROTO_IPV6, IPV6_V6ONLY);
}

CHECK(gone, listeners_number_is_a_file)
{
	struct waiter w = waiter_at("127.0.0.1");
	int file = MUST(open("/dev/null", O_RDONLY));

	start(&w);
	MUST(dup2(file, w.listener));
	finish(&w, connect_to(at("127.0.0.1", port(0))));
}

CHECK(gone, listeners_number_is_another_listener)
{
	struct waiter w = waiter_at("127.0.0.1");
	int other = listen_at(at("127.0.0.1", port(1)), 4), client;

	start(&w);
	MUST(dup2(other, w.listener));
	client = connect_to(at("127.0.0.1", port(0)));
	finish(&w, client);
	client = connect_to(at("127.0.0.1", port(1)));
	say_ping(client, TRYFD(accept(w.listener, NULL, NULL)));
}

CHECK(gone, listeners_number_is_a_new_listener)
{
	struct waiter w = waiter_at("127.0.0.1");

	start(&w);
	MUST(close(w.listener));
	say("same number: %d",
	    listen_at(at("127.0.0.1", port(1)), 4) == w.listener);
	finish(&w, connect_to(at("127.0.0.1", port(0))));
}

/* In a way that the library does not see. */
CHECK(gone, listeners_number_is_another_by_a_raw_copy)
{
	struct waiter w = waiter_at("127.0.0.1");
	int other = listen_at(at("127.0.0.1", port(1)), 4), client;

	start(&w);
	MUST(libc()->close(w.listener));
	say("same number: %d", libc()->dup(other) == w.listener);
	client = connect_to(at("127.0.0.1", port(0)));
	finish(&w, client);
	client = connect_to(at("127.0.0.1", port(1)));
	say_ping(client, TRYFD(accept(w.listener, NULL, NULL)));
}

/*
 * And a file while accept() waits: whose connection it was is known to nobody
 * then. It may be ECONNABORTED, and nothing but the name that it came to.
 */
CHECK(gone, listener_that_nobody_knows)
{
	struct waiter w = waiter_at("127.0.0.1");
	int other = listen_at(at("127.0.0.1", port(1)), 4);
	int client = tcp_socket(AF_INET, 0);
	struct addr own = nowhere(), to = at("127.0.0.1", port(1));

	connect_to(at("127.0.0.1", port(0)));
	MUST(accept(w.listener, NULL, NULL)); /* so it is known */
	MUST(libc()->close(w.listener));
	say("same number: %d", libc()->dup(other) == w.listener);
	start(&w);
	MUST(libc()->close(w.listener));
	MUST(open("/dev/null", O_RDONLY));
	MUST(connect(client, SA(to)));
	thread_join(w.thread);
	if (w.result >= 0)
		MUST(getsockname(w.result, SA_OUT(own)));
	say("a stranger's name: %d",
	    w.result < 0 ? w.err != ECONNABORTED
			 : own.in.sin_port != to.in.sin_port);
	close(client);
}

/* As servers with threads stop. */
CHECK(gone, listener_shut_down_and_closed)
{
	struct waiter one = waiter_at("127.0.0.1"), two = one;

	start(&one);
	start(&two);
	TRY(shutdown(one.listener, SHUT_RDWR));
	TRY(close(one.listener));
	finish(&one, -1);
	finish(&two, -1);
}

static void accept_inherited(void *arg)
{
	struct waiter w = {.listener = *(int *)arg};

	start(&w);
	MUST(dup2(MUST(open("/dev/null", O_RDONLY)), w.listener));
	finish(&w, connect_to(at("127.0.0.1", port(0))));
}

CHECK(gone, inherited_listener_closed_while_accept_waits)
{
	int listener = listen_at(at("127.0.0.1", port(0)), 4);

	say_child(child_start(accept_inherited, &listener));
}

HELPER(accept_received)
{
	int listener = atoi(argv[1]);

	(void)argc;
	accept_inherited(&listener);
	return 0;
}

CHECK(gone, listener_of_exec_closed_while_accept_waits)
{
	int listener = listen_at(at("127.0.0.1", port(0)), 4);
	char text[16];

	MUST(fcntl(listener, F_SETFD, 0));
	snprintf(text, sizeof(text), "%d", listener);
	say_child(helper_start("accept_received", WITH_LIBRARY, text));
}
