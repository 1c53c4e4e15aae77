/* SPDX-License-Identifier: MIT */
/*
 * A server that says under which address it sees its clients, in every way in
 * which a program can ask. A line for each client:
 *
 *	whence serve ADDRESS PORT N	N clients; then it ends
 *	whence knock ADDRESS PORT N	N clients, one after the other; the
 *first one waits for the server whence child			(run by itself:
 *the client is standard input)
 *
 * The first way is accept()'s own; the others have to say the same, and a line
 * in which they don't begins with "differs".
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

union any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* As numbers; a family that is not IP's shows as such. */
static void to_text(const union any *any, socklen_t len, char text[64])
{
	if (getnameinfo(&any->sa, len, text, 64, NULL, 0, NI_NUMERICHOST))
		snprintf(text, 64, "family %d", any->sa.sa_family);
}

static void by_getpeername(int fd, char text[64])
{
	union any any = {{0}};
	socklen_t len = sizeof(any);

	if (getpeername(fd, &any.sa, &len))
		die("getpeername");
	to_text(&any, len, text);
}

static void by_syscall(int fd, char text[64])
{
	union any any = {{0}};
	socklen_t len = sizeof(any);

	if (syscall(SYS_getpeername, fd, &any.sa, &len))
		die("SYS_getpeername");
	to_text(&any, len, text);
}

static void by_peername(int fd, char text[64])
{
	union any any = {0};
	socklen_t len = sizeof(any.in);

	/* It is all or nothing: the length has to be that of the family. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &any, &len)) {
		len = sizeof(any.in6);
		if (getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &any, &len))
			die("SO_PEERNAME");
	}
	if (any.sa.sa_family == AF_INET6) {
		len = sizeof(any.in6);
		if (getsockopt(fd, SOL_SOCKET, SO_PEERNAME, &any, &len))
			die("SO_PEERNAME");
	}
	to_text(&any, len, text);
}

static void by_copy(int fd, char text[64])
{
	int copy = dup(fd);

	by_getpeername(copy, text);
	close(copy);
}

static void by_sent_descriptor(int fd, char text[64])
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {.header = {.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(sizeof(int))}};
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control.buf,
				 .msg_controllen = sizeof(control.buf)};
	int pair[2], got;

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
	    sendmsg(pair[0], &message, 0) < 0 ||
	    recvmsg(pair[1], &message, 0) < 0)
		die("SCM_RIGHTS");
	memcpy(&got, CMSG_DATA(&control.header), sizeof(got));
	by_getpeername(got, text);
	close(got);
	close(pair[0]);
	close(pair[1]);
}

/* What a child writes that is made by fork(), and may exec() us. */
static void by_child(int fd, char text[64], bool exec)
{
	int out[2];
	ssize_t n;

	if (pipe(out))
		die("pipe");
	if (fork() == 0) {
		if (exec) {
			dup2(fd, 0);
			dup2(out[1], 1);
			execl("/proc/self/exe", "whence", "child", NULL);
			die("exec");
		}
		by_getpeername(fd, text);
		_exit(write(out[1], text, strlen(text)) < 0);
	}
	close(out[1]);
	n = read(out[0], text, 63);
	text[n > 0 ? n : 0] = '\0';
	close(out[0]);
	wait(NULL);
}

static void by_fork(int fd, char text[64])
{
	by_child(fd, text, false);
}

static void by_exec(int fd, char text[64])
{
	by_child(fd, text, true);
}

static void by_shutdown(int fd, char text[64])
{
	shutdown(fd, SHUT_WR);
	by_getpeername(fd, text);
}

static const struct {
	const char *name;
	void (*ask)(int fd, char text[64]);
} ways[] = {
	{"getpeername", by_getpeername},
	{"syscall", by_syscall},
	{"SO_PEERNAME", by_peername},
	{"dup", by_copy},
	{"SCM_RIGHTS", by_sent_descriptor},
	{"fork", by_fork},
	{"exec", by_exec},
	/* the last one */
	{"shutdown", by_shutdown},
};

/* The ways to accept, in turn. */
static int take(int listener, int turn, char text[64])
{
	union any any = {{0}};
	socklen_t len = sizeof(any);
	int fd;

	if (turn % 4 == 0)
		fd = accept(listener, &any.sa, &len);
	else if (turn % 4 == 1)
		fd = accept4(listener, &any.sa, &len, SOCK_CLOEXEC);
	else if (turn % 4 == 2)
		fd = syscall(SYS_accept4, listener, &any.sa, &len, 0);
	else
		fd = accept(listener, NULL, NULL);
	if (fd < 0)
		die("accept");
	if (turn % 4 == 3 && getpeername(fd, &any.sa, &len))
		die("getpeername");
	to_text(&any, len, text);
	return fd;
}

static void serve(int listener, int turn)
{
	char first[64], text[64], line[1024] = "";
	bool differs = false;
	int fd = take(listener, turn, first);

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		ways[i].ask(fd, text);
		if (strcmp(text, first) == 0)
			continue;
		differs = true;
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			 " %s:%s", ways[i].name, text);
	}
	printf("%s%s%s\n", differs ? "differs: " : "", first, line);
	fflush(stdout);
	close(fd);
}

static struct addrinfo *address_of(char **argv)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *info;

	if (getaddrinfo(argv[2], argv[3], &hints, &info))
		die("address");
	return info;
}

static void serve_all(const struct addrinfo *info, int n)
{
	int fd = socket(info->ai_family, SOCK_STREAM, 0), off = 0;

	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, info->ai_addr, info->ai_addrlen) || listen(fd, 10))
		die("listen");
	for (int i = 0; i < n; i++)
		serve(fd, i);
}

/* Until somebody is there, or alarm() has enough. */
static void knock(const struct addrinfo *info)
{
	char byte;
	int fd;

	for (;;) {
		fd = socket(info->ai_family, SOCK_STREAM, 0);
		if (!connect(fd, info->ai_addr, info->ai_addrlen))
			break;
		close(fd);
		usleep(20000);
	}
	if (read(fd, &byte, 1) != 0)
		die("read");
	close(fd);
}

int main(int argc, char **argv)
{
	struct addrinfo *info;
	char text[64];
	int n;

	if (argc == 2) {
		by_getpeername(0, text);
		return printf("%s", text) < 0;
	}
	if (argc != 5)
		return 99;
	alarm(60);
	info = address_of(argv);
	n = atoi(argv[4]);
	if (strcmp(argv[1], "serve") == 0)
		serve_all(info, n);
	else
		for (int i = 0; i < n; i++)
			knock(info);
	freeaddrinfo(info);
	return 0;
}
