#!/bin/sh
# SPDX-License-Identifier: MIT
# PHP: its own web server, streams, and PHP-FPM behind nginx, both redirected.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs php php-cli php-fpm8.2 php8.2-fpm nginx nginx-light curl curl ss iproute2
in_rig 300

mkdir root
cat >root/index.php <<'END'
<?php
echo $_SERVER['REMOTE_ADDR'], ' ', $_SERVER['SERVER_PORT'], ' ',
	strlen(file_get_contents('php://input'));
END
chmod -R a+rX .
head -c 3000000 /dev/zero >zeroes
start php 8000 php -S 0.0.0.0:8000 -t root
up php 8000
same 'a request' '127.0.0.1 8000 0' \
	"$(client 8000 curl -sS "http://$address:8000/")"
same '3 MB posted' '127.0.0.1 8000 3000000' \
	"$(client 8000 curl -sS --data-binary @zeroes -H 'Content-Type: x/y' \
		"http://$address:8000/")"
same 'file_get_contents()' '127.0.0.1 8000 0' "$(client 8000 php -r \
	"echo file_get_contents('http://$address:8000/');")"
same 'stream_socket_client()' 'HTTP/1.0 200 OK' "$(client 8000 php -r "
	\$s = stream_socket_client('tcp://$address:8000', \$e, \$m, 60);
	fwrite(\$s, \"GET / HTTP/1.0\\r\\n\\r\\n\");
	echo trim(fgets(\$s));")"

cat >fpm.conf <<END
[global]
error_log = $PWD/fpm.err
daemonize = no
[www]
user = www-data
listen = 0.0.0.0:9000
pm = static
pm.max_children = 3
END
cat >nginx.conf <<END
daemon off;
error_log $PWD/nginx.err;
pid $PWD/nginx.pid;
events {}
http {
	access_log off;
	server {
		listen 8001;
		location / {
			include /etc/nginx/fastcgi_params;
			fastcgi_param SCRIPT_FILENAME $PWD/root/index.php;
			fastcgi_pass $address:9000;
		}
	}
}
END
start fpm 9000 php-fpm8.2 -n -y "$PWD/fpm.conf"
up fpm 9000
launch nginx redirected "connect $address:9000 = vsock:local:9000
	listen *:8001 = vsock:any:8001" nginx -c "$PWD/nginx.conf"
up nginx 8001
same 'nginx and PHP-FPM' '127.0.0.1 8001 3000' "$(head -c 3000 /dev/zero |
	client 8001 curl -sS --data-binary @- -H 'Content-Type: x/y' \
		"http://$address:8001/")"
check '50 requests' client 8001 curl -sS -f -Z --parallel-max 10 -o /dev/null \
	"http://$address:8001/?[1-50]"
for port in 8000 8001 9000; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
