#!/bin/sh
# SPDX-License-Identifier: MIT
# nginx, haproxy, redis, Node and Python that bind IPv4 and IPv6 to one port, in
# either order; nginx and haproxy reloaded while clients of both ask; a second
# one started while the first lives.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs nginx nginx-light haproxy haproxy redis-server redis-server \
	redis-cli redis-tools node nodejs python3 python3 curl curl ss iproute2
in_rig 500

address6=fd00::5
[ -z "$TCP" ] || busybox ip addr add $address6/128 dev lo

server() {
	launch "$(basename "$1")" redirected 'listen *:8000-8999 = vsock:any:8000-8999' "$@"
}

# ask COMMAND...: as a client that knows both addresses.
ask() {
	(redirected "connect $address:8000-8999 = vsock:local:8000-8999
		connect [$address6]:8000-8999 = vsock:local:8000-8999" "$@")
}

get() {
	ask curl -sS -m 60 "$1"
}

# serves WHO PORT
serves() {
	check "$1 listens on port $2" wait_for listens "$2" ||
		sed 's/^/    /' "${3:-$1}.log"
	same "... and answers over IPv4" "hello from $1" \
		"$(get "http://$address:$2/")"
	same "... and over IPv6" "hello from $1" \
		"$(get "http://[$address6]:$2/")"
	check "... on vsock only" no_tcp "$2"
}

# ask_often PORT: both families in turn until the file "enough" is there.
ask_often() {
	rm -f enough
	while [ ! -e enough ]; do
		get "http://$address:$1/" || echo failed
		get "http://[$address6]:$1/" || echo failed
	done >"asked.$1" 2>&1 &
	asking=$!
}

# all_answered WHO PORT
all_answered() {
	touch enough
	wait $asking
	same "$1: each request was answered in the meantime" "" \
		"$(grep -v "^hello from $1$" "asked.$2" | head -n 3)"
	check "... and there were some" test -s "asked.$2"
}

is_gone() {
	! kill -0 "$1"
}

# refused NAME COMMAND...: another one, which finds the port in use and ends.
refused() {
	name=$1
	shift
	server "$@"
	wait "$pid"
	same "$name: a second one does not start" failed \
		"$([ $? = 0 ] || echo failed)"
	check '... since the port is in use' grep -Ei \
		'address (already )?in use|EADDRINUSE' "$(basename "$1").log"
}

# ---- nginx ---------------------------------------------------------------

nginx_conf() {
	cat >nginx.conf <<-END2
	daemon off; worker_processes 2; pid $PWD/nginx.pid; error_log stderr;
	events { }
	http {
		access_log off;
		client_body_temp_path $PWD/n1; proxy_temp_path $PWD/n2;
		fastcgi_temp_path $PWD/n3; uwsgi_temp_path $PWD/n4;
		scgi_temp_path $PWD/n5;
		server {
			listen 8010; listen [::]:8010;
			listen [::]:8011; listen 8011;
			$1
			location / { return 200 "hello from nginx\n"; }
		}
	}
	END2
}

nginx_conf ''
server nginx -e stderr -c "$PWD/nginx.conf"
nginx=$pid
serves nginx 8010
serves nginx 8011
ask_often 8010
nginx_conf 'listen [::]:8012; listen 8012;'
kill -HUP $nginx
serves nginx 8012
all_answered nginx 8010
serves nginx 8011
cp nginx.log nginx.first
refused nginx nginx -e stderr -c "$PWD/nginx.conf"
serves nginx 8010
stop $nginx
check 'nginx: its ports are free' wait_for is_free 8010
server nginx -e stderr -c "$PWD/nginx.conf"
nginx=$pid
serves nginx 8010
stop $nginx

# ---- haproxy -------------------------------------------------------------

haproxy_conf() {
	cat >haproxy.cfg <<-END2
	defaults
		mode http
		timeout client 60s
		timeout server 60s
		timeout connect 60s
	frontend both
		bind 0.0.0.0:8020
		bind :::8020 v6only
		bind :::8021 v6only
		bind 0.0.0.0:8021
		$1
		http-request return status 200 content-type text/plain string "hello from haproxy\n"
	END2
}

haproxy_conf ''
server haproxy -W -p "$PWD/haproxy.pid" -f haproxy.cfg
haproxy=$pid
serves haproxy 8020
serves haproxy 8021
haproxy_conf 'bind :::8022 v6only
		bind 0.0.0.0:8022'
ask_often 8020
kill -HUP $haproxy
serves haproxy 8022
all_answered haproxy 8020
serves haproxy 8021
# The new one asks the old one to give its ports up (-sf).
cp haproxy.log haproxy.first
# shellcheck disable=SC2046 # one argument for each process
server haproxy -W -p "$PWD/haproxy.pid" -f haproxy.cfg \
	-sf $(cat haproxy.pid)
new=$pid
check 'haproxy: the old one has ended' wait_for is_gone $haproxy
serves haproxy 8020
serves haproxy 8021
stop $new

# ---- redis ---------------------------------------------------------------

redis() {
	server redis-server --port "$@" --save '' --protected-mode no \
		--dir "$PWD"
}

# pongs PORT
pongs() {
	check "redis listens on port $1" wait_for listens "$1"
	for host in $address $address6; do
		same "... and answers at $host" PONG \
			"$(ask redis-cli -h $host -p "$1" ping)"
	done
}

redis 8030 --bind '*' '-::*'
redis=$pid
pongs 8030
redis 8031 --bind '-::*' '*'
stop_later=$pid
pongs 8031
cp redis-server.log redis.first
refused redis redis-server --port 8030 --bind '*' '-::*' --save '' --dir "$PWD"
pongs 8030
stop $redis
stop $stop_later
check 'redis: its ports are free' wait_for is_free 8030
redis 8030 --bind '*' '-::*'
redis=$pid
pongs 8030
stop $redis

# ---- Node and Python -----------------------------------------------------

cat >node.js <<'END2'
const http = require("http");
const hello = (request, response) => response.end("hello from node\n");
const listen = (port, first, second) =>
	http.createServer(hello).listen({ port, ipv6Only: true, ...first }, () =>
		http.createServer(hello).listen(
			{ port, ipv6Only: true, ...second }));
listen(8040, { host: "0.0.0.0" }, { host: "::" });
listen(8041, { host: "::" }, { host: "0.0.0.0" });
http.createServer(hello).listen(8042);
END2
server node node.js
node=$pid
for port in 8040 8041 8042; do
	serves node $port
done
cp node.log node.first
refused node node node.js
serves node 8040
stop $node

cat >python.py <<'END2'
import asyncio, sys

async def hello(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.0 200 OK\r\n\r\nhello from python\n")
    await writer.drain()
    writer.close()

async def main():
    servers = [await asyncio.start_server(hello, hosts, port)
               for hosts, port in ((["0.0.0.0", "::"], 8050),
                                   (["::", "0.0.0.0"], 8051), (None, 8052))]
    assert all(len(server.sockets) == 2 for server in servers)
    await servers[0].serve_forever()

asyncio.run(main())
END2
ln -s "$(command -v python3)" python
server ./python python.py
python=$pid
for port in 8050 8051 8052; do
	serves python $port
done
refused python ./python python.py
serves python 8050
stop $python
# No TIME_WAIT, and nothing left of the first one.
server ./python python.py
python=$pid
serves python 8050
stop $python

check "no TCP connection was tried" no_opens
finish
