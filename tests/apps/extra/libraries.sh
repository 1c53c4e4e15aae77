#!/bin/sh
# SPDX-License-Identifier: MIT
# More C, C++ and D libraries with sockets of their own: GLib's service
# and asynchronous client, libsoup, Qt, POCO, nng, and libmicrohttpd
# with epoll, poll, a thread for each connection, and both address families.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs gcc gcc g++ g++ pkg-config pkg-config ldc2 ldc curl curl ss iproute2

# has HEADER PACKAGE FLAGS: or the test is skipped, and failed where all must run
has() {
	# shellcheck disable=SC2086
	echo "#include <$1>" | c++ -fPIC -fsyntax-only -x c++ $3 - 2>/dev/null &&
		return
	echo "$1 is missing: apt-get install $2"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}
flags() { pkg-config --cflags --libs "$1" 2>/dev/null; }
write_sources() {
cat >glib.c <<'END'
#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int answers, left = 20;
static const char *server;
static gboolean serve(GSocketService *service, GSocketConnection *one,
		      GObject *source, gpointer data)
{
	GSocketAddress *peer = g_socket_connection_get_remote_address(one, NULL);
	char *text = g_inet_address_to_string(g_inet_socket_address_get_address(
		G_INET_SOCKET_ADDRESS(peer)));

	g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(one)),
				  text, strlen(text), NULL, NULL, NULL);
	return FALSE;
}
static char texts[20][100];
static void was_read(GObject *stream, GAsyncResult *result, gpointer loop)
{
	char *text = g_object_get_data(stream, "text");

	if (g_input_stream_read_finish(G_INPUT_STREAM(stream), result, NULL) > 0)
		answers += strstr(text, "127.0.0.1") || strstr(text, server);
	if (!--left)
		g_main_loop_quit(loop);
}
static void connected(GObject *client, GAsyncResult *result, gpointer loop)
{
	static int n;
	GSocketConnection *one = g_socket_client_connect_to_host_finish(
		G_SOCKET_CLIENT(client), result, NULL);
	GInputStream *stream;

	if (!one)
		exit(1);
	stream = g_io_stream_get_input_stream(G_IO_STREAM(one));
	g_object_set_data(G_OBJECT(stream), "text", texts[n]);
	g_input_stream_read_async(stream, texts[n++], 99, 0, NULL, was_read,
				  loop);
}
int main(int argc, char **argv)
{
	GSocketService *service = g_socket_service_new();
	GSocketClient *client = g_socket_client_new();
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);

	server = argv[1];
	if (!g_socket_listener_add_inet_port(G_SOCKET_LISTENER(service), 7601,
					     NULL, NULL))
		return 1;
	g_signal_connect(service, "incoming", G_CALLBACK(serve), NULL);
	g_socket_service_start(service);
	g_socket_client_set_enable_proxy(client, FALSE);
	for (int i = 0; i < 20; i++)
		g_socket_client_connect_to_host_async(client, argv[1], 7601, NULL,
						      connected, loop);
	g_main_loop_run(loop);
	printf("%d answers\n", answers);
	return 0;
}
END
cat >soup.c <<'END'
#include <libsoup/soup.h>
#include <stdio.h>
static int answers, left = 20;
static void serve(SoupServer *server, SoupMessage *message, const char *path,
		  GHashTable *query, SoupClientContext *client, gpointer data)
{
	soup_message_set_status(message, 200);
	soup_message_set_response(message, "text/plain", SOUP_MEMORY_STATIC,
				  "soup", 4);
}
static void got(SoupSession *session, SoupMessage *message, gpointer loop)
{
	answers += message->status_code == 200 &&
		   !g_strcmp0(message->response_body->data, "soup");
	if (!--left)
		g_main_loop_quit(loop);
}
int main(int argc, char **argv)
{
	SoupServer *server = soup_server_new(NULL, NULL);
	SoupSession *session = soup_session_new();
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	char *url = g_strdup_printf("http://%s:7602/", argv[1]);

	soup_server_add_handler(server, NULL, serve, NULL, NULL);
	if (!soup_server_listen_all(server, 7602, 0, NULL))
		return 1;
	for (int i = 0; i < 20; i++)
		soup_session_queue_message(session, soup_message_new("GET", url),
					   got, loop);
	g_main_loop_run(loop);
	printf("%d answers\n", answers);
	return 0;
}
END
cat >qt.cc <<'END'
#include <QtNetwork>
int main(int argc, char **argv)
{
	QCoreApplication app(argc, argv);
	QTcpServer server;
	int answers = 0, left = 20;
	if (!server.listen(QHostAddress::Any, 7603))
		return 1;
	QObject::connect(&server, &QTcpServer::newConnection, [&] {
		QTcpSocket *one = server.nextPendingConnection();
		one->write(one->peerAddress().toString().toUtf8());
		one->disconnectFromHost();
	});
	for (int i = 0; i < 20; i++) {
		QTcpSocket *one = new QTcpSocket(&app);
		QObject::connect(one, &QTcpSocket::disconnected, [&, one] {
			QByteArray who = one->readAll();
			answers += who.endsWith("127.0.0.1") ||
				   who.endsWith(argv[1]);
			if (!--left)
				app.quit();
		});
		QObject::connect(one, &QAbstractSocket::errorOccurred,
				 [&](QAbstractSocket::SocketError error) {
			if (error != QAbstractSocket::RemoteHostClosedError)
				app.exit(1);
		});
		one->connectToHost(argv[1], 7603);
	}
	int status = app.exec();
	printf("%d answers\n", answers);
	return status;
}
END
cat >poco.cc <<'END'
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <iostream>
using namespace Poco::Net;
struct Handler : HTTPRequestHandler {
	void handleRequest(HTTPServerRequest &request,
			   HTTPServerResponse &response) override
	{
		response.send() << request.clientAddress().host().toString();
	}
};
struct Factory : HTTPRequestHandlerFactory {
	HTTPRequestHandler *createRequestHandler(const HTTPServerRequest &) override
	{
		return new Handler;
	}
};
int main(int argc, char **argv)
{
	HTTPServer server(new Factory, ServerSocket(7604), new HTTPServerParams);
	int answers = 0;
	server.start();
	for (int i = 0; i < 20; i++) {
		HTTPClientSession session(argv[1], 7604);
		HTTPRequest request("GET", "/");
		HTTPResponse response;
		std::string who;
		session.sendRequest(request);
		session.receiveResponse(response) >> who;
		answers += who.find("127.0.0.1") != who.npos ||
			   who.find(argv[1]) != who.npos;
	}
	server.stop();
	std::cout << answers << " answers\n";
}
END
cat >nng.c <<'END'
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
	nng_socket server, client;
	char url[100], *text;
	int answers = 0;
	size_t size;

	snprintf(url, sizeof(url), "tcp://%s:7605", argv[1]);
	if (nng_rep0_open(&server) ||
	    nng_listen(server, "tcp://0.0.0.0:7605", NULL, 0) ||
	    nng_req0_open(&client) || nng_dial(client, url, NULL, 0))
		return 1;
	for (int i = 0; i < 20; i++) {
		nng_send(client, "ask", 4, 0);
		nng_recv(server, &text, &size, NNG_FLAG_ALLOC);
		nng_send(server, text, size, NNG_FLAG_ALLOC);
		nng_recv(client, &text, &size, NNG_FLAG_ALLOC);
		answers += !strcmp(text, "ask");
	}
	printf("%d answers\n", answers);
	return 0;
}
END
cat >microhttpd.c <<'END'
#include <microhttpd.h>
#include <stdio.h>
#include <unistd.h>
static const int modes[] = {
	MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL,
	MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_USE_TURBO,
	MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
		MHD_USE_THREAD_PER_CONNECTION,
	MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_DUAL_STACK,
};
static enum MHD_Result serve(void *data, struct MHD_Connection *one,
			     const char *url, const char *method,
			     const char *version, const char *body,
			     size_t *size, void **state)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		5, (void *)"hello", MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_queue_response(one, 200, response);

	MHD_destroy_response(response);
	return result;
}
int main(void)
{
	for (int i = 0; i < 4; i++)
		if (!MHD_start_daemon(modes[i] | MHD_USE_ITC, 7606 + i, NULL, NULL,
				      serve, NULL, MHD_OPTION_END))
			return 1;
	pause();
	return 0;
}
END
cat >sockets.d <<'END'
import std.socket, std.stdio;
void main(string[] args)
{
	auto server = new TcpSocket, all = new SocketSet;
	int answers;
	server.bind(new InternetAddress(7610));
	server.listen(20);
	foreach (n; 0 .. 20) {
		auto client = new TcpSocket(new InternetAddress(args[1], 7610));
		all.reset();
		all.add(server);
		Socket.select(all, null, null);
		auto one = server.accept();
		one.send(one.remoteAddress.toAddrString);
		char[100] text;
		auto size = client.receive(text);
		answers += text[0 .. size] == "127.0.0.1" ||
			text[0 .. size] == args[1];
	}
	writeln(answers, " answers");
}
END
}

compile() {
	"$@" && return
	echo "FAIL: $*"
	exit 1
}

# Here, since compilers are slow in a test kernel.
# shellcheck disable=SC2046
build() {
	has gio/gio.h libglib2.0-dev "$(flags gio-2.0)"
	has libsoup/soup.h libsoup2.4-dev "$(flags libsoup-2.4)"
	has QtNetwork qtbase5-dev "$(flags Qt5Network)"
	has Poco/Net/HTTPServer.h libpoco-dev ''
	has nng/nng.h libnng-dev ''
	has microhttpd.h libmicrohttpd-dev ''
	mkdir -p "$programs" && cd "$programs" || exit 99
	write_sources
	compile gcc -w -o glib glib.c $(flags gio-2.0)
	compile gcc -w -o soup soup.c $(flags libsoup-2.4)
	compile g++ -w -fPIC -o qt qt.cc $(flags Qt5Network)
	compile g++ -o poco poco.cc -lPocoNet -lPocoFoundation
	compile gcc -o nng nng.c -lnng
	compile gcc -o microhttpd microhttpd.c -lmicrohttpd
	compile ldc2 -link-defaultlib-shared -of=sockets sockets.d
}

programs=$builddir/extra/libraries
[ -n "${RIG:-}" ] || (build) || exit
in_rig 300

# Server and client are one process.
for program in glib soup qt poco nng sockets; do
	same "$program" "20 answers" "$(
		redirected "listen *:7601-7610 = vsock:any:*
			connect $address:7601-7610 = vsock:local:*" \
			timeout 100 "$programs/$program" $address 2>&1
	)"
done

launch microhttpd redirected "listen *:7606-7609 = vsock:any:*" \
	"$programs/microhttpd"
for port in 7606 7607 7608 7609; do
	up microhttpd $port
	check "libmicrohttpd: 20 requests" client $port curl -fsS -Z \
		--parallel-max 10 -o /dev/null "http://$address:$port/?[1-20]"
done
check "no TCP connection was tried" no_opens
finish
