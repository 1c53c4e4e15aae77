#!/bin/sh
# SPDX-License-Identifier: MIT
# haproxy: HTTP and TCP in front of two servers, health checks, and a reload
# that hands the listeners over, all of it by vsock.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs haproxy haproxy socat socat python3 python3 curl curl ss iproute2
in_rig 300

cat >backend.py <<'END2'
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"server %s\n" % sys.argv[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
END2
# The time between checks is also how long one may take to connect. TCP's
# loopback answers within the call, vsock's from a kernel thread, whose turn may
# come late.
cat >haproxy.cfg <<END2
global
	stats socket $PWD/stats level admin expose-fd listeners
	maxconn 200
defaults
	timeout connect 30s
	timeout client 60s
	timeout server 60s
	timeout check 30s
	default-server check inter 10s downinter 300ms rise 1 fall 1
listen web
	mode http
	bind *:8080
	balance roundrobin
	option httpchk GET /
	option redispatch
	server one $address:8001
	server two $address:8002
listen plain
	mode tcp
	bind *:8081
	server one $address:8001
END2

start one 8001 python3 backend.py 8001
up one 8001
start two 8002 python3 backend.py 8002
two=$pid
up two 8002

proxy() {
	launch "$1" redirected "listen *:8080-8081 = vsock:any:8080-8081
		connect $address:8001-8002 = vsock:local:8001-8002" \
		haproxy -W -S "$PWD/master" -f haproxy.cfg
}

get() {
	client "$1" curl -sS -m 60 "http://$address:$1/"
}

state() {
	echo "show stat" | socat -t 10 - "UNIX:$PWD/stats" |
		grep "^web,$1,.*,$2," >/dev/null
}

check "the configuration is right" haproxy -c -f haproxy.cfg
proxy haproxy
haproxy=$pid
up haproxy 8080
up haproxy 8081
check "server one is found healthy" wait_for state one UP
check "server two is found healthy" wait_for state two UP
same "HTTP goes to both servers in turn" "server 8001 server 8002" \
	"$({ get 8080; get 8080; } | sort | paste -sd ' ')"
same "TCP mode" "server 8001" "$(get 8081)"
check "100 requests, ten at a time" client 8080 curl -sS --no-progress-meter \
	-Z --parallel-max 10 -m 100 -f -o /dev/null \
	"http://$address:8080/[1-100]"

stop $two
check "a dead server is noticed" wait_for state two DOWN
same "... and nobody is sent to it" "server 8001" \
	"$({ get 8080; get 8080; get 8080; } | sort -u)"
start again 8002 python3 backend.py 8002
up again 8002
check "... until it is back" wait_for state two UP

# Requests go on while the worker is replaced.
client 8080 curl -sS --no-progress-meter -m 200 -f -o /dev/null \
	"http://$address:8080/[1-150]" >requests.log 2>&1 &
requests=$!
worker() {
	echo "show info" | socat -t 10 - "UNIX:$PWD/stats" | grep ^Pid:
}
old=$(worker)
kill -USR2 $haproxy
replaced() {
	[ -n "$(worker)" ] && [ "$(worker)" != "$old" ]
}
check "the worker is replaced" wait_for replaced
wait $requests
same "no request was lost by the reload" 0 $?
same "the new worker serves" "server" "$(get 8080 | cut -d ' ' -f 1)"
for port in 8001 8002 8080 8081; do
	check "no TCP socket was made for port $port" no_tcp $port
done
stop $haproxy
check "no TCP connection was tried" no_opens
[ $failures = 0 ] || cat haproxy.log
finish
