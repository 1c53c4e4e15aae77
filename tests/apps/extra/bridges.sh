#!/bin/sh
# SPDX-License-Identifier: MIT
# Bridges between TCP and vsock, as doc/bridges.md has them: those that want
# more than haproxy. An enclave's way out by a proxy, by SOCKS and by the name
# in TLS; DNS; systemd's.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../bridges-lib.sh"
activate=systemd-socket-activate
proxyd=/lib/systemd/systemd-socket-proxyd
needs nginx nginx-light tinyproxy tinyproxy microsocks microsocks \
	proxychains4 proxychains4 unbound unbound $activate systemd \
	openssl openssl curl curl ss iproute2 python3 python3
[ -e /usr/lib/nginx/modules/ngx_stream_module.so ] ||
	needs nginx-stream libnginx-mod-stream
[ -z "$TCP" ] || exit 77
in_rig 400
bridges_start 192.0.2.10 192.0.2.20 192.0.2.53
stream='load_module /usr/lib/nginx/modules/ngx_stream_module.so;'

# run_nginx NAME RULE: with the module that Debian has in a package of its own
run_nginx() {
	block "$1"
	launch nginx redirected "$2" nginx -c "$PWD/$1" \
		-g "$stream daemon off; pid $PWD/nginx.pid;"
}

# setting UNIT NAME: its value there
setting() {
	sed -n "s/^$2=//p" "$1"
}

# The server is TCP only: systemd's, of which no part is ours.
tcp_server 192.0.2.10 5432
block database.socket
block database.service
# shellcheck disable=SC2046 # its words
launch proxyd $activate -l "$(setting database.socket ListenStream)" \
	$(setting database.service ExecStart)
check "systemd listens on vsock" wait_for listens 5432
same "the server is TCP only: through systemd-socket-proxyd" \
	"192.0.2.10:5432 hello" "$(client 5432 python3 say.py $address 5432)"
stop $pid

# Clients from outside.
start server 8443 python3 say.py serve 0.0.0.0 8443
up server 8443
run_nginx outside-nginx.conf 'connect guest.internal:* = vsock:local:*'
check "nginx listens for clients from outside" wait_for on_tcp 443
same "clients from outside: through nginx" "0.0.0.0:8443 hello" \
	"$(python3 say.py 127.0.0.1 443)"
stop $pid

block service.socket
block service.service
# shellcheck disable=SC2046 # its words
TCP2VSOCK_MAP='connect guest.internal:8443 = vsock:local:8443' \
	TCP2VSOCK_LIBRARY=$PWD/libtcp2vsock.so launch proxyd $activate \
	-E TCP2VSOCK_MAP -E TCP2VSOCK_LIBRARY \
	-l "$(setting service.socket ListenStream)" \
	$(setting service.service ExecStart |
		sed "s,^tcp2vsock,$builddir/launcher/tcp2vsock,")
check "systemd listens for clients from outside" wait_for on_tcp 443
same "clients from outside: through systemd-socket-proxyd" \
	"0.0.0.0:8443 hello" "$(python3 say.py 127.0.0.1 443)"
stop $pid

# A web server with a name, somewhere in the internet.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 \
	-subj /CN=www.example.org -addext subjectAltName=DNS:www.example.org \
	>openssl.log 2>&1 || exit 99
cat >web.conf <<END
events { }
http {
	server {
		listen 192.0.2.20:443 ssl;
		ssl_certificate $PWD/cert;
		ssl_certificate_key $PWD/key;
		location / { return 200 "\$remote_addr \$ssl_server_name\n"; }
	}
}
END
launch web nginx -c "$PWD/web.conf" -g "daemon off; pid $PWD/web.pid;"
check "a web server in the internet" wait_for on_tcp 443
cat >dns.conf <<END
server:
	interface: 192.0.2.53
	access-control: 0.0.0.0/0 allow
	module-config: iterator
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
	local-zone: example.org static
	local-data: "www.example.org A 192.0.2.20"
remote-control:
	control-enable: no
END
launch dns unbound -d -c dns.conf
check "and a resolver" wait_for on_tcp 53
dns=$pid

fetched="192.0.2.20 www.example.org"
# fetch RULE COMMAND...: the page, as the enclave has it
fetch() {
	redirected "$@" -sS -m 60 --cacert cert https://www.example.org/
}

# An enclave's way out: an HTTP proxy.
cp /etc/resolv.conf resolv.conf 2>/dev/null
echo nameserver 192.0.2.53 >resolv.conf
mount --bind resolv.conf /etc/resolv.conf || exit 99
block tinyproxy.conf
# CID 1 is the only one that is shown as loopback.
sed -i 's,^Allow .*,Allow 127.0.0.1,' tinyproxy.conf
start tinyproxy 8888 tinyproxy -d -c tinyproxy.conf
up tinyproxy 8888
same "to any host: through tinyproxy" "$fetched" "$(https_proxy=http://proxy.internal:8888 \
	fetch 'connect proxy.internal:8888 = vsock:local:8888' curl)"
stop $pid

# SOCKS, for a program that knows of no proxy.
start microsocks 1080 microsocks
up microsocks 1080
block proxychains.conf
same "to any host: through proxychains and microsocks" "$fetched" \
	"$(fetch 'connect 10.0.0.3:1080 = vsock:local:1080' \
		proxychains4 -q -f proxychains.conf curl)"
stop $pid

# By the name in TLS; nobody in the enclave knows a resolver.
run_nginx by-name.conf 'listen *:8443 = vsock:any:8444'
check "nginx listens on vsock" wait_for listens 8444
umount /etc/resolv.conf
same "to any host: by the name in TLS" "$fetched" "$(
	fetch 'connect *.:443 = vsock:local:8444' curl)"
stop $pid
stop $dns

# DNS: the host's resolver over vsock, the guest's for any program.
start dns 53 unbound -d -c dns.conf
check "the host's resolver listens on vsock" wait_for listens 53
block guest-unbound.conf
cat >>guest-unbound.conf <<'END'
server:
	username: ""
	chroot: ""
	pidfile: ""
	use-syslog: no
END
launch resolver redirected 'connect 10.0.0.53:53 = vsock:local:53' \
	unbound -d -c guest-unbound.conf
echo nameserver 127.0.0.1 >resolv.conf
mount --bind resolv.conf /etc/resolv.conf
resolves() {
	getent hosts www.example.org | grep 192.0.2.20
}
check "DNS: a program's plain lookup" wait_for resolves
umount /etc/resolv.conf
[ $failures = 0 ] || cat ./*.log
finish
