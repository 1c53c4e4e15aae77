/* SPDX-License-Identifier: MIT */
/*
 * An echo server, and a client that sends on many connections at once and
 * looks at what comes back, with libevent: "server PORT", "client HOST PORT".
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS 50
#define ROUNDS	    20
#define SIZE	    5000

static struct event_base *base;
static int left = CONNECTIONS, bad;

static void echo(struct bufferevent *bev, void *arg)
{
	(void)arg;
	bufferevent_write_buffer(bev, bufferevent_get_input(bev));
}

static void server_event(struct bufferevent *bev, short what, void *arg)
{
	(void)arg;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		bufferevent_free(bev);
}

static void accepted(struct evconnlistener *listener, evutil_socket_t fd,
		     struct sockaddr *sa, int len, void *arg)
{
	struct bufferevent *bev =
		bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)listener, (void)sa, (void)len, (void)arg;
	bufferevent_setcb(bev, echo, NULL, server_event, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static int serve(int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_port = htons(port)};

	if (!evconnlistener_new_bind(base, accepted, NULL,
				     LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE,
				     -1, (struct sockaddr *)&sa, sizeof(sa)))
		return 1;
	return event_base_dispatch(base);
}

struct client {
	struct bufferevent *bev;
	int rounds;
	char text[SIZE];
};

static void finish(struct client *client, int failed)
{
	bad += failed;
	bufferevent_free(client->bev);
	free(client);
	if (--left == 0)
		event_base_loopbreak(base);
}

static void answered(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	char text[SIZE];

	if (evbuffer_get_length(in) < SIZE)
		return;
	evbuffer_remove(in, text, SIZE);
	if (memcmp(text, client->text, SIZE) != 0)
		finish(client, 1);
	else if (++client->rounds == ROUNDS)
		finish(client, 0);
	else
		bufferevent_write(bev, client->text, SIZE);
}

static void client_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *client = arg;

	if (what & BEV_EVENT_CONNECTED)
		bufferevent_write(bev, client->text, SIZE);
	else
		finish(client, 1);
}

static int dial(const char *host, int port)
{
	for (int i = 0; i < CONNECTIONS; i++) {
		struct client *client = calloc(1, sizeof(*client));

		for (int j = 0; j < SIZE; j++)
			client->text[j] = (char)(i * 7 + j);
		client->bev =
			bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
		bufferevent_setcb(client->bev, answered, NULL, client_event,
				  client);
		bufferevent_enable(client->bev, EV_READ | EV_WRITE);
		bufferevent_socket_connect_hostname(client->bev, NULL, AF_INET,
						    host, port);
	}
	event_base_dispatch(base);
	printf("%d connections, %d bad\n", CONNECTIONS, bad);
	return bad != 0;
}

int main(int argc, char **argv)
{
	base = event_base_new();
	if (argc == 3 && strcmp(argv[1], "server") == 0)
		return serve(atoi(argv[2]));
	return argc == 4 ? dial(argv[2], atoi(argv[3])) : 2;
}
