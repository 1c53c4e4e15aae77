/* SPDX-License-Identifier: MIT */
/*
 * Plain C, to be linked statically: echo.
 *
 *	echo server PORT		a process for each client
 *	echo client HOST PORT		20 clients, 100 kB each; "answered" if
 *					all of it came
 */
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 100000

static struct addrinfo *look_up(const char *host, const char *port, int flags)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags},
			*list;
	int error = getaddrinfo(host, port, &hints, &list);

	if (error) {
		fprintf(stderr, "%s: %s\n", host, gai_strerror(error));
		exit(1);
	}
	return list;
}

static void give_up(const char *what)
{
	perror(what);
	exit(1);
}

static void serve(int fd)
{
	char buffer[65536];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0; done < n;) {
			ssize_t m = write(fd, buffer + done, n - done);

			if (m < 0)
				give_up("write");
			done += m;
		}
	exit(0);
}

static int server(const char *port)
{
	struct addrinfo *at = look_up(NULL, port, AI_PASSIVE);
	int one = 1, fd = socket(at->ai_family, SOCK_STREAM, 0), client;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, 64))
		give_up("listen");
	while ((client = accept(fd, NULL, NULL)) >= 0) {
		if (fork() == 0)
			serve(client);
		close(client);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	give_up("accept");
	return 1;
}

/* Writes and reads by turns, as poll() says. */
static void talk(int fd)
{
	static char out[SIZE], in[SIZE + 1];
	size_t sent = 0, got = 0;
	ssize_t n = 1;

	memset(out, 7, SIZE);
	while (n > 0) {
		struct pollfd poll_fd = {fd, POLLIN, 0};

		if (sent < SIZE)
			poll_fd.events |= POLLOUT;
		if (poll(&poll_fd, 1, -1) < 0)
			give_up("poll");
		if (poll_fd.revents & POLLOUT) {
			sent += send(fd, out + sent, SIZE - sent, MSG_DONTWAIT);
			if (sent == SIZE)
				shutdown(fd, SHUT_WR);
		} else if (poll_fd.revents) {
			n = read(fd, in + got, sizeof(in) - got);
			got += n > 0 ? n : 0;
		}
	}
	if (got != SIZE || memcmp(in, out, SIZE))
		give_up("another answer");
}

static int client(const char *host, const char *port)
{
	struct addrinfo *to = look_up(host, port, 0);

	for (int i = 0; i < 20; i++) {
		int fd = socket(to->ai_family, SOCK_STREAM, 0);

		if (connect(fd, to->ai_addr, to->ai_addrlen))
			give_up("connect");
		talk(fd);
		close(fd);
	}
	puts("answered");
	return 0;
}

int main(int argc, char **argv)
{
	return argc == 3 ? server(argv[2]) : client(argv[2], argv[3]);
}
