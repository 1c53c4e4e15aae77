#!/bin/sh
# SPDX-License-Identifier: MIT
# Python's network libraries, 30 clients at once, by name: asyncio, uvloop,
# aiohttp with a web socket, tornado, twisted, gevent, eventlet, gRPC, ZeroMQ;
# and gunicorn with each kind of worker, reloaded.
#
# Setting: GRPC_DNS_RESOLVER=native, since gRPC has a resolver of its own
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs python3 python3 gunicorn gunicorn curl curl ss iproute2
for package in aiohttp eventlet gevent grpcio:grpc tornado twisted uvloop zmq; do
	python3 -c "import ${package#*:}" 2>/dev/null ||
		needs "${package#*:}" "python3-${package%:*}"
done
in_rig 600
GRPC_DNS_RESOLVER=native
export GRPC_DNS_RESOLVER

echo=$srcdir/tests/apps/extra/echo/frameworks.py
rules='connect server.internal:9100 = vsock:local:9100
	connect 10.0.0.5:9100 = vsock:local:9100'
[ -z "$TCP" ] || echo "$address server.internal" >>/etc/hosts
for library in asyncio uvloop aiohttp tornado twisted gevent eventlet grpc zmq; do
	start $library 9100 python3 "$echo" $library server
	up $library 9100
	same "$library: 30 clients" answered \
		"$(redirected "$rules" python3 "$echo" $library client)"
	stop "$pid"
done

cat >app.py <<'END'
def app(environ, start):
    size = len(environ["wsgi.input"].read())
    text = f'{environ["REMOTE_ADDR"]} {size}\n'.encode()
    start("200 OK", [("Content-Length", str(len(text)))])
    return [text]
END
requests() {
	check "$1" client 9200 curl -sS -f -Z --parallel-max 10 -o /dev/null \
		"http://$address:9200/?[1-60]"
}
for worker in sync gthread gevent eventlet tornado; do
	start gunicorn 9200 gunicorn -w 3 -k $worker -b 0.0.0.0:9200 app:app
	server=$pid
	up gunicorn 9200
	same "gunicorn, $worker: a request" '127.0.0.1 100000' \
		"$(head -c 100000 /dev/zero | client 9200 curl -sS \
			--data-binary @- "http://$address:9200/")"
	requests "gunicorn, $worker: 60 requests"
	kill -HUP "$server"
	check "gunicorn, $worker: reloads" wait_for grep -q 'Handling signal: hup' \
		gunicorn.log
	requests "gunicorn, $worker: 60 requests more"
	stop "$server"
done
check "no TCP connection was tried" no_opens
finish
