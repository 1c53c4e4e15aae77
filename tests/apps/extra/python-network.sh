#!/bin/sh
# SPDX-License-Identifier: MIT
# Python: multiprocessing managers and pools over AF_INET, socketserver with
# forks and threads, select.poll and selectors, concurrent urllib, xmlrpc.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs python3 python3 ss iproute2
in_rig 300
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1

cat >manager.py <<'END'
import sys
from multiprocessing.managers import BaseManager
from queue import Queue

class Work(BaseManager):
    pass

tasks, results = Queue(), Queue()
address = (sys.argv[2], 5001)
if sys.argv[1] == "serve":
    Work.register("tasks", callable=lambda: tasks)
    Work.register("results", callable=lambda: results)
    Work(("", 5001), authkey=b"key").get_server().serve_forever()
Work.register("tasks")
Work.register("results")
manager = Work(address, authkey=b"key")
manager.connect()
if sys.argv[1] == "work":
    import multiprocessing

    def square(_):
        own = Work(address, authkey=b"key")
        own.connect()
        for _ in range(25):
            own.results().put(own.tasks().get(timeout=60) ** 2)

    processes = [multiprocessing.Process(target=square, args=(0,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
else:
    for number in range(100):
        manager.tasks().put(number)
    print(sum(manager.results().get(timeout=60) for _ in range(100)))
END
start manager 5001 python3 manager.py serve -
up manager 5001
client 5001 python3 manager.py work $address &
workers=$!
same 'a manager, and a pool of processes that fork' 328350 \
	"$(client 5001 python3 manager.py ask $address 2>&1)"
wait $workers

cat >self.py <<'END'
import multiprocessing
from multiprocessing.managers import SyncManager

if __name__ == "__main__":
    with SyncManager(address=("127.0.0.1", 0)) as manager:
        d = manager.dict()
        all = [multiprocessing.Process(target=d.update, args=({n: n},))
               for n in range(4)]
        [one.start() for one in all]
        [one.join() for one in all]
        print(sorted(d.items()), manager.address[1] > 0)
END
same 'a manager on a port that the kernel picks' \
	'[(0, 0), (1, 1), (2, 2), (3, 3)] True' \
	"$(redirected '127.0.0.1:* = vsock:local:*' python3 self.py 2>&1)"

cat >servers.py <<'END'
import socketserver, sys, threading
from xmlrpc.server import SimpleXMLRPCServer

class Shout(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())

class Forking(socketserver.ForkingTCPServer):
    allow_reuse_address = True

class Threading(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

calls = SimpleXMLRPCServer(("", 5004), logRequests=False)
calls.register_function(pow)
servers = [Forking(("", 5002), Shout), Threading(("", 5003), Shout), calls]
for server in servers[1:]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
servers[0].serve_forever()
END
launch servers redirected 'listen *:5002-5004 = vsock:any:5002-5004' \
	python3 servers.py
for port in 5002 5003 5004; do
	up servers $port
done

cat >clients.py <<'END'
import concurrent.futures, select, selectors, socket, sys, xmlrpc.client
host = sys.argv[1]

def shout(job):
    port, number = job
    with socket.create_connection((host, port), timeout=60) as s:
        s.sendall(b"line %d\n" % number * 50)
        s.shutdown(socket.SHUT_WR)
        return s.makefile("rb").read() == b"LINE %d\n" % number * 50

jobs = [(5002 + n % 2, n) for n in range(40)]
with concurrent.futures.ThreadPoolExecutor(10) as pool:
    print("threads", sum(pool.map(shout, jobs)))

def by_poll(port):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex((host, port))
    poll = select.poll()
    poll.register(s, select.POLLOUT)
    poll.poll(60000)
    s.send(b"poll\n")
    poll.modify(s, select.POLLIN)
    poll.poll(60000)
    return s.recv(100)

print("poll", by_poll(5002), by_poll(5003))
with selectors.DefaultSelector() as selector:
    for number in range(20):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex((host, 5003))
        selector.register(s, selectors.EVENT_WRITE, number)
    done = 0
    while done < 20:
        for key, events in selector.select(60):
            if events & selectors.EVENT_WRITE:
                key.fileobj.send(b"%d\n" % key.data)
                selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
            else:
                done += key.fileobj.recv(100) == b"%d\n" % key.data
                selector.unregister(key.fileobj)
                key.fileobj.close()
    print("selectors", done)
sockets = [socket.create_connection((host, 5003), timeout=60) for _ in range(20)]
for number, s in enumerate(sockets):
    s.send(b"%d\n" % number)
heard = set()
while len(heard) < 20:
    for s in select.select(set(sockets) - heard, [], [], 60)[0]:
        assert s.recv(100) == b"%d\n" % sockets.index(s)
        heard.add(s)
print("select", len(heard))
print("xmlrpc", xmlrpc.client.ServerProxy(f"http://{host}:5004").pow(2, 10))
END
clients() (
	redirected "connect $address:5002-5004 = vsock:local:5002-5004" \
		python3 clients.py $address
)
same 'threads, poll, selectors, select, xmlrpc' "threads 40
poll b'POLL\\n' b'POLL\\n'
selectors 20
select 20
xmlrpc 1024" "$(clients 2>&1)"

mkdir www
for n in $(seq 20); do
	echo "page $n" >www/$n
done
start http 5005 python3 -m http.server --directory www 5005
up http 5005
same '20 pages by urllib, ten at once' 20 "$(client 5005 python3 -c "
import concurrent.futures, urllib.request
def get(n):
    with urllib.request.urlopen(f'http://$address:5005/{n}', timeout=60) as page:
        return page.read() == b'page %d\n' % n
with concurrent.futures.ThreadPoolExecutor(10) as pool:
    print(sum(pool.map(get, range(1, 21))))
" 2>&1)"
for port in 5001 5002 5003 5004 5005; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
