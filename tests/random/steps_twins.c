/* SPDX-License-Identifier: MIT */
/*
 * Listeners that share a port by SO_REUSEPORT. Which of them gets a client TCP
 * draws by lot, so that what is told is that one does, whichever are left.
 */
#include "walk.h"

enum { TWINS_MAX = 3 };

static int listener_of(const struct addr *addr)
{
	int fd = socket(addr->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	say_call("twin");
	say_value(CALL(bind(fd, &addr->sa, addr->len)) ?: CALL(listen(fd, 8)));
	return fd;
}

static int accept_of_any(const int twins[TWINS_MAX])
{
	struct pollfd p[TWINS_MAX];

	for (int i = 0; i < TWINS_MAX; i++)
		p[i] = (struct pollfd){twins[i], POLLIN, 0};
	if (poll(p, TWINS_MAX, 5000) < 1)
		return -1;
	for (int i = 0; i < TWINS_MAX; i++)
		if (p[i].revents)
			return accept(p[i].fd, NULL, NULL);
	return -1;
}

/* A byte goes there and back; one side is told when the other has ended. */
static void say_talk(int client, int server)
{
	char c = 'x';

	say("  %d bytes there, ", (int)send(client, &c, 1, 0));
	say("%d got, ", (int)recv(server, &c, 1, 0));
	close(server);
	say("%d at the end\n", (int)recv(client, &c, 1, 0));
}

static void dial(const int twins[TWINS_MAX], const struct addr *addr)
{
	int client = socket(addr->sa.sa_family, SOCK_STREAM, 0), server;
	long r;

	say_call("a client of the twins");
	r = CALL(connect(client, &addr->sa, addr->len));
	say_value(r);
	server = r ? -1 : accept_of_any(twins);
	if (!r && server < 0)
		say("  nobody accepts it\n");
	else if (!r)
		say_talk(client, server);
	close(client);
}

/* It goes, in one of many ways, or stays under another number. */
static void take_away(int *twin, unsigned how)
{
	static const char *const names[] = {"closed", "shut", "covered",
					    "moved", "closed by range"};
	int moved = -1;

	say("  one is %s\n", names[how % 5]);
	switch (how % 5) {
	case 1:
		shutdown(*twin, SHUT_RDWR);
		break;
	case 2:
		dup2(world->epoll[0], *twin);
		break;
	case 3:
		moved = fcntl(*twin, F_DUPFD, 0);
		break;
	case 4:
		close_range(*twin, *twin, 0);
		*twin = -1;
		return;
	}
	close(*twin);
	*twin = moved;
}

void step_twins(const struct step *step)
{
	static const enum where places[] = {LOOPBACK4, ANY4, LOOPBACK6, ANY6};
	struct addr addr = addr_make(places[step->r[0] % 4], PORT_TWINS);
	int twins[TWINS_MAX] = {-1, -1, -1};
	int n = 2 + step->r[1] % 2;

	for (int i = 0; i < n; i++)
		twins[i] = listener_of(&addr);
	for (int i = 0; i < 4; i++) {
		dial(twins, &addr);
		take_away(&twins[(step->r[2] + i) % n],
			  step->r[3 + i % 3] >> i);
	}
	for (int i = 0; i < n; i++)
		if (twins[i] >= 0)
			close(twins[i]);
	dial((int[]){-1, -1, -1}, &addr);
}
