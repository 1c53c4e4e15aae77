/* SPDX-License-Identifier: MIT */
/*
 * connect() to a listener whose queue stays full, with a limit of time, in a
 * program whose clock stands still. It ends as it does on TCP.
 *
 *	frozen PORT
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	time->tv_sec = 1577836800;
	time->tv_nsec = 0;
	return 0;
}

/* Until one has to wait. */
static void fill(const struct sockaddr_in *sa)
{
	struct pollfd pollfd = {.events = POLLOUT};

	do {
		pollfd.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (pollfd.fd < 0)
			exit(1);
		connect(pollfd.fd, (const struct sockaddr *)sa, sizeof(*sa));
	} while (poll(&pollfd, 1, 200) == 1 &&
		 !(pollfd.revents & (POLLERR | POLLHUP)));
}

int main(int argc, char **argv)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	struct timeval limit = {1, 0};
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd;

	if (argc != 2)
		return 2;
	sa.sin_port = htons(atoi(argv[1]));
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&sa, sizeof(sa)) ||
	    listen(listener, 1))
		return 1;
	fill(&sa);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (!connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		puts("connected");
	else
		puts(errno == EINPROGRESS ? "EINPROGRESS" : strerror(errno));
	return errno != EINPROGRESS;
}
