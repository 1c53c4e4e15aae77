#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What libkrun does for a host: a Unix socket a port, and no line before data.

    krun.py PATH CID TO FROM    the guest is whoever listens at this CID

PATHTO leads to the guest's port TO. Who dials the host's port FROM, at the CID,
comes to PATHFROM. Says "ready", and works until its standard input ends.
"""
import os
import socket
import sys
import threading

from relay import join

path, cid, to, back = sys.argv[1], *map(int, sys.argv[2:])


def serve(client, family, address):
    with client, socket.socket(family) as other:
        try:
            other.connect(address)
        except OSError:
            return
        join(client, other)


def listen(family, address):
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    return listener


def accept(listener, *target):
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0], *target),
                         daemon=True).start()


for args in ((listen(socket.AF_UNIX, f"{path}{to}"),
              socket.AF_VSOCK, (cid, to)),
             (listen(socket.AF_VSOCK, (cid, back)),
              socket.AF_UNIX, f"{path}{back}")):
    threading.Thread(target=accept, args=args, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
os.unlink(f"{path}{to}")
os._exit(0)
