#!/bin/sh
# SPDX-License-Identifier: MIT
# Java: its HTTP server and client, NIO selectors, blocking sockets with a
# timeout, and a socket closed while another thread reads from it.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs javac default-jdk-headless java default-jdk-headless curl curl ss iproute2
in_rig 500

cat >Server.java <<'END'
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

class Server {
	public static void main(String[] args) throws Exception {
		var server = HttpServer.create(new InetSocketAddress(9000), 50);
		server.createContext("/", exchange -> {
			byte[] body = exchange.getRequestBody().readAllBytes();
			exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
			exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.setExecutor(Executors.newFixedThreadPool(4));
		server.start();
	}
}
END
cat >Client.java <<'END'
import java.net.*;
import java.net.http.*;
import java.util.Arrays;

class Client {
	public static void main(String[] args) throws Exception {
		byte[] sent = new byte[500000];
		new java.util.Random().nextBytes(sent);
		var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
		var request = HttpRequest.newBuilder(URI.create("http://" + args[0] + ":9000/"))
			.POST(HttpRequest.BodyPublishers.ofByteArray(sent)).build();
		int good = 0;
		for (int i = 0; i < 4; i++)
			if (Arrays.equals(sent, client.send(request,
					HttpResponse.BodyHandlers.ofByteArray()).body()))
				good++;
		System.out.println("echoed " + good);

		var socket = new Socket();
		socket.connect(new InetSocketAddress(args[0], 9000), 20000);
		System.out.println(socket.getRemoteSocketAddress());
		socket.setSoTimeout(300);
		try {
			socket.getInputStream().read();
		} catch (SocketTimeoutException e) {
			System.out.println("timed out");
		}
		socket.setSoTimeout(0);
		var reader = new Thread(() -> {
			try {
				socket.getInputStream().read();
			} catch (Exception e) {
				System.out.println("closed");
			}
		});
		reader.start();
		while (reader.getState() != Thread.State.RUNNABLE)
			Thread.onSpinWait();
		socket.close();
		reader.join();
		try {
			new Socket(args[0], 9001);
		} catch (ConnectException e) {
			System.out.println("refused");
		}
	}
}
END
check "javac" javac Server.java Client.java
start java 9000 java -Xmx200m -cp . Server
java=$pid
up java 9000
same "curl" hello "$(client 9000 curl -sS --max-time 60 -d hello \
	http://$address:9000/)"
java_client() (
	redirected "connect $address:9000-9001 = vsock:local:9000-9001" \
		java -Xmx200m -cp . Client $address
)
same "the client's five lines" "echoed 4
/$address:9000
timed out
closed
refused" "$(java_client 2>&1)"
check "no TCP socket was made for port 9000" no_tcp 9000
stop $java
finish
