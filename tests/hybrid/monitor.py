#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A virtual machine monitor's hybrid vsock, with a guest behind it.

    monitor.py PATH

Listens at PATH, says "ready", and works until its standard input ends. As
strict as Firecracker: a CONNECT line that does not come whole in one read is
dropped, what comes behind it in the same read is lost, nobody at the port is
a close without a word, no more than 1023 connections, and the end of one
direction is the end of both.

In the guest there are, by port:
    1  an echo                  5  answers an odd line
    2  never answers            6  answers byte by byte, and the data at once
    3  answers after 30 ms      7  answers without an end
    4  answers after 400 ms     8  says "dialled" to whoever listens for 8
and at every other port P whoever listens at PATH_P: a guest that dials the
host's port P.
"""
import os
import socket
import sys
import threading
import time

MOST = threading.BoundedSemaphore(1023)
path = sys.argv[1]


def relay(source, sink, both):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end in both:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def join(a, b):
    back = threading.Thread(target=relay, args=(b, a, (a, b)))
    back.start()
    relay(a, b, (a, b))
    back.join()


def dial(port):
    to = socket.socket(socket.AF_UNIX)
    try:
        to.connect(f"{path}_{port}")
    except OSError:
        to.close()
        return None
    return to


def echo(client):
    while data := client.recv(65536):
        client.sendall(data)


def guest(client, port):
    if port == 1:
        client.sendall(b"OK 1073741824\n")
        echo(client)
    elif port == 2:
        client.recv(1)
    elif port in (3, 4):
        time.sleep(0.03 if port == 3 else 0.4)
        client.sendall(b"OK 1073741825\n")
        echo(client)
    elif port == 5:
        client.sendall(b"NO such port\n")
    elif port == 6:
        for byte in b"OK 6":
            client.sendall(bytes([byte]))
        client.sendall(b"\nOK first\n")
        echo(client)
    elif port == 7:
        client.sendall(b"O" * 4096)
        client.recv(1)
    else:
        to = dial(port)
        if not to:
            return
        client.sendall(b"OK 1073741826\n")
        with to:
            if port == 8:
                to.sendall(b"dialled\n")
            join(client, to)


def serve(client):
    with MOST, client:
        try:
            line, newline, _ = client.recv(64).partition(b"\n")
            word, port = line.split(b" ")
            if word == b"CONNECT" and newline:
                guest(client, int(port))
        except (OSError, ValueError):
            pass


def accept(listener):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(128)
threading.stack_size(256 * 1024)
threading.Thread(target=accept, args=(listener,), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
os.unlink(path)
os._exit(0)
