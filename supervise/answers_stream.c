/* SPDX-License-Identifier: MIT */
/* Questions of one connection, one after the other: see answers_stream.h. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "supervise/answers_stream.h"

#define PATIENCE 30 /* seconds, for a server */

/* A message behind its length; the longest answer of ours fits, too. */
static struct {
	uint16_t size; /* in the network's order */
	unsigned char message[DNS_MESSAGE_MAX + 64];
} __attribute__((packed)) packet;

static bool take_packet(int fd)
{
	return recv(fd, &packet.size, 2, MSG_WAITALL) == 2 &&
	       recv(fd, packet.message, ntohs(packet.size), MSG_WAITALL) ==
		       ntohs(packet.size);
}

static bool give_packet(int fd, size_t size)
{
	packet.size = htons((uint16_t)size);
	return send(fd, &packet, 2 + size, MSG_NOSIGNAL) == (ssize_t)(2 + size);
}

/* The address that the program has dialled, in our own network. */
static int dial_server(int client)
{
	struct timeval patience = {.tv_sec = PATIENCE};
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	int fd;

	if (getsockname(client, (struct sockaddr *)&sa, &len))
		return -1;
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&sa, len))
		return fd;
	close(fd);
	return -1;
}

/* What nobody answers ends the connection, as a server does. */
static bool relay(int client, int *server, size_t size)
{
	if (*server < 0)
		*server = dial_server(client);
	return *server >= 0 && give_packet(*server, size) &&
	       take_packet(*server) && give_packet(client, ntohs(packet.size));
}

static void serve_connection(int client, make_answer *make)
{
	int server = -1;
	bool more = true;

	while (more && take_packet(client)) {
		struct dns_question question;
		size_t size = ntohs(packet.size);
		size_t answer = make(packet.message, size, &question);

		more = answer ? give_packet(client, answer)
			      : relay(client, &server, size);
	}
}

void answers_stream(int listener, make_answer *make)
{
	int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (client < 0)
		return;
	signal(SIGCHLD, SIG_IGN);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve_connection(client, make);
		_exit(0);
	}
	close(client);
}
