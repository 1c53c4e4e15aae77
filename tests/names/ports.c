/* SPDX-License-Identifier: MIT */
/*
 * bind() to port 0, where the library has to choose the port.
 *
 *	ports many N ADDRESS	N listeners at once; each can be dialled
 *	ports race N ADDRESS	two processes with N listeners each; each can be
 *				dialled by the other
 *	ports last N ADDRESS	N succeed, then there are no more
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

union any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union any address;
static socklen_t address_len;

static void die(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	exit(1);
}

static void parse(const char *text)
{
	if (inet_pton(AF_INET, text, &address.in.sin_addr) == 1) {
		address.in.sin_family = AF_INET;
		address_len = sizeof(address.in);
	} else if (inet_pton(AF_INET6, text, &address.in6.sin6_addr) == 1) {
		address.in6.sin6_family = AF_INET6;
		address_len = sizeof(address.in6);
	} else {
		die(text);
	}
}

static int new_socket(void)
{
	int fd = socket(address.sa.sa_family, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

/* sin_port and sin6_port are in the same place. */
static int port_of(int fd)
{
	union any shown = {0};
	socklen_t len = sizeof(shown);

	if (getsockname(fd, &shown.sa, &len))
		die("getsockname");
	if (len != address_len || shown.sa.sa_family != address.sa.sa_family)
		die("getsockname: another family");
	return ntohs(shown.in.sin_port);
}

/* A listener, or -errno. */
static int new_listener(void)
{
	int fd = new_socket();
	int error;

	if (!bind(fd, &address.sa, address_len) && !listen(fd, 5))
		return fd;
	error = errno;
	close(fd);
	return -error;
}

/* A client of that port that has sent a byte. */
static int dial(int port)
{
	union any to = address;
	int client = new_socket();

	to.in.sin_port = htons(port);
	if (connect(client, &to.sa, address_len))
		die("connect");
	if (write(client, "x", 1) != 1)
		die("write");
	return client;
}

static void serve(int listener)
{
	int server = accept(listener, NULL, NULL);
	char byte = 0;

	if (server < 0)
		die("accept");
	if (read(server, &byte, 1) != 1 || byte != 'x')
		die("data");
	close(server);
}

static char seen[65536];

static int listen_once(void)
{
	int fd = new_listener();
	int port;

	if (fd < 0) {
		errno = -fd;
		die("bind");
	}
	port = port_of(fd);
	if (port < 1024 || seen[port]++) {
		errno = EADDRINUSE;
		die("a port below 1024, or twice the same");
	}
	return fd;
}

static int *listen_often(int n)
{
	int *fds = calloc(n, sizeof(*fds));

	for (int i = 0; i < n; i++)
		fds[i] = listen_once();
	return fds;
}

static void many(int n)
{
	int *fds = listen_often(n);

	for (int i = 0; i < n; i++) {
		int client = dial(port_of(fds[i]));

		serve(fds[i]);
		close(client);
	}
	printf("%d listeners\n", n);
	free(fds);
}

/* Tells its ports through a pipe, and serves each once. */
static void race_child(int n, int to)
{
	int *fds = listen_often(n);

	for (int i = 0; i < n; i++) {
		unsigned short port = port_of(fds[i]);

		if (write(to, &port, sizeof(port)) != sizeof(port))
			die("write");
	}
	for (int i = 0; i < n; i++)
		serve(fds[i]);
	exit(0);
}

static void race(int n)
{
	int ports[2], status;
	unsigned short port;
	pid_t child;

	if (pipe(ports))
		die("pipe");
	child = fork();
	if (child == 0)
		race_child(n, ports[1]);
	free(listen_often(n));
	for (int i = 0; i < n; i++) {
		if (read(ports[0], &port, sizeof(port)) != sizeof(port) ||
		    seen[port]++)
			die("two processes have the same port");
		close(dial(port));
	}
	if (waitpid(child, &status, 0) != child || status)
		die("the child");
	printf("two times %d listeners\n", n);
}

static void last(int n)
{
	int fd;

	for (int i = 0; i < n; i++)
		listen_once();
	fd = new_listener();
	if (fd != -EADDRINUSE)
		die("one more than there are");
	printf("%d listeners, then %s\n", n, strerror(-fd));
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 99;
	alarm(100);
	parse(argv[3]);
	if (strcmp(argv[1], "many") == 0)
		many(atoi(argv[2]));
	else if (strcmp(argv[1], "race") == 0)
		race(atoi(argv[2]));
	else if (strcmp(argv[1], "last") == 0)
		last(atoi(argv[2]));
	return 0;
}
