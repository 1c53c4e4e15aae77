#!/bin/sh
# SPDX-License-Identifier: MIT
# memcached: its threads hand connections to each other.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs memcached memcached python3 python3 socat socat ss iproute2
in_rig 200

start memcached 11211 memcached -u nobody -l 0.0.0.0 -t 4 -U 0
server=$pid
up memcached 11211

cat >talk.py <<'END2'
import socket, sys, threading

done = []

def talk(n):
    with socket.create_connection((sys.argv[1], 11211)) as s:
        f = s.makefile("rwb")
        for i in range(20):
            value = b"%d-%d " % (n, i) * 2000
            f.write(b"set k%d 0 0 %d\r\n%s\r\n" % (n, len(value), value))
            f.flush()
            assert f.readline() == b"STORED\r\n"
            f.write(b"get k%d\r\n" % n)
            f.flush()
            assert f.readline() == b"VALUE k%d 0 %d\r\n" % (n, len(value))
            assert f.read(len(value) + 7) == value + b"\r\nEND\r\n"
    done.append(n)

threads = [threading.Thread(target=talk, args=(n,)) for n in range(20)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(done), "clients were served")
END2
same "20 clients at once" "20 clients were served" \
	"$(client 11211 python3 talk.py $address)"
same "the server counted them all" "cmd_get 400" "$(printf 'stats\r\nquit\r\n' |
	client 11211 socat -t 30 - TCP:$address:11211 | tr -d '\r' |
	sed -n 's/^STAT \(cmd_get .*\)/\1/p')"
check "no TCP socket was made for any of it" no_tcp 11211
stop $server
finish
