#!/bin/sh
# SPDX-License-Identifier: MIT
# nginx: HTTP/2, reuseport with two workers, ab, and a new binary put in the
# place of the running one (USR2, WINCH, QUIT) with no lost request.
#
# Setting: `env LD_PRELOAD; env TCP2VSOCK_MAP;` in nginx.conf for USR2, since
# nginx clears the environment of its new binary.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs nginx nginx-light curl curl openssl openssl ab apache2-utils ss iproute2
in_rig 300

mkdir www
echo 'hello' >www/hello
head -c 300000 /dev/urandom >www/file
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout key.pem -out cert.pem -days 2 -subj "/CN=$address" \
	-addext "subjectAltName=IP:$address" 2>/dev/null
# nginx gives a new binary the variables that it is told of, and no others.
cat >nginx.conf <<END
env LD_PRELOAD;
env TCP2VSOCK_MAP;
user root;
worker_processes 2;
pid $PWD/nginx.pid;
error_log $PWD/error.log notice;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path $PWD/body;
	proxy_temp_path $PWD/proxy;
	fastcgi_temp_path $PWD/fastcgi;
	uwsgi_temp_path $PWD/uwsgi;
	scgi_temp_path $PWD/scgi;
	keepalive_requests 10000;
	root $PWD/www;
	server { listen 8080 reuseport; }
	server { listen 8081; }
	server {
		listen 8443 ssl http2;
		ssl_certificate $PWD/cert.pem;
		ssl_certificate_key $PWD/key.pem;
	}
}
END

# As a daemon: one that stays in the foreground ignores USR2.
launch nginx redirected "listen *:8080-8081 = vsock:any:8080-8081
	listen *:8443 = vsock:any:8443" \
	/usr/sbin/nginx -e stderr -c "$PWD/nginx.conf"
up nginx 8080
up nginx 8081
up nginx 8443

get() {
	port=$1
	shift
	client "$port" curl -sS -m 100 "$@"
}

same 'HTTP/2' 'hello
2' "$(get 8443 --http2 --cacert cert.pem -w '%{http_version}\n' \
	https://$address:8443/hello)"
get 8443 --http2 --cacert cert.pem --no-progress-meter -Z --parallel-max 20 \
	-o 'h2-#1' "https://$address:8443/file?[1-20]"
check '20 streams at once, each whole' sh -c 'for n in $(seq 20); do
	cmp www/file h2-$n || exit 1
done'
same 'ab: 2000 requests on kept connections' 'Failed requests:        0' \
	"$(client 8080 ab -k -q -n 2000 -c 20 "http://$address:8080/hello" |
		grep '^Failed requests')"
same 'ab: 300 connections' 'Failed requests:        0' \
	"$(client 8081 ab -q -n 300 -c 10 "http://$address:8081/hello" |
		grep '^Failed requests')"

# Requests go on, a connection each, while the binary is replaced.
cat >ask <<'END'
while [ ! -e enough ]; do
	curl -sS -m 60 -f -o /dev/null "$1" || echo lost
	echo asked
done
END
client 8081 sh ask "http://$address:8081/hello" >asked.log 2>&1 &
asking=$!
check 'requests go on' wait_for grep -q asked asked.log
old=$(cat nginx.pid)
kill -USR2 "$old"
check 'a second master starts' wait_for test -s nginx.pid.oldbin
new_master() {
	new=$(cat nginx.pid 2>/dev/null)
	[ -n "$new" ] && [ "$new" != "$old" ] && kill -0 "$new"
}
check '... with a process of its own' wait_for new_master
new=$(cat nginx.pid)
workers_of() {
	[ "$(pgrep -c -P "$1" nginx)" -ge "$2" ]
}
check '... and workers' wait_for workers_of "$new" 2
kill -WINCH "$old"
retired() {
	! pgrep -P "$old" -f 'nginx: worker' >/dev/null
}
check 'the old workers retire' wait_for retired
kill -QUIT "$old"
gone() {
	! kill -0 "$1" 2>/dev/null
}
check 'the old master ends' wait_for gone "$old"
count=$(grep -c asked asked.log)
more() {
	[ "$(grep -c asked asked.log)" -gt $((count + 5)) ]
}
check 'the new one serves' wait_for more
touch enough
wait $asking
same 'no request was lost' 0 "$(grep -c lost asked.log)"
same 'the new binary serves TLS' 'hello' \
	"$(get 8443 --cacert cert.pem https://$address:8443/hello)"
for port in 8080 8081 8443; do
	check "no TCP socket was made for port $port" no_tcp $port
done
kill -QUIT "$new"
check 'it ends' wait_for gone "$new"
check "no TCP connection was tried" no_opens
finish
