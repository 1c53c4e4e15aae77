/* SPDX-License-Identifier: MIT */
/*
 * The same with libev, which leaves the sockets to the program: see libevent.c.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 50
#define ROUNDS	    20
#define SIZE	    5000

static struct ev_loop *loop;
static int left = CONNECTIONS, bad;

static int tcp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

/* What is to be sent again is kept here; nothing is read meanwhile. */
struct echo {
	ev_io io;
	char text[65536];
	ssize_t from, to;
};

static void echo_ready(struct ev_loop *l, ev_io *io, int events)
{
	struct echo *echo = (struct echo *)io;
	ssize_t n;

	if (events & EV_WRITE) {
		n = write(io->fd, echo->text + echo->from,
			  echo->to - echo->from);
		echo->from += n > 0 ? n : 0;
	} else {
		n = read(io->fd, echo->text, sizeof(echo->text));
		echo->from = 0;
		echo->to = n;
	}
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		ev_io_stop(l, io);
		close(io->fd);
		free(echo);
		return;
	}
	ev_io_stop(l, io);
	ev_io_set(io, io->fd, echo->from < echo->to ? EV_WRITE : EV_READ);
	ev_io_start(l, io);
}

static void accept_ready(struct ev_loop *l, ev_io *io, int events)
{
	int fd;

	(void)events;
	while ((fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct echo *echo = calloc(1, sizeof(*echo));

		ev_io_init(&echo->io, echo_ready, fd, EV_READ);
		ev_io_start(l, &echo->io);
	}
}

static int serve(int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_port = htons(port)};
	int fd = tcp_socket();
	ev_io io;

	/* Registered before it listens: the registration has to live on. */
	ev_io_init(&io, accept_ready, fd, EV_READ);
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 64))
		return 1;
	ev_io_start(loop, &io);
	ev_run(loop, 0);
	return 0;
}

struct client {
	ev_io io;
	int rounds;
	ssize_t sent, got;
	char text[SIZE], back[SIZE];
};

static void finish(struct client *client, int failed)
{
	bad += failed;
	ev_io_stop(loop, &client->io);
	close(client->io.fd);
	free(client);
	if (--left == 0)
		ev_break(loop, EVBREAK_ALL);
}

static int failed(ssize_t n)
{
	return n == 0 || (n < 0 && errno != EAGAIN);
}

static void client_ready(struct ev_loop *l, ev_io *io, int events)
{
	struct client *client = (struct client *)io;
	ssize_t n;

	(void)l;
	if ((events & EV_WRITE) && client->sent < SIZE) {
		n = write(io->fd, client->text + client->sent,
			  SIZE - client->sent);
		if (failed(n)) {
			perror("write");
			finish(client, 1);
			return;
		}
		client->sent += n > 0 ? n : 0;
	}
	if (!(events & EV_READ))
		return;
	n = read(io->fd, client->back + client->got, SIZE - client->got);
	if (failed(n)) {
		finish(client, 1);
		return;
	}
	client->got += n > 0 ? n : 0;
	if (client->got < SIZE)
		return;
	if (memcmp(client->text, client->back, SIZE) != 0) {
		finish(client, 1);
		return;
	}
	client->got = client->sent = 0;
	if (++client->rounds == ROUNDS)
		finish(client, 0);
}

static int dial(const char *host, int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_port = htons(port)};

	inet_pton(AF_INET, host, &sa.sin_addr);
	for (int i = 0; i < CONNECTIONS; i++) {
		struct client *client = calloc(1, sizeof(*client));
		int fd = tcp_socket();

		for (int j = 0; j < SIZE; j++)
			client->text[j] = (char)(i * 7 + j);
		ev_io_init(&client->io, client_ready, fd, EV_READ | EV_WRITE);
		if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) &&
		    errno != EINPROGRESS)
			return 1;
		ev_io_start(loop, &client->io);
	}
	ev_run(loop, 0);
	printf("%d connections, %d bad\n", CONNECTIONS, bad);
	return bad != 0;
}

int main(int argc, char **argv)
{
	loop = ev_default_loop(0);
	if (argc == 3 && strcmp(argv[1], "server") == 0)
		return serve(atoi(argv[2]));
	return argc == 4 ? dial(argv[2], atoi(argv[3])) : 2;
}
