#!/bin/sh
# SPDX-License-Identifier: MIT
# Bridges between TCP and vsock, as doc/bridges.md has them, with what any
# distribution has: haproxy and nginx. The rest is in extra/bridges.sh.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/bridges-lib.sh"
needs haproxy haproxy nginx nginx-light curl curl ss iproute2 \
	python3 python3
[ -z "$TCP" ] || exit 77
in_rig 240
bridges_start 192.0.2.10

# The server is TCP only.
tcp_server 192.0.2.10 5432
block tcp-server.cfg
start haproxy 5432 haproxy -f tcp-server.cfg
check "haproxy listens on vsock" wait_for listens 5432
same "the server is TCP only: a redirected client reaches it" \
	"192.0.2.10:5432 hello" "$(client 5432 python3 say.py $address 5432)"
stop $pid

# Clients from outside.
start server 8443 python3 say.py serve 0.0.0.0 8443
up server 8443
block outside.cfg
from_outside haproxy 443 haproxy -f outside.cfg
same "clients from outside: a TCP client reaches the guest" \
	"0.0.0.0:8443 hello" "$(python3 say.py 127.0.0.1 443)"
stop $pid

# On TCP and on vsock.
block both.conf
launch both redirected 'listen *:8080 = vsock:any:80' \
	nginx -c "$PWD/both.conf" -g "daemon off; pid $PWD/both.pid;"
both=$pid
check "both: nginx is on vsock" wait_for listens 80
check "both: and on TCP" wait_for on_tcp 80
same "both: over TCP" "127.0.0.1 80" "$(curl -sS http://127.0.0.1/)"
same "both: over vsock" 8080 "$( (redirected \
	"connect $address:80 = vsock:local:80" curl -sS http://$address/) |
	cut -d ' ' -f 2)"
stop $both

# The client's real address.
block behind-a-bridge.conf
launch nginx redirected 'listen *:8080 = vsock:any:8080' nginx \
	-c "$PWD/behind-a-bridge.conf" -g "daemon off; pid $PWD/nginx.pid;"
up nginx 8080
block real-address.cfg
from_outside haproxy 443 haproxy -f real-address.cfg
same "the client's real address: the server in the guest knows it" 192.0.2.10 \
	"$(curl -sS --interface 192.0.2.10 http://127.0.0.1:443/)"
finish
