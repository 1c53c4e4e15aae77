# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the tests of doc/bridges.md share: they run the configurations that the
# guide shows. The host is this machine, and so is the guest: CID 1.

# bridges_start ADDRESS...: the machines of the guide, all on lo
bridges_start() {
	for machine in "$@"; do
		busybox ip addr add "$machine/32" dev lo
	done
	cat >say.py <<'END'
import socket, sys

def serve(host, port):
    with socket.create_server((host, port)) as server:
        while True:
            peer = server.accept()[0]
            said = peer.recv(100).decode()
            peer.sendall(f"{host}:{port} {said}".encode())
            peer.close()

if sys.argv[1] == "serve":
    serve(sys.argv[2], int(sys.argv[3]))
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as s:
    s.sendall(b"hello")
    print(b"".join(iter(lambda: s.recv(100), b"")).decode())
END
}

# block NAME: the guide's block whose first line is "# NAME", as a file NAME
block() {
	awk -v name="# $1" '
		/^```/ { inside = 0; start = 1; next }
		start { inside = $0 == name; start = 0 }
		inside' "$srcdir/doc/bridges.md" >"$1"
	check "the guide has $1" test -s "$1"
}

on_tcp() {
	ss -Hltn "sport = :$1" | grep -q .
}

# tcp_server ADDRESS PORT: one that the library has no part in
tcp_server() {
	launch "tcp-$2" python3 say.py serve "$1" "$2"
	check "a TCP server at $1:$2" wait_for on_tcp "$2"
}

# from_outside NAME PORT COMMAND...: a bridge that listens on TCP
from_outside() {
	name=$1 port=$2
	shift 2
	launch "$name" redirected 'connect guest.internal:* = vsock:local:*' \
		"$@"
	check "$name listens for clients from outside" wait_for on_tcp "$port" ||
		cat "$name.log"
}
