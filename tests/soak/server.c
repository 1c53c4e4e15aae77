/* SPDX-License-Identifier: MIT */
/* The other end: serves by itself, or in a child for each connection. */
#include <errno.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/soak/soak.h"

/* Without the others' sockets, whose ends would not come while it lives. */
static void serve_in_child(int fd, const struct sockaddr_storage *peer)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		close_range(3, fd - 1, 0);
		close_range(fd + 1, ~0U, 0);
		answer(fd, peer);
		_exit(0);
	}
	if (child < 0) {
		complain("fork()");
		return;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (status != 0)
		complain("a server's child");
}

void serve(int listener)
{
	struct sockaddr_storage peer;
	int fd;

	while ((fd = soak_accept(listener, &peer)) >= 0) {
		account->accepted++;
		if (one_in(16))
			serve_in_child(fd, &peer);
		else
			answer(fd, &peer);
		soak_close(fd);
	}
	/* accept(2) of a socket that was shut down */
	if (errno != EINVAL || !account->servers_stop)
		complain("accept()");
}
