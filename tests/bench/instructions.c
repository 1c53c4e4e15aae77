/* SPDX-License-Identifier: MIT */
/*
 * Makes each socket call COUNT times in a function of its own, for callgrind to
 * count what is executed in it. All but the first turn, in which things are
 * done once and for all, goes through measured().
 *
 *	instructions PORT COUNT		on 127.0.0.1, ports PORT to PORT + COUNT
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALL __attribute__((noinline)) static int

/* On the stack, where most programs have it. */
static struct sockaddr *sa;
static socklen_t len = sizeof(struct sockaddr_in);
static const int on = 1;
static char byte;

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

static int must(int r, const char *what)
{
	if (r >= 0)
		return r;
	perror(what);
	exit(1);
}

#define MUST(call) must(call, #call)

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
	MUST(call_getsockname(client));
	MUST(call_getpeername(client));
	MUST(call_setsockopt(client));
	MUST(call_write(client));
	MUST(call_read(accepted));
	MUST(call_send(client));
	MUST(call_recv(accepted));
}

static void turn(int port)
{
	int listener = new_socket(), client = new_socket(), accepted;
	struct sockaddr_in here = address(port);

	sa = (struct sockaddr *)&here;
	MUST(call_bind(listener));
	MUST(call_listen(listener));
	MUST(call_connect(client));
	accepted = MUST(call_accept(listener));
	names_and_data(client, accepted);
	close(accepted);
	close(client);
	close(listener);
	sa = NULL;
}

__attribute__((noinline)) static void measured(int port, int count)
{
	for (int i = 1; i <= count; i++)
		turn(port + i);
}

int main(int argc, char **argv)
{
	int port = argc == 3 ? atoi(argv[1]) : 0;

	if (!port)
		return 2;
	turn(port);
	measured(port, atoi(argv[2]));
	return 0;
}
