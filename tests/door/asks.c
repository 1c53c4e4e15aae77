/* SPDX-License-Identifier: MIT */
/*
 * Asks 10.99.0.53 for the address of NAME in ways that resolvers seldom have, and
 * prints it; linked statically: asks WAY NAME...
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static struct sockaddr_in server = {.sin_family = AF_INET};
static unsigned char message[512];
static char other_text[64];

/* Its length before it, as TCP has it. */
static size_t make_question(const char *name)
{
	static const unsigned char head[] = {0x12, 0x34, 1, 0, 0, 1,
					     0,	   0,	 0, 0, 0, 0};
	unsigned char *at = message + 2;

	memcpy(at, head, sizeof(head));
	at += sizeof(head);
	while (*name) {
		size_t n = strcspn(name, ".");

		*at++ = n;
		memcpy(at, name, n);
		at += n;
		name += n + !!name[n];
	}
	memcpy(at, "\0\0\1\0\1", 5);
	at += 5;
	message[0] = 0;
	message[1] = at - message - 2;
	return at - message;
}

/* The last four bytes, where there is an answer. */
static void show(const char *name, const unsigned char *answer, ssize_t n)
{
	char text[INET_ADDRSTRLEN] = "none";

	if (n > 12 && answer[7] == 1)
		inet_ntop(AF_INET, answer + n - 4, text, sizeof(text));
	printf("%s %s%s\n", name, text, other_text);
}

static void hear(const char *name, int fd)
{
	unsigned char answer[512];

	show(name, answer, recv(fd, answer, sizeof(answer), 0));
}

static int udp(void)
{
	struct timeval patience = {.tv_sec = 3};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void send_to(int fd, const char *name)
{
	size_t n = make_question(name) - 2;

	sendto(fd, message + 2, n, 0, (void *)&server, sizeof(server));
	hear(name, fd);
}

/* Made before it was connected. */
static void by_a_copy(const char *name)
{
	int fd = udp(), copy = dup(fd);

	connect(fd, (void *)&server, sizeof(server));
	send(copy, message + 2, make_question(name) - 2, 0);
	hear(name, copy);
}

static void from_a_port(const char *name)
{
	struct sockaddr_in own = {.sin_family = AF_INET,
				  .sin_port = htons(5400)};
	socklen_t len = sizeof(own);
	int fd = udp();

	bind(fd, (void *)&own, sizeof(own));
	send_to(fd, name);
	getsockname(fd, (void *)&own, &len);
	printf("from port %d\n", ntohs(own.sin_port));
	close(fd);
}

/* For others before, between and behind. */
static void used_for_others(const char *name, int connected)
{
	struct sockaddr_in other = {.sin_family = AF_INET};
	socklen_t len = sizeof(other);
	int fd = udp(), listener = udp();
	char c;

	other.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bind(listener, (void *)&other, sizeof(other));
	getsockname(listener, (void *)&other, &len);
	for (int i = 0; i < 2; i++) {
		if (connected && !connect(fd, (void *)&other, len))
			send(fd, "x", 1, 0);
		else
			sendto(fd, "x", 1, 0, (void *)&other, len);
		strcpy(other_text, recv(listener, &c, 1, 0) == 1 ? ", arrived"
								 : ", lost");
		if (connected)
			connect(fd, (void *)&server, sizeof(server));
		send_to(fd, name);
	}
}

static void several(const char *name)
{
	struct iovec part = {message + 2, make_question(name) - 2};
	struct mmsghdr head = {{.msg_name = &server,
				.msg_namelen = sizeof(server),
				.msg_iov = &part,
				.msg_iovlen = 1}};
	int fd = udp();

	sendmmsg(fd, &head, 1, 0);
	hear(name, fd);
}

static void by_tcp(char **names)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	unsigned char answer[512];

	if (connect(fd, (void *)&server, sizeof(server)))
		perror("connect");
	for (; *names; names++) {
		send(fd, message, make_question(*names), MSG_NOSIGNAL);
		if (recv(fd, answer, 2, MSG_WAITALL) != 2)
			show(*names, answer, 0);
		else
			show(*names, answer,
			     recv(fd, answer, answer[1], MSG_WAITALL));
	}
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	inet_pton(AF_INET, "10.99.0.53", &server.sin_addr);
	server.sin_port = htons(53);
	if (!strcmp(argv[1], "copy"))
		by_a_copy(argv[2]);
	if (!strcmp(argv[1], "bound"))
		from_a_port(argv[2]);
	if (!strcmp(argv[1], "reused"))
		used_for_others(argv[2], 0);
	if (!strcmp(argv[1], "connected"))
		used_for_others(argv[2], 1);
	if (!strcmp(argv[1], "several"))
		several(argv[2]);
	if (!strcmp(argv[1], "tcp"))
		by_tcp(argv + 2);
	return 0;
}
