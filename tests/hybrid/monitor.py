#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A virtual machine monitor's hybrid vsock, with a guest behind it.

    monitor.py PATH             the guest is in here
    monitor.py PATH CID PORT    the guest is whoever listens at this CID, and
                                dials the host's PORT there

Listens at PATH, says "ready", and works until its standard input ends. As
strict as Firecracker: a CONNECT line that does not come whole in one read is
dropped, what comes behind it in the same read is lost, nobody at the port is
a close without a word, the 1,024th connection is closed at once, and the end
of one direction is the end of both. As a guest's kernel does, it takes up to
256 KiB that nobody has read yet, in however small pieces they come.

In the guest that is in here there are, by port:
    1  an echo                  5  answers an odd line
    2  never answers            6  answers byte by byte, and the data at once
    3  answers when 4 is asked  7  answers without an end
    4  answers behind 3         8  says "dialled" to whoever listens for 8
    9  answers, and says at once how many connections there are
   10  answers, and reads nothing until one more byte has come for port 11
   11  lets port 10 go on
   12  answers in the same piece as 100,000 bytes of data, and ends
   21  answers once port 3 has been asked
and at every other port P whoever listens at PATH_P: a guest that dials the
host's port P.
"""
import os
import socket
import sys
import threading
import time

from relay import join

MOST = 1023
path = sys.argv[1]
cid = int(sys.argv[2]) if len(sys.argv) > 2 else None
clients = set()
go_on = threading.Event()
asked, late, answered = (threading.Event() for _ in range(3))


def dial(to, address):
    try:
        to.connect(address)
    except OSError:
        to.close()
        return None
    return to


def dial_host(port):
    return dial(socket.socket(socket.AF_UNIX), f"{path}_{port}")


def dial_guest(port):
    if cid is None:
        return dial_host(port)
    return dial(socket.socket(socket.AF_VSOCK), (cid, port))


def echo(client):
    while data := client.recv(65536):
        client.sendall(data)


def to_listener(client, port):
    to = dial_guest(port)
    if not to:
        return
    client.sendall(b"OK 1073741826\n")
    with to:
        if port == 8 and cid is None:
            to.sendall(b"dialled\n")
        join(client, to)


def guest(client, port):
    if cid is not None:
        to_listener(client, port)
    elif port == 1:
        client.sendall(b"OK 1073741824\n")
        echo(client)
    elif port == 2:
        client.recv(1)
    elif port == 3:
        asked.set()
        late.wait()
        late.clear()
        client.sendall(b"OK 1073741825\n")
        answered.set()
        echo(client)
    elif port == 4:
        late.set()
        answered.wait()
        asked.clear()
        answered.clear()
        client.sendall(b"OK 4\n")
    elif port == 5:
        client.sendall(b"NO such port\n")
    elif port == 6:
        for byte in b"OK 6":
            client.sendall(bytes([byte]))
            time.sleep(0.005)
        client.sendall(b"\nOK first\n")
        echo(client)
    elif port == 7:
        client.sendall(b"O" * 4096)
        client.recv(1)
    elif port == 9:
        client.sendall(b"OK 9\n%d\n" % len(clients))
        client.recv(1)
    elif port == 10:
        client.sendall(b"OK 10\n")
        go_on.wait()
        echo(client)
    elif port == 11:
        client.sendall(b"OK 11\n")
        client.recv(1)
        go_on.set()
    elif port == 12:
        client.sendall(b"OK 12\n" + b"x" * 100000)
    elif port == 21:
        asked.wait()
        client.sendall(b"OK 21\n")
    else:
        to_listener(client, port)


def serve(client):
    with client:
        try:
            line, newline, _ = client.recv(64).partition(b"\n")
            word, port = line.split(b" ")
            if word == b"CONNECT" and newline:
                guest(client, int(port))
        except (OSError, ValueError):
            pass
        clients.discard(client)


def accept(listener):
    while True:
        client, _ = listener.accept()
        if len(clients) >= MOST:
            client.close()
            continue
        clients.add(client)
        threading.Thread(target=serve, args=(client,), daemon=True).start()


def serve_guest(client):
    to = dial_host(int(sys.argv[3]))
    with client:
        if to:
            with to:
                join(client, to)


def accept_guest(listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve_guest, args=(client,),
                         daemon=True).start()


listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(128)
threading.stack_size(256 * 1024)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
if cid is not None:
    dialled = socket.socket(socket.AF_VSOCK)
    dialled.bind((cid, int(sys.argv[3])))
    dialled.listen(128)
    threading.Thread(target=accept_guest, args=(dialled,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
os.unlink(path)
os._exit(0)
