#!/bin/sh
# SPDX-License-Identifier: MIT
# socat and ncat with AF_VSOCK code of their own at one end, so that what the
# library puts on the wire is judged by something else than the library.
. "$(dirname "$0")/lib.sh"
needs socat socat ncat ncat ss iproute2 python3 python3
[ -z "$TCP" ] || exit 77
in_rig 180

head -c 2000000 /dev/urandom >file

start echo 7001 socat -t 20 TCP-LISTEN:7001,reuseaddr,fork EXEC:'tr a-z A-Z'
up echo 7001
same "socat's own vsock reaches a redirected server" "HELLO" \
	"$(echo hello | socat -t 20 - VSOCK-CONNECT:1:7001)"
same "ncat's own vsock too" "HELLO AGAIN" \
	"$(echo hello again | ncat --vsock 1 7001)"
same "... and a redirected ncat" "HELLO NCAT" \
	"$(echo hello ncat | client 7001 ncat $address 7001)"
stop $pid

launch store socat -u VSOCK-LISTEN:7002 OPEN:stored,creat
check "socat listens by itself" wait_for listens 7002
client 7002 socat -u OPEN:file TCP:$address:7002
wait $pid
check "a redirected socat sends a file to it" cmp file stored

start send 7003 socat -U TCP-LISTEN:7003 OPEN:file,rdonly
up send 7003
socat -u VSOCK-CONNECT:1:7003 CREATE:fetched
wait $pid
check "a redirected socat has a file fetched by it" cmp file fetched

launch peer socat VSOCK-LISTEN:7004 EXEC:cat
check "another listens by itself" wait_for listens 7004
cat >half.py <<'END'
import socket, sys
with socket.create_connection((sys.argv[1], 7004)) as s:
    s.sendall(b"x" * 500000)
    s.shutdown(socket.SHUT_WR)
    print(sum(len(part) for part in iter(lambda: s.recv(65536), b"")))
END
same "half-close against a foreign peer" 500000 \
	"$(client 7004 python3 half.py $address)"
stop $pid

start names 7005 python3 -u -c '
import socket
with socket.create_server(("", 7005)) as server:
    peer, address = server.accept()
    print(address[0], 0 < address[1] < 65536, peer.getsockname()[1])'
up names 7005
socat -u /dev/null VSOCK-CONNECT:1:7005
wait $pid
same "a foreign peer is shown under an IP address and a 16-bit port" \
	"127.0.0.1 True 7005" "$(cat names.log)"
for port in 7001 7002 7003 7004 7005; do
	check "no TCP socket was made for port $port" no_tcp $port
done
finish
