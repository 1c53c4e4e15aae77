#!/bin/sh
# SPDX-License-Identifier: MIT
# nginx and curl: keep-alive, TLS, a large download, uploads, a proxy to an
# upstream that is mapped too, a reload under way.
. "$(dirname "$0")/lib.sh"
needs nginx nginx-light curl curl openssl openssl ss iproute2
in_rig 300

both="listen *:8080 = vsock:any:8080; listen *:8443 = vsock:any:8443;
connect $address:8080 = vsock:local:8080"
web=http://$address:8080

# fetch PORT ARGUMENT...
fetch() {
	port=$1
	shift
	client "$port" curl -sS --max-time 100 "$@"
}

# configure VERSION
configure() {
	cat >nginx.conf <<-END
	daemon off;
	user root;
	worker_processes 2;
	pid $PWD/nginx.pid;
	error_log stderr notice;
	events { worker_connections 256; }
	http {
		access_log $PWD/access.log;
		client_body_temp_path $PWD/body;
		proxy_temp_path $PWD/proxy;
		fastcgi_temp_path $PWD/fastcgi;
		uwsgi_temp_path $PWD/uwsgi;
		scgi_temp_path $PWD/scgi;
		client_max_body_size 0;
		keepalive_timeout 60s;
		root $PWD/www;
		server {
			listen 8080;
			listen [::]:8080 ipv6only=on;
			location /version { return 200 "$1\n"; }
			location /who {
				return 200 "\$remote_addr \$server_port\n";
			}
			location /put {
				client_body_in_file_only on;
				proxy_pass $web/size;
			}
			location /size { return 200 "\$http_content_length\n"; }
			location /through/ { proxy_pass $web/; }
		}
		server {
			listen 8443 ssl;
			ssl_certificate $PWD/cert.pem;
			ssl_certificate_key $PWD/key.pem;
		}
	}
	END
}

sum() {
	sha256sum | cut -d ' ' -f 1
}

mkdir www
echo "hello over vsock" >www/hello
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	-keyout key.pem -out cert.pem -days 2 -subj "/CN=$address" \
	-addext "subjectAltName=IP:$address" 2>/dev/null
head -c 100000000 /dev/urandom >www/large
head -c 5000000 www/large >small
configure one

launch nginx redirected "$both" /usr/sbin/nginx -e stderr -c "$PWD/nginx.conf"
nginx=$pid
up nginx 8080
up nginx 8443

same "a page" "hello over vsock" "$(fetch 8080 $web/hello)"
same "the client's address is this machine's, and the port the server's" \
	"$([ -z "$TCP" ] && echo 127.0.0.1 || echo $address) 8080" \
	"$(fetch 8080 $web/who)"
same "ten requests on one connection" "1 0 0 0 0 0 0 0 0 0" "$(fetch 8080 \
	-w '%{num_connects}\n' -o '/dev/null' "$web/hello?[1-10]" |
	grep -v hello | paste -sd ' ')"
same "HTTPS, the certificate verified" "hello over vsock" "$(fetch 8443 \
	--cacert cert.pem https://$address:8443/hello)"
same "a file that is not there" 404 "$(fetch 8080 -o /dev/null \
	-w '%{http_code}' $web/nowhere)"
same "100 MB down" "$(sum <www/large)" "$(fetch 8080 $web/large | sum)"
same "5 MB down over TLS" "$(sum <small)" "$(fetch 8443 --cacert cert.pem \
	-r 0-4999999 https://$address:8443/large | sum)"
same "5 MB up, and on to the upstream" 5000000 \
	"$(fetch 8080 -T small $web/put)"
same "... as they were" "$(sum <small)" "$(cat body/* | sum)"
same "a page through the proxy" "hello over vsock" \
	"$(fetch 8080 $web/through/hello)"
check "20 downloads at once" fetch 8080 --no-progress-meter -Z \
	--parallel-max 20 -o '/dev/null' -f "$web/hello?[1-20]"

configure two
kill -HUP $nginx
two_answers() {
	[ "$(fetch 8080 $web/version)" = two ]
}
check "a reload takes the new configuration" wait_for two_answers

check "no TCP socket was made for port 8080" no_tcp 8080
check "no TCP socket was made for port 8443" no_tcp 8443
kill -QUIT $nginx
wait $nginx
same "the server ends well" 0 $?
finish
