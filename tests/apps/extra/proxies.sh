#!/bin/sh
# SPDX-License-Identifier: MIT
# Squid, tinyproxy, Varnish, stunnel and Traffic Server: each takes connections
# and makes them, both redirected, in front of one web server.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs squid squid tinyproxy tinyproxy varnishd varnish stunnel stunnel4 \
	traffic_server trafficserver openssl openssl curl curl \
	python3 python3 ss iproute2
in_rig 500

chmod 777 .
mkdir root
head -c 3000000 /dev/urandom >root/file
start web 8000 python3 -m http.server -d root 8000
up web 8000

# proxy NAME PORT COMMAND...: listens on PORT, and reaches the web server.
proxy() {
	name=$1 port=$2
	shift 2
	launch "$name" redirected "listen *:$port = vsock:any:$port
		connect $address:8000 = vsock:local:8000" "$@"
	up "$name" "$port"
}

# fetches PORT URL CURL-ARGUMENT...: the file, once it answers, and 40 more
fetches() {
	port=$1 url=$2
	shift 2
	check "$name: it answers" wait_for client "$port" curl -fsS "$@" \
		-o back "$url"
	check "$name: 3 MB" cmp root/file back
	check "$name: 40 requests" client "$port" curl -sS -f -Z \
		--parallel-max 10 "$@" -o /dev/null "$url?[1-40]"
}

cat >squid.conf <<END
http_port 3128
acl everyone src all
http_access allow everyone
cache deny all
pid_filename $PWD/squid.pid
cache_log $PWD/squid.cache
access_log none
coredump_dir $PWD
shutdown_lifetime 1 second
END
proxy squid 3128 squid -N -f "$PWD/squid.conf"
fetches 3128 "http://$address:8000/file" -x "http://$address:3128"

printf 'Port 8888\nListen 0.0.0.0\nMaxClients 50\n' >tinyproxy.conf
proxy tinyproxy 8888 tinyproxy -d -c tinyproxy.conf
fetches 8888 "http://$address:8000/file" -x "http://$address:8888"

cat >varnish.vcl <<END
vcl 4.1;
backend default { .host = "$address"; .port = "8000"; }
END
proxy varnish 6081 varnishd -F -a :6081 -f "$PWD/varnish.vcl" -s malloc,50m \
	-n "$PWD/varnish"
fetches 6081 "http://$address:6081/file"

openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 \
	-subj /CN=x >openssl.log 2>&1 || exit 99
cat >stunnel.conf <<END
foreground = yes
pid =
cert = $PWD/cert
key = $PWD/key
[web]
accept = 4433
connect = $address:8000
END
proxy stunnel 4433 stunnel stunnel.conf
fetches 4433 "https://$address:4433/file" -k

mkdir -p ats/etc ats/log ats/cache ats/run
cp /etc/trafficserver/* ats/etc/
echo "map / http://$address:8000/" >ats/etc/remap.config
: >ats/etc/storage.config
cat >ats/etc/records.config <<END
CONFIG proxy.config.http.server_ports STRING 8080
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.dns.resolv_conf STRING NULL
END
cat >ats/runroot.yaml <<END
prefix: $PWD/ats
exec_prefix: $PWD/ats
bindir: /usr/bin
sbindir: /usr/sbin
sysconfdir: $PWD/ats/etc
datadir: $PWD/ats/cache
libexecdir: /usr/lib/trafficserver/modules
localstatedir: $PWD/ats/run
runtimedir: $PWD/ats/run
logdir: $PWD/ats/log
cachedir: $PWD/ats/cache
END
proxy ats 8080 traffic_server "--run-root=$PWD/ats"
fetches 8080 "http://$address:8080/file"

for port in 3128 8888 6081 4433 8080; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
