/* SPDX-License-Identifier: MIT */
/*
 * Makes each socket call COUNT times, one instruction after the other (steps.h),
 * and prints "CALL INSTRUCTIONS" for each: those that the
 * program executes from the call to its return. The first turn, in which things
 * are done once and for all, is not counted.
 *
 *	calls PORT COUNT		on 127.0.0.1, ports PORT to PORT + COUNT
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/instructions/steps.h"
#include "tests/must.h"

#define CALL __attribute__((noinline)) static int

/* On the stack, where most programs have it. */
static struct sockaddr *sa;
static socklen_t len = sizeof(struct sockaddr_in);
static const int on = 1;
static char byte;

/* What is being counted: the child tells the parent. */
static char *counted;
static bool is_first = true;

CALL call_nothing(int fd)
{
	return fd;
}

CALL call_bind(int fd)
{
	return bind(fd, sa, len);
}

CALL call_listen(int fd)
{
	return listen(fd, SOMAXCONN);
}

CALL call_connect(int fd)
{
	return connect(fd, sa, len);
}

CALL call_accept(int fd)
{
	return accept(fd, sa, &len);
}

CALL call_getsockname(int fd)
{
	return getsockname(fd, sa, &len);
}

CALL call_getpeername(int fd)
{
	return getpeername(fd, sa, &len);
}

CALL call_setsockopt(int fd)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

CALL call_write(int fd)
{
	return write(fd, &byte, 1) - 1;
}

CALL call_read(int fd)
{
	return read(fd, &byte, 1) - 1;
}

CALL call_send(int fd)
{
	return send(fd, &byte, 1, MSG_NOSIGNAL) - 1;
}

CALL call_recv(int fd)
{
	return recv(fd, &byte, 1, 0) - 1;
}

/* Between two signals that it sends to itself. */
static int count(const char *name, int (*call)(int fd), int fd)
{
	int r;

	strcpy(counted, name);
	if (is_first)
		return must(call(fd), name);
	raise(SIGTRAP);
	r = call(fd);
	raise(SIGTRAP);
	return must(r, name);
}

#define COUNT(name, fd) count(#name, call_##name, fd)

static int new_socket(void)
{
	return MUST(socket(AF_INET, SOCK_STREAM, 0));
}

static struct sockaddr_in address(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static void names_and_data(int client, int accepted)
{
	COUNT(getsockname, client);
	COUNT(getpeername, client);
	COUNT(setsockopt, client);
	COUNT(write, client);
	COUNT(read, accepted);
	COUNT(send, client);
	COUNT(recv, accepted);
}

static void turn(int port)
{
	int listener = new_socket(), client = new_socket(), accepted;
	struct sockaddr_in here = address(port);

	sa = (struct sockaddr *)&here;
	COUNT(nothing, 0);
	COUNT(bind, listener);
	COUNT(listen, listener);
	COUNT(connect, client);
	accepted = COUNT(accept, listener);
	names_and_data(client, accepted);
	close(accepted);
	close(client);
	close(listener);
	sa = NULL;
}

/* ---- the parent ----------------------------------------------------------- */

#define CALLS 16

static struct {
	char name[16];
	long times, instructions;
} calls[CALLS];

static void note(long instructions)
{
	int i = 0;

	while (calls[i].name[0] && strcmp(calls[i].name, counted) != 0)
		i++;
	strcpy(calls[i].name, counted);
	calls[i].times++;
	calls[i].instructions += instructions;
}

static void print(void)
{
	for (int i = 1; calls[i].name[0]; i++)
		printf("%s %ld\n", calls[i].name,
		       (calls[i].instructions - calls[0].instructions) /
			       calls[i].times);
}

int main(int argc, char **argv)
{
	int port = argc == 3 ? atoi(argv[1]) : 0;
	pid_t child;

	if (!port)
		return 2;
	counted = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = fork();
	if (child) {
		if (steps_watch(child, note))
			return 1;
		print();
		return 0;
	}
	MUST(steps_begin());
	turn(port);
	is_first = false;
	for (int i = 1; i <= atoi(argv[2]); i++)
		turn(port + i);
	return 0;
}
