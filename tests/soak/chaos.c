/* SPDX-License-Identifier: MIT */
/*
 * Threads that take each other's descriptors: each number of a range may be
 * closed, replaced or connected by any of them at any time. Nothing is known of
 * what arrives where, but nothing may hang, crash or be left over.
 */
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/soak/soak.h"

enum { FIRST = 100, LAST = 131 };

static int listener, set;

/*
 * What is closed by one thread while another one's connect() replaces it would
 * come back to life, and be left over; a TCP socket that is put there in that
 * moment would be connected as it is. No program can want either, so only
 * pipes and close() take the numbers of sockets that are being connected.
 */
static pthread_rwlock_t copying = PTHREAD_RWLOCK_INITIALIZER;

static int any(void)
{
	return FIRST + chance() % (LAST - FIRST + 1);
}

/* Into the range, where it replaces something. */
static void put(int fd)
{
	if (fd < 0)
		return;
	dup3(fd, any(), O_CLOEXEC);
	close(fd);
}

static void do_socket(int fd)
{
	(void)fd;
	pthread_rwlock_wrlock(&copying);
	put(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	pthread_rwlock_unlock(&copying);
}

static void do_copy(int fd)
{
	pthread_rwlock_wrlock(&copying);
	dup3(fd, any(), O_CLOEXEC);
	pthread_rwlock_unlock(&copying);
}

static void connect_to_any(int fd)
{
	struct sockaddr_storage sa;

	soak_address(&sa, one_in(4) ? 100 : PROCESSES, AF_INET);
	connect(fd, (struct sockaddr *)&sa, soak_length(&sa));
}

static void do_connect(int fd)
{
	pthread_rwlock_rdlock(&copying);
	connect_to_any(fd);
	pthread_rwlock_unlock(&copying);
}

static void do_bind(int fd)
{
	struct sockaddr_storage sa;

	soak_address(&sa, 200 + chance() % 4, AF_INET);
	pthread_rwlock_rdlock(&copying);
	if (bind(fd, (struct sockaddr *)&sa, soak_length(&sa)) == 0)
		listen(fd, 1);
	pthread_rwlock_unlock(&copying);
}

static void do_accept(int fd)
{
	pthread_rwlock_wrlock(&copying);
	put(accept4(one_in(2) ? listener : fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC));
	pthread_rwlock_unlock(&copying);
}

static void do_names(int fd)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);

	getsockname(fd, (struct sockaddr *)&sa, &len);
	len = 3;
	getpeername(fd, (struct sockaddr *)&sa, &len);
}

static void do_options(int fd)
{
	int value = 1;
	socklen_t len = sizeof(value);

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof(value));
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &len);
}

static void do_data(int fd)
{
	char buf[100] = "";

	send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
	recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
}

static void do_epoll(int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	epoll_ctl(set, one_in(2) ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &event);
}

static void do_fork(int fd)
{
	pid_t child = one_in(8) ? fork() : -1;

	if (child == 0) {
		connect_to_any(fd);
		_exit(0);
	}
	if (child > 0)
		while (waitpid(child, NULL, 0) < 0)
			;
}

static void do_close(int fd)
{
	close(fd);
}

static void do_shutdown(int fd)
{
	pthread_rwlock_rdlock(&copying);
	shutdown(fd, chance() % 3);
	pthread_rwlock_unlock(&copying);
}

/* A pipe's end under the number of a socket that was. */
static void do_pipe(int fd)
{
	int ends[2];

	(void)fd;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return;
	put(ends[0]);
	put(ends[1]);
}

static void (*const acts[])(int fd) = {
	do_socket, do_connect, do_bind,	   do_accept, do_names, do_options,
	do_data,   do_epoll,   do_fork,	   do_copy,   do_close, do_shutdown,
	do_pipe,   do_socket,  do_connect, do_accept,
};

static void *run(void *arg)
{
	chance_seed((uintptr_t)arg);
	while (!account->clients_stop) {
		acts[chance() % (sizeof(acts) / sizeof(acts[0]))](any());
		account->chaos++;
		account->progress++;
	}
	return NULL;
}

static bool start(void)
{
	struct sockaddr_storage sa;
	int one = 1;

	soak_address(&sa, PROCESSES, AF_INET);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	set = epoll_create1(EPOLL_CLOEXEC);
	return listener >= 0 && set >= 0 &&
	       !setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one,
			   sizeof(one)) &&
	       !bind(listener, (struct sockaddr *)&sa, soak_length(&sa)) &&
	       !listen(listener, 1000);
}

int chaos(int process)
{
	pthread_t threads[SERVERS + CLIENTS];
	int before = leftovers_descriptors();
	int n = 0;

	if (!start()) {
		complain("a listener");
		return 1;
	}
	account->listeners++;
	while (n < SERVERS + CLIENTS &&
	       !pthread_create(&threads[n], NULL, run,
			       (void *)(uintptr_t)(process * 100 + n + 1)))
		n++;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	close_range(FIRST, LAST, 0);
	close(listener);
	close(set);
	if (leftovers_descriptors() == before)
		return 0;
	complain("descriptors are left over from chaos");
	return 1;
}
