#!/bin/sh
# SPDX-License-Identifier: MIT
# Java: its HTTP server (NIO selectors), blocking sockets and HttpClient.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs java default-jdk-headless javac default-jdk-headless curl curl ss iproute2
in_rig 500

cat >Server.java <<'END2'
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

class Server {
	public static void main(String[] args) throws Exception {
		int port = Integer.parseInt(args[0]);
		HttpServer server = HttpServer.create(
			new InetSocketAddress("0.0.0.0", port), 50);
		server.setExecutor(Executors.newFixedThreadPool(4));
		server.createContext("/", exchange -> {
			int n = exchange.getRequestBody().readAllBytes().length;
			byte[] answer = (exchange.getRequestMethod() + " " + n
				+ " " + exchange.getLocalAddress().getPort()
				+ "\n").getBytes();
			exchange.sendResponseHeaders(200, answer.length);
			exchange.getResponseBody().write(answer);
			exchange.close();
		});
		server.start();
	}
}
END2
cat >Client.java <<'END2'
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

class Client {
	public static void main(String[] args) throws Exception {
		String host = args[0];
		int port = Integer.parseInt(args[1]);
		HttpClient client = HttpClient.newHttpClient();
		HttpRequest request = HttpRequest.newBuilder(
			URI.create("http://" + host + ":" + port + "/"))
			.POST(HttpRequest.BodyPublishers.ofByteArray(
				new byte[500000])).build();
		System.out.print(client.send(request,
			BodyHandlers.ofString()).body());
		try (Socket socket = new Socket(host, port)) {
			socket.setSoTimeout(60000);
			socket.getOutputStream().write(
				("GET / HTTP/1.0\r\n\r\n").getBytes());
			String all = new String(
				socket.getInputStream().readAllBytes());
			System.out.print(all.substring(all.indexOf("GET")));
		}
		System.exit(0);
	}
}
END2
check "the programs compile" javac Server.java Client.java
start java 8000 java -Xint -cp . Server 8000
server=$pid
up java 8000
same "GET" "GET 0 8000" \
	"$(client 8000 curl -sS -m 100 "http://$address:8000/")"
head -c 3000000 /dev/urandom >file
same "3 MB up" "POST 3000000 8000" "$(client 8000 \
	curl -sS -m 100 --data-binary @file "http://$address:8000/")"
same "HttpClient, and a blocking Socket" "POST 500000 8000 GET 0 8000" \
	"$(client 8000 java -Xint -cp . Client $address 8000 | paste -sd ' ')"
check "no TCP socket was made for any of it" no_tcp 8000
stop $server
finish
