#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers and clients at a Unix socket, both ends of which lead to vsock. haproxy
# moves its file there; ssh-agent lets in users of its own machine alone, and has
# a bridge in front of it.
. "$(dirname "$0")/lib.sh"
needs curl curl haproxy haproxy nginx nginx-light python3 python3 redis-cli redis-tools \
	redis-server redis-server socat socat ssh-agent openssh-client ss iproute2
[ -z "$TCP$WHOLE" ] || exit 77
in_rig 180

# A name, and the port of vsock that it stands for.
serve() {
	name=$1 port=$2 path=$3
	shift 3
	launch "$name" redirected "listen unix:$path = vsock:any:$port" "$@"
	check "$name listens on port $port" wait_for listens "$port" ||
		sed 's/^/    /' "$name.log"
}

# dial PORT PATH COMMAND...
dial() {
	port=$1 path=$2
	shift 2
	(redirected "connect unix:$path = vsock:local:$port" "$@")
}

# Nobody of this machine finds a server there.
nobody_at() {
	socat -u /dev/null "UNIX-CONNECT:$1" 2>&1 | grep -q refused
}

cat >web.py <<'END'
import http.server, os, socketserver, stat, sys
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    def get_request(self):
        request, address = super().get_request()
        return request, address or ("unix", 0)
with Server(sys.argv[1], http.server.SimpleHTTPRequestHandler) as server:
    print(stat.filemode(os.stat(sys.argv[1]).st_mode), flush=True)
    server.serve_forever()
END
head -c 3000000 /dev/urandom >file
serve http 8001 "$PWD/web.sock" python3 web.py web.sock
same "the file that bind() makes" srwxr-xr-x "$(head -n 1 http.log)"
check "curl --unix-socket" dial 8001 "$PWD/web.sock" \
	curl -sS --unix-socket "$PWD/web.sock" -o got http://localhost/file
check "all of it" cmp file got
check "by a relative path" dial 8001 "$PWD/web.sock" \
	curl -sS --unix-socket ./web.sock -o got2 http://localhost/file
check "all of it, too" cmp file got2
check "another program of this machine is refused" nobody_at web.sock
same "a socket that no server has" "7 0" "$(dial 8111 /run/none.sock \
	curl -sS --unix-socket /run/none.sock http://localhost/ 2>errors
	echo "$? $(grep -c -v 'refused\|connect to' errors)")"

cat >async.py <<'END'
import asyncio, sys
async def main():
    reader, writer = await asyncio.open_unix_connection(sys.argv[1])
    writer.write(b"GET /file HTTP/1.0\r\n\r\n")
    print(writer.get_extra_info("peername"),
          repr(writer.get_extra_info("sockname")),
          len((await reader.read()).split(b"\r\n\r\n", 1)[1]))
asyncio.run(main())
END
same "asyncio, which does not wait" "$PWD/web.sock '' 3000000" \
	"$(dial 8001 "$PWD/web.sock" python3 async.py "$PWD/web.sock")"

mkdir logs
cat >nginx.conf <<END
daemon off; error_log stderr; pid $PWD/nginx.pid; user root;
events { }
http {
	access_log off;
	server { listen unix:$PWD/nginx.sock; root $PWD; }
	server { listen unix:$PWD/front.sock; location / {
		proxy_pass http://unix:$PWD/behind.sock:/; } }
}
END
launch nginx redirected "listen unix:$PWD/nginx.sock = vsock:any:8002
	listen unix:$PWD/front.sock = vsock:any:8003
	connect unix:$PWD/behind.sock = vsock:local:8001" \
	nginx -p . -c "$PWD/nginx.conf"
check "nginx listens" wait_for listens 8003 || cat nginx.log
check "nginx: listen unix:" dial 8002 "$PWD/nginx.sock" \
	curl -sS --unix-socket nginx.sock -o got3 http://localhost/file
check "all of it" cmp file got3
check "nginx: proxy_pass to unix:" dial 8003 "$PWD/front.sock" \
	curl -sS --unix-socket front.sock -o got4 http://localhost/file
check "all of it, through both" cmp file got4
stop $pid

# It binds to a temporary name, and moves the file. The next one does that, too,
# while the first one still listens.
cat >haproxy.cfg <<END
defaults
	mode http
	timeout client 9s
frontend f
	bind unix@$PWD/haproxy.sock
	http-request return status 200 content-type text/plain string "one"
END
sed s/one/two/ haproxy.cfg >next.cfg
ask_haproxy()
{
	dial 8016 "$PWD/haproxy.sock" \
		curl -sS --unix-socket haproxy.sock http://localhost/
}
serve haproxy 8016 "$PWD/haproxy.sock" haproxy -f haproxy.cfg
same "haproxy: bind unix@" one "$(ask_haproxy)"
first=$pid
launch next redirected "listen unix:$PWD/haproxy.sock = vsock:any:8016" \
	haproxy -f next.cfg -sf "$first"
check "haproxy -sf: the first one ends" wait_for test ! -e "/proc/$first/exe"
same "haproxy -sf: the next one answers" two "$(ask_haproxy)"
stop $pid

serve redis 8004 "$PWD/redis.sock" redis-server --port 0 --save '' \
	--unixsocket "$PWD/redis.sock" --unixsocketperm 700
wait_for dial 8004 "$PWD/redis.sock" redis-cli -s redis.sock ping
same "redis-cli -s" PONG \
	"$(dial 8004 "$PWD/redis.sock" redis-cli -s redis.sock ping)"
same "the mode that the server gave its file" srwx------ \
	"$(stat -c %A redis.sock)"
stop $pid
check "the server has removed its file" test ! -e redis.sock

# An agent asks who its client is: one by vsock is nobody. A bridge in front of
# it is its own user.
ssh-keygen -q -t ed25519 -N '' -f key
launch agent ssh-agent -d -a "$PWD/agent.sock"
launch bridge socat VSOCK-LISTEN:8005,fork "UNIX-CONNECT:$PWD/agent.sock"
check "an agent behind a bridge" wait_for listens 8005
export SSH_AUTH_SOCK=/run/ssh-agent
check "ssh-add" dial 8005 /run/ssh-agent ssh-add -q key
same "ssh-add -l" "$(ssh-keygen -lf key)" \
	"$(dial 8005 /run/ssh-agent ssh-add -l)"
check "ssh-keygen signs by the agent's key" dial 8005 /run/ssh-agent \
	ssh-keygen -q -Y sign -f key.pub -n test file
unset SSH_AUTH_SOCK
cp "$(command -v ssh-agent)" . # without its set-group-ID
serve strict 8006 "$PWD/strict.sock" ./ssh-agent -d -a "$PWD/strict.sock"
same "an agent without one refuses" refused \
	"$(SSH_AUTH_SOCK=$PWD/strict.sock dial 8006 "$PWD/strict.sock" \
		ssh-add -l >/dev/null 2>&1 || echo refused)"
check "and says whom" wait_for grep 'uid mismatch: peer euid 4294967295' strict.log

same "an abstract name" hello "$(
	launch echo redirected 'listen unix:@echo = vsock:any:8007' \
		socat -t 20 ABSTRACT-LISTEN:echo,unix-tightsocklen=1,fork EXEC:cat
	wait_for listens 8007
	echo hello | dial 8007 @echo socat -t 20 - \
		ABSTRACT-CONNECT:echo,unix-tightsocklen=1
	stop $pid)"
finish
