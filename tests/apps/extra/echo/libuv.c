/* SPDX-License-Identifier: MIT */
/* The same with libuv: see libevent.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define CONNECTIONS 50
#define ROUNDS	    20
#define SIZE	    5000

static uv_loop_t *loop;
static int bad;

struct client {
	uv_tcp_t tcp;
	uv_connect_t connect;
	int rounds;
	size_t got;
	char text[SIZE], back[SIZE];
};

struct sent {
	uv_write_t write;
	char *text;
};

static void give_room(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
	(void)handle;
	*buf = uv_buf_init(malloc(size), size);
}

static void closed(uv_handle_t *handle)
{
	free(handle);
}

static void written(uv_write_t *write, int status)
{
	struct sent *sent = (struct sent *)write;

	bad += status < 0 && status != UV_ECANCELED;
	free(sent->text);
	free(sent);
}

static void send_text(uv_stream_t *stream, const char *text, size_t size)
{
	struct sent *sent = malloc(sizeof(*sent));
	uv_buf_t buf;

	sent->text = malloc(size);
	memcpy(sent->text, text, size);
	buf = uv_buf_init(sent->text, size);
	uv_write(&sent->write, stream, &buf, 1, written);
}

static void echo(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	if (n > 0)
		send_text(stream, buf->base, n);
	else if (n < 0)
		uv_close((uv_handle_t *)stream, closed);
	free(buf->base);
}

static void connected_to_us(uv_stream_t *listener, int status)
{
	uv_tcp_t *tcp = malloc(sizeof(*tcp));

	if (status < 0 || uv_tcp_init(loop, tcp) ||
	    uv_accept(listener, (uv_stream_t *)tcp))
		abort();
	uv_tcp_nodelay(tcp, 1);
	uv_read_start((uv_stream_t *)tcp, give_room, echo);
}

static int serve(int port)
{
	struct sockaddr_in sa;
	uv_tcp_t listener;

	uv_ip4_addr("0.0.0.0", port, &sa);
	uv_tcp_init(loop, &listener);
	if (uv_tcp_bind(&listener, (struct sockaddr *)&sa, 0) ||
	    uv_listen((uv_stream_t *)&listener, 128, connected_to_us))
		return 1;
	return uv_run(loop, UV_RUN_DEFAULT);
}

static void answered(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct client *client = (struct client *)stream;

	if (n < 0 || client->got + n > SIZE) {
		bad++;
		uv_close((uv_handle_t *)stream, closed);
		free(buf->base);
		return;
	}
	memcpy(client->back + client->got, buf->base, n);
	client->got += n;
	free(buf->base);
	if (client->got < SIZE)
		return;
	bad += memcmp(client->text, client->back, SIZE) != 0;
	client->got = 0;
	if (++client->rounds == ROUNDS)
		uv_close((uv_handle_t *)stream, closed);
	else
		send_text(stream, client->text, SIZE);
}

static void connected(uv_connect_t *connect, int status)
{
	struct client *client = connect->data;

	if (status < 0) {
		fprintf(stderr, "%s\n", uv_strerror(status));
		bad++;
		uv_close((uv_handle_t *)&client->tcp, closed);
		return;
	}
	uv_read_start((uv_stream_t *)&client->tcp, give_room, answered);
	send_text((uv_stream_t *)&client->tcp, client->text, SIZE);
}

static int dial(const char *host, int port)
{
	struct sockaddr_in sa;

	uv_ip4_addr(host, port, &sa);
	for (int i = 0; i < CONNECTIONS; i++) {
		struct client *client = calloc(1, sizeof(*client));

		for (int j = 0; j < SIZE; j++)
			client->text[j] = (char)(i * 7 + j);
		uv_tcp_init(loop, &client->tcp);
		client->connect.data = client;
		if (uv_tcp_connect(&client->connect, &client->tcp,
				   (struct sockaddr *)&sa, connected))
			return 1;
	}
	uv_run(loop, UV_RUN_DEFAULT);
	printf("%d connections, %d bad\n", CONNECTIONS, bad);
	return bad != 0;
}

int main(int argc, char **argv)
{
	loop = uv_default_loop();
	if (argc == 3 && strcmp(argv[1], "server") == 0)
		return serve(atoi(argv[2]));
	return argc == 4 ? dial(argv[2], atoi(argv[3])) : 2;
}
