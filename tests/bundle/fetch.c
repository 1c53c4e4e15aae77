/* SPDX-License-Identifier: MIT */
/* The least that a client does: fetch NAME PORT prints what a server says. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int dial(const char *name, const char *port)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *info;
	int fd;

	if (getaddrinfo(name, port, &hints, &info))
		return -1;
	fd = socket(info->ai_family, info->ai_socktype, info->ai_protocol);
	if (fd < 0 || connect(fd, info->ai_addr, info->ai_addrlen))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	int fd = argc == 3 ? dial(argv[1], argv[2]) : -1;
	char text[256];
	ssize_t n;

	if (fd < 0) {
		perror(argv[0]);
		return 1;
	}
	while ((n = read(fd, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)n, stdout);
	return n < 0;
}
