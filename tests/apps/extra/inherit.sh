#!/bin/sh
# SPDX-License-Identifier: MIT
# Servers whose listener another program made: ucspi-tcp's tcpserver, xinetd
# (one process a connection, and one that waits), systemd-socket-activate,
# uWSGI's emperor, and puma, which hands its own to its next self.
#
# Setting: systemd-socket-activate -E LD_PRELOAD -E TCP2VSOCK_MAP for programs
# that ask about their sockets, since it clears the environment.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs tcpserver ucspi-tcp xinetd xinetd systemd-socket-activate systemd \
	uwsgi uwsgi-core puma puma curl curl python3 python3 ncat ncat \
	ss iproute2
in_rig 400

peer() { client "$1" sh -c 'ncat --recv-only "$1" "$2"' - $address "$1"; }

# Takes the listener that it was given, and says whom it serves.
cat >taken.py <<'END'
import socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    one, peer = listener.accept()
    one.sendall(b"%s %d\n" % (peer[0].encode(), one.getsockname()[1]))
    one.close()
    if len(sys.argv) > 2:
        break
END

start tcpserver 7001 tcpserver -HRl0 0 7001 sh -c 'echo $TCPREMOTEIP; cat'
up tcpserver 7001
same "tcpserver: the peer in the environment, and cat" "127.0.0.1 line" \
	"$(line 7001 | paste -sd ' ')"
stop "$pid"

service() {
	printf 'service %s\n{\ntype = UNLISTED\nprotocol = tcp\n' "$1"
	printf 'socket_type = stream\nflags = IPv4\ndisable = no\nuser = root\n'
	printf 'port = %s\nwait = %s\nserver = %s\nserver_args = %s\n}\n' \
		"$2" "$3" "$4" "$5"
}
{
	service each 7002 no /bin/cat -
	service all 7003 yes /usr/bin/python3 "$PWD/taken.py 0 once"
} >xinetd.conf
launch xinetd redirected 'listen *:7002-7003 = vsock:any:*' xinetd -dontfork \
	-f "$PWD/xinetd.conf" -pidfile "$PWD/xinetd.pid"
xinetd=$pid
up xinetd 7002
up xinetd 7003
same "xinetd: a process for each connection" line "$(line 7002)"
same "xinetd: one that accepts itself" "127.0.0.1 7003" "$(peer 7003)"
same "... and the next" "127.0.0.1 7003" "$(peer 7003)"
stop $xinetd

start accepts 7004 systemd-socket-activate -l 7004 --accept --inetd cat
up accepts 7004
same "systemd-socket-activate: a process for each" line "$(line 7004)"
stop "$pid"
start activate 7005 systemd-socket-activate -l 0.0.0.0:7005 -E LD_PRELOAD \
	-E TCP2VSOCK_MAP python3 taken.py 3
up activate 7005
same "systemd-socket-activate: one that accepts" "127.0.0.1 7005" \
	"$(peer 7005)"
same "... and again" "127.0.0.1 7005" "$(peer 7005)"
stop "$pid"

mkdir vassals
cat >app.py <<'END'
def application(env, start_response):
    start_response("200 OK", [])
    return [env["REMOTE_ADDR"].encode()]
END
cat >vassals/web.ini <<END
[uwsgi]
http-socket = 0.0.0.0:7006
plugin = python3
wsgi-file = $PWD/app.py
processes = 2
master = true
END
start emperor 7006 uwsgi --emperor "$PWD/vassals"
emperor=$pid
up emperor 7006
fetch() { client "$1" curl -sS --max-time 60 "http://$address:$1/"; }
same "uWSGI: the emperor's vassal" 127.0.0.1 "$(fetch 7006)"
touch vassals/web.ini
check "a reload that keeps the socket" wait_for grep -q 'inherited INET' \
	emperor.log
same "... and serves" 127.0.0.1 "$(fetch 7006)"
kill -INT $emperor
check "the emperor ends" wait "$emperor"

echo 'run lambda { |env| [200, {}, ["#{Process.pid} #{env["REMOTE_ADDR"]}"]] }' \
	>config.ru
start puma 7007 puma -e production -b tcp://0.0.0.0:7007 -w 2 config.ru
puma=$pid
up puma 7007
answers() { fetch 7007 | grep -q '^[0-9]* 127.0.0.1$'; }
check "puma answers" wait_for answers
kill -USR2 $puma
check "it starts itself again with the same listener" wait_for \
	grep -q 'Inherited tcp://0.0.0.0:7007' puma.log
check "... and answers" wait_for answers
check "no TCP connection was tried" no_opens
finish
