#!/bin/sh
# SPDX-License-Identifier: MIT
# Web clients and what measures web servers: aria2 with four connections to a
# file, lftp, w3m, elinks, siege, wrk, h2load; and forwarders between: nghttpx
# (HTTP/2), Privoxy, rinetd, sslh, hitch (TLS).
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs aria2c aria2 lftp lftp w3m w3m elinks elinks siege siege wrk wrk \
	h2load nghttp2-client nghttpx nghttp2-proxy privoxy privoxy \
	rinetd rinetd sslh sslh hitch hitch nginx nginx-light \
	openssl openssl curl curl ss iproute2
in_rig 400
chmod 777 .
export HOME="$RIG_TMP"

mkdir root && head -c 3000000 /dev/urandom >root/file
echo hello >root/hello
for n in 1 2 3 4 5; do echo $n >root/$n; done
cat >nginx.conf <<END
daemon off;
pid $PWD/nginx.pid;
error_log stderr;
events { worker_connections 200; }
http {
	access_log off;
	autoindex on;
	client_body_temp_path $PWD;
	proxy_temp_path $PWD;
	fastcgi_temp_path $PWD;
	uwsgi_temp_path $PWD;
	scgi_temp_path $PWD;
	server { listen 8000; root $PWD/root; }
}
END
start web 8000 nginx -c "$PWD/nginx.conf"
up web 8000
url=http://$address:8000

check "aria2: four connections" client 8000 aria2c -q -x 4 -k 1M -o aria \
	--no-conf "$url/file"
check "... and the file is whole" cmp aria root/file
check "lftp mirrors" client 8000 lftp -c "mirror -P 3 $url/ lftp"
check "... all of it" diff -r root lftp
same w3m hello "$(client 8000 w3m -dump "$url/hello" 2>&1)"
same elinks hello "$(client 8000 elinks -dump "$url/hello" 2>&1 | tr -d ' ')"
same "siege: 5 at once" 20 "$(client 8000 siege -b -q -j -c 5 -r 4 \
	"$url/hello" 2>/dev/null |
	sed -n 's/.*"successful_transactions":[^0-9]*\([0-9]*\).*/\1/p')"
check "wrk: 10 connections of two threads" client 8000 wrk -t 2 -c 10 -d 2 \
	"$url/hello"
cp check.log wrk.log
check "... answered" grep '[1-9][0-9]* requests in' wrk.log
check "... without an error" sh -c '! grep -i "socket errors\|non-2xx" wrk.log'
same "h2load, HTTP/1.1" "40 succeeded" "$(client 8000 h2load --h1 -n 40 -c 4 \
	"$url/hello" 2>&1 | grep -o '[0-9]* succeeded')"

# between NAME PORT COMMAND...: listens on PORT, and reaches the web server
between() {
	name=$1 port=$2
	shift 2
	launch "$name" redirected "listen *:$port = vsock:any:$port
		connect $address:8000 = vsock:local:8000" "$@"
	up "$name" "$port"
}

between nghttpx 7301 nghttpx --conf=/dev/null \
	-f '0.0.0.0,7301;no-tls' -b "$address,8000" \
	--no-ocsp --workers=2 --pid-file="$PWD/nghttpx.pid"
same "nghttpx: HTTP/2 in front of HTTP/1.1" "40 succeeded" \
	"$(client 7301 h2load -n 40 -c 4 -m 5 "http://$address:7301/hello" 2>&1 |
	grep -o '[0-9]* succeeded')"

printf 'listen-address :7302\nconfdir /etc/privoxy\nlogdir %s\n' "$PWD" \
	>privoxy.conf
between privoxy 7302 privoxy --no-daemon privoxy.conf
same Privoxy hello \
	"$(client 7302 curl -sS -x "http://$address:7302" "$url/hello" 2>&1)"
echo "0.0.0.0 7303 $address 8000" >rinetd.conf
between rinetd 7303 rinetd -f -c rinetd.conf
between sslh 7304 sslh -f -p 0.0.0.0:7304 --http $address:8000
openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 \
	-subj /CN=x >openssl.log 2>&1 && cat key cert >pem
between hitch 7305 hitch --user=nobody --group=nogroup \
	--frontend='[0.0.0.0]:7305' \
	--backend="[$address]:8000" --workers=2 pem
for way in rinetd=http://$address:7303 sslh=http://$address:7304 \
	hitch=https://$address:7305; do
	port=${way##*:}
	check "${way%%=*}: 3 MB" client "$port" curl -fsSk -o back \
		"${way#*=}/file"
	check "... are whole" cmp back root/file
	check "${way%%=*}: 20 at once" client "$port" curl -fsSk -Z \
		--parallel-max 10 -o /dev/null "${way#*=}/hello?[1-20]"
done
check "no TCP connection was tried" no_opens
finish
