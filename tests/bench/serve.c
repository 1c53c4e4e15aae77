/* SPDX-License-Identifier: MIT */
/* The server's side of the measuring programs: see peer.h. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/peer.h"

static void take(int fd)
{
	while (read(fd, data, sizeof(data)) > 0)
		;
	write_all(fd, "", 1);
}

static void give(int fd, uint32_t size)
{
	while (write_all(fd, data, size) == 0)
		;
}

static void echo(int fd)
{
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0 &&
	       write_all(fd, data, (size_t)n) == 0)
		;
}

static void serve_one(int fd, char what, uint32_t size)
{
	write_all(fd, "", 1);
	switch (what) {
	case SEND:
		take(fd);
		break;
	case RECEIVE:
		give(fd, size);
		break;
	case ASK:
		echo(fd);
		break;
	}
}

/* Each in a process of its own. */
static void start(int listener, int fd, char what, uint32_t size)
{
	if (fork() != 0)
		return;
	close(listener);
	serve_one(fd, what, size);
	_exit(0);
}

void serve(unsigned int port)
{
	int listener = peer_listen(port);

	signal(SIGCHLD, SIG_IGN);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		uint32_t size;
		char what;

		if (fd < 0)
			die("accept");
		if (read_all(fd, &what, 1) == 0 && what != CONNECT &&
		    read_all(fd, &size, sizeof(size)) == 0 &&
		    size <= sizeof(data)) {
			if (what == HOLD && write_all(fd, "", 1) == 0)
				continue;
			start(listener, fd, what, size);
		}
		close(fd);
	}
}
