#!/bin/sh
# SPDX-License-Identifier: MIT
# memcached, rsync's daemon.
. "$(dirname "$0")/lib.sh"
needs memcached memcached rsync rsync python3 python3 ss iproute2
in_rig 240

start memcached 11211 memcached -u root -l 0.0.0.0 -p 11211 -U 0 -t 4
memcached=$pid
up memcached 11211
cat >memcached.py <<'END'
import socket, sys, threading

def work(number, failures):
    with socket.create_connection((sys.argv[1], 11211), timeout=60) as s:
        f = s.makefile("rwb")
        value = b"%d" % number * 20000
        f.write(b"set key%d 0 0 %d\r\n%s\r\n" % (number, len(value), value))
        f.write(b"get key%d\r\n" % number)
        f.flush()
        if f.readline() != b"STORED\r\n" or not f.readline().startswith(
                b"VALUE") or f.read(len(value)) != value:
            failures.append(number)

failures = []
threads = [threading.Thread(target=work, args=(n, failures)) for n in range(16)]
[t.start() for t in threads]
[t.join() for t in threads]
print("failures:", failures)
END
same "16 threads of clients store and get" "failures: []" \
	"$(client 11211 python3 memcached.py $address 2>&1)"
check "no TCP socket was made for port 11211" no_tcp 11211
stop $memcached

mkdir module copy.d
cp -r /usr/share/doc/bash /usr/share/doc/dash module/ 2>/dev/null
head -c 1000000 /dev/urandom >module/noise
cat >rsyncd.conf <<END
use chroot = no
[files]
path = $PWD/module
uid = 0
gid = 0
END
start rsync 8730 rsync --daemon --no-detach --port 8730 --config rsyncd.conf
rsync=$pid
up rsync 8730
check "rsync fetches a tree from its daemon" client 8730 \
	rsync -a rsync://$address:8730/files/ copy.d/
check "... the same" diff -r module copy.d
check "no TCP socket was made for port 8730" no_tcp 8730
stop $rsync
finish
