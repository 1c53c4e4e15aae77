# SPDX-License-Identifier: MIT
"""mirror.py FIRST LAST...: who connects to one of these ports over AF_VSOCK is
led back to the host's port of the same number. Works in a guest."""
import os
import select
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(__file__) + "/../hybrid")
from relay import join  # noqa: E402


def listen(port):
    sock = socket.socket(socket.AF_VSOCK)
    sock.bind((socket.VMADDR_CID_ANY, port))
    sock.listen(128)
    return sock


def serve(client, port):
    with client, socket.socket(socket.AF_VSOCK) as to:
        try:
            to.connect((socket.VMADDR_CID_HOST, port))
        except OSError:
            return
        join(client, to)


listeners = {}
epoll = select.epoll()
for first, last in zip(sys.argv[1::2], sys.argv[2::2]):
    for number in range(int(first), int(last) + 1):
        listener = listen(number)
        listeners[listener.fileno()] = listener, number
        epoll.register(listener, select.EPOLLIN)
print("ready", flush=True)
while True:
    for fd, _ in epoll.poll():
        listener, number = listeners[fd]
        threading.Thread(target=serve, args=(listener.accept()[0], number),
                         daemon=True).start()
