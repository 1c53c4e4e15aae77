#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Unmodified programs that look names up, where there is no resolver, no
# nsswitch.conf and no network card; and servers that bind both families.
#
#	programs-inside.sh HERE LIBRARY CLUSTER [inside]
set -u
[ "${4-}" = inside ] || {
	root=
	[ "$(id -u)" = 0 ] || root=-r
	exec unshare $root -m "$0" "$@" inside
}
here=$1 library=$2 cluster=$3
. "$here/lib.sh"
: >"$work/nothing"
echo '127.0.0.1 localhost' >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts &&
	mount --bind "$work/nothing" /etc/resolv.conf &&
	mount --bind "$work/nothing" /etc/nsswitch.conf || exit 99

# Every name is one machine's; the ports are told apart by their targets.
rules='connect web.internal:80 = vsock:local:8080
connect git.internal:80 = vsock:local:8080
connect git.internal:9418 = vsock:local:9418
connect db.internal:5432 = vsock:local:5432
connect ssh.internal:22 = vsock:local:2222
connect *.cache.test:6379 = vsock:local:6379
connect *.wild.test:1-9999 = vsock:local:1-9999
connect 127.0.0.1:1-9999 = vsock:local:1-9999
connect [::1]:1-9999 = vsock:local:1-9999
listen *:1-9999 = vsock:any:1-9999'

# in_background LOG COMMAND...
in_background()
{
	log=$1
	shift
	mapped "$@" >"$work/$log" 2>&1 </dev/null &
}

web()
{
	mapped curl -s -S --max-time 20 "$@"
}

# ---- both families -------------------------------------------------------------

nginx_server()
{
	cat >"$work/nginx.conf" <<-END
	daemon off; master_process off; pid $work/nginx.pid;
	error_log stderr;
	events { }
	http {
		access_log off;
		client_body_temp_path $work/n1; proxy_temp_path $work/n2;
		fastcgi_temp_path $work/n3; uwsgi_temp_path $work/n4;
		scgi_temp_path $work/n5;
		server {
			listen 8080; listen [::]:8080;
			location / { root $work/www; }
		}
	}
	END
	mkdir "$work/www"
	echo hello from nginx >"$work/www/index.html"
	in_background nginx.log nginx -c "$work/nginx.conf"
}

haproxy_server()
{
	cat >"$work/haproxy.cfg" <<-'END'
	defaults
		mode http
		timeout client 20s
		timeout server 20s
		timeout connect 20s
	frontend both
		bind 0.0.0.0:8081
		bind :::8081 v6only
		http-request return status 200 content-type text/plain string "hello from haproxy\n"
	END
	in_background haproxy.log haproxy -db -f "$work/haproxy.cfg"
}

python_server()
{
	cat >"$work/both.py" <<-'END'
	import asyncio

	async def hello(reader, writer):
	    await reader.readuntil(b"\r\n\r\n")
	    writer.write(b"HTTP/1.0 200 OK\r\n\r\nhello from python\n")
	    writer.close()

	async def main():
	    server = await asyncio.start_server(hello, ["0.0.0.0", "::"], 8082)
	    assert len(server.sockets) == 2
	    await server.serve_forever()

	asyncio.run(main())
	END
	in_background python.log python3 "$work/both.py"
}

node_server()
{
	cat >"$work/both.js" <<-'END'
	const http = require("http");
	const hello = (request, response) => response.end("hello from node\n");
	const first = http.createServer(hello);
	first.listen({ port: 8083, host: "0.0.0.0" }, () =>
		http.createServer(hello).listen(
			{ port: 8083, host: "::", ipv6Only: true }));
	http.createServer(hello).listen(8084);
	END
	in_background node.log node "$work/both.js"
}

# serves PORT WHO
serves()
{
	until_ready web "http://127.0.0.1:$1/" || cat "$work/$2.log"
	gives "^hello from $2" "$2 serves 0.0.0.0 and ::, asked over IPv4" \
		web "http://127.0.0.1:$1/"
	gives "^hello from $2" "$2, asked over IPv6" web "http://[::1]:$1/"
}

both_families()
{
	have nginx && nginx_server && serves 8080 nginx
	have haproxy && haproxy_server && serves 8081 haproxy
	python_server
	serves 8082 python
	have_extra node && node_server && serves 8083 node && serves 8084 node
	have redis-server || return
	in_background redis.log redis-server --port 6379 --bind '*' '-::*' \
		--save '' --protected-mode no --dir "$work"
	until_ready mapped redis-cli ping
	gives '^PONG' 'redis serves * and -::*' mapped redis-cli ping
	gives '^PONG' 'redis, over IPv6' mapped redis-cli -h ::1 ping
}

# ---- by name -------------------------------------------------------------------

scripts_by_name()
{
	gives '^hello from nginx' 'python3: urllib by name' \
		mapped python3 -c 'import urllib.request as u
print(u.urlopen("http://web.internal/").read().decode())'
	gives '^hello from nginx' 'python3: an AF_INET6 socket by name' \
		mapped python3 -c 'import socket
s = socket.socket(socket.AF_INET6)
s.connect(("web.internal", 80))
s.sendall(b"GET / HTTP/1.0\r\n\r\n")
print(s.makefile().read())'
	gives '^hello from nginx' 'python3: asyncio by name' \
		mapped python3 -c 'import asyncio
async def main():
    r, w = await asyncio.open_connection("web.internal", 80)
    w.write(b"GET / HTTP/1.0\r\n\r\n")
    print((await r.read()).decode())
asyncio.run(main())'
	gives '^hello from python' 'python3: a name that IDNA spells' \
		mapped python3 -c 'import urllib.request as u
print(u.urlopen("http://b\u00fccher.wild.test:8082/").read().decode())'
	have_extra node || return
	gives '^hello from nginx' 'node: an IPv6 address by name' \
		mapped node -e 'require("http").get(
	{ host: "web.internal", family: 6, autoSelectFamily: false },
	response => response.pipe(process.stdout))'
	gives '^hello from nginx' 'node: whichever family by name' \
		mapped node -e 'require("http").get(
	{ host: "web.internal", autoSelectFamily: true },
	response => response.pipe(process.stdout))'
	gives '^hello from nginx' 'node: http by name' \
		mapped node -e 'require("http").get("http://web.internal/",
	response => response.pipe(process.stdout))'
	gives '^hello from nginx' 'node: fetch by name' \
		mapped node -e 'fetch("http://web.internal/")
	.then(r => r.text()).then(text => console.log(text))'
}

java_by_name()
{
	have_extra java || return
	gives '^hello from nginx' 'java: HttpClient by name' \
		mapped java -Xint "$here/Ask.java" http://web.internal/
	gives '^hello from nginx' 'java: HttpClient, IPv6 first' \
		mapped java -Xint -Djava.net.preferIPv6Addresses=true \
		"$here/Ask.java" http://web.internal/
}

git_by_name()
{
	have git || return
	repository=$work/www/project.git
	export HOME="$work" GIT_CONFIG_NOSYSTEM=1
	git init -q "$work/project"
	git -C "$work/project" -c user.name=a -c user.email=a@test \
		commit -q --allow-empty -m 'the first commit'
	git clone -q --bare "$work/project" "$repository"
	git -C "$repository" update-server-info
	gives 'refs/heads' 'git: over HTTP by name' \
		mapped git ls-remote http://git.internal/project.git
	gives 'the first commit' 'git: clone over HTTP by name' \
		sh -c "$(cat <<-END
		LD_PRELOAD=$library TCP2VSOCK_MAP='$rules' \
			git clone -q http://git.internal/project.git $work/c1 &&
			git -C $work/c1 log
		END
		)"
	in_background git.log git daemon --export-all --reuseaddr \
		"--base-path=$work/www" --listen=127.0.0.1
	until_ready mapped git ls-remote git://git.internal/project.git
	gives 'refs/heads' 'git: its own protocol by name' \
		mapped git ls-remote git://git.internal/project.git
}

postgres_by_name()
{
	postgres=$(ls /usr/lib/postgresql/*/bin/postgres 2>/dev/null | tail -n 1)
	have_extra "${postgres:-postgres}" || return
	cp -R "$cluster" "$work/pg"
	chmod 700 "$work/pg"
	[ "$(id -u)" != 0 ] || chown -R nobody "$work/pg"
	in_background pg.log "$here/as.sh" nobody "$postgres" -D "$work/pg" \
		-p 5432 -c listen_addresses='*' -c unix_socket_directories= \
		-c fsync=off -c autovacuum=off
	until_ready sql 'select 1' || cat "$work/pg.log"
	gives '^forty-two' 'psql by name, PostgreSQL on *' \
		sql "select 'forty-two'"
}

# A server that only says who it is.
ssh_by_name()
{
	have ssh || return
	in_background ssh.log python3 -c 'import socketserver
class Hello(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"SSH-2.0-hello_by_name\r\n")
        self.request.recv(100)
socketserver.TCPServer(("", 2222), Hello).serve_forever()'
	until_ready mapped python3 -c 'import socket
socket.create_connection(("ssh.internal", 22))'
	for option in -v -6v; do
		refuses 'remote software version hello_by_name' \
			"ssh $option by name" mapped ssh -F none $option \
			-o BatchMode=yes nobody@ssh.internal true
	done
}

sql()
{
	mapped psql -X -A -t -h db.internal -U nobody -d postgres -c "$1"
}

by_name()
{
	gives '^hello from nginx' 'curl by name' web http://web.internal/
	gives '^hello from nginx' 'curl: case and the final dot' \
		web http://WEB.Internal./
	gives '^hello from python' 'curl: a pattern' \
		web http://any.name.wild.test:8082/
	refuses 'refused|Failed to connect' 'curl: a port that no rule has' \
		web http://web.internal:81/
	refuses 'Could not resolve' 'curl: a name that no rule has' \
		web http://other.internal/
	gives '^PONG' 'redis-cli: a pattern' \
		mapped redis-cli -h a.cache.test ping
}

both_families
by_name
scripts_by_name
ssh_by_name
git_by_name
postgres_by_name
java_by_name
finish
