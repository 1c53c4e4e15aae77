#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the window does over virtio's vsock: this machine sends 24 MiB into a
# guest, whose program is redirected with a window of 256 KiB, which is the
# kernel's own, or of 2 MiB, the library's. It reads what is there, and waits DELAY
# milliseconds before it looks again: none, as a reader that keeps up does, or as
# one that works on what it has read. Prints MB/s for each, in turns. No test: in
# the top of a build tree, by hand.
#
#	../tests/guest/window.sh [TURNS]
# shellcheck disable=SC2046,SC2086 # commands are made of words
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
turns=${1:-3} size=$((24 << 20))

read_slowly='
import socket, sys, time
port, delay, size = (int(word) for word in sys.argv[1:])
s = socket.create_server(("", port))
c, _ = s.accept()
begin, got = time.monotonic(), 0
while got < size:
    n = len(c.recv(4 << 20))
    if not n:
        break
    got += n
    time.sleep(delay / 1000)
print("%.2f" % (got / 1e6 / (time.monotonic() - begin)))
c.send(b".")
'
send='
import socket, sys, time
port, size = (int(word) for word in sys.argv[1:])
for turn in range(1200):
    try:
        c = socket.create_connection(("10.9.0.1", port))
        break
    except ConnectionError:
        time.sleep(0.1)
for i in range(size >> 16):
    c.sendall(bytes(1 << 16))
c.recv(1)
'

# once PORT WINDOW DELAY: MB/s
once() {
	guest_start 3 $tcp2vsock \
		-m "listen *:$1 = vsock:any:$1 buffer=$2" \
		-- python3 -c "$read_slowly" $1 $3 $size
	reading=$job
	timeout 200 $tcp2vsock -m "connect 10.9.0.1:* = hvsock:$dir/v3.sock:*" \
		-- python3 -c "$send" $1 $size
	guest_wait "$reading"
}

guests 3
port=7100
for delay in 0 2 20; do
	for turn in $(seq "$turns"); do
		for window in 256K 2M; do
			port=$((port + 1))
			echo "delay $delay ms, window $window:" \
				"$(once $port $window $delay) MB/s"
		done
	done
done
