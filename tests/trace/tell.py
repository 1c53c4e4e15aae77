# SPDX-License-Identifier: MIT
"""Calls of which -v tells, and others of which it does not."""
import errno
import os
import select
import socket


def begin(host, port):
    s = socket.socket()
    s.setblocking(False)
    assert s.connect_ex((host, port)) == errno.EINPROGRESS
    return s


def wait(s):
    select.select([], [s], [])


def by_so_error(host, port):
    s = begin(host, port)
    wait(s)
    for _ in range(2):
        s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return s


def by_connect(host, port):
    s = begin(host, port)
    wait(s)
    s.connect_ex((host, port))
    return s


def by_name(host, port):
    s = begin(host, port)
    wait(s)
    for _ in range(2):
        try:
            s.getpeername()
        except OSError:
            pass
    return s


def by_poll(host, port):
    s = begin(host, port)
    poll = select.poll()
    poll.register(s, select.POLLIN)
    for _ in range(2):
        poll.poll()
    s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return s


def udp(do, address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        do(s, address)
    except OSError as e:
        assert e.errno == errno.ENETUNREACH, e


def dial(host, port):
    s = socket.socket()
    s.connect_ex((host, port))


def main():
    server = socket.socket()
    server.bind(("127.0.0.1", 8000))
    server.listen(50)
    kept = []
    for ask in by_so_error, by_connect, by_name:
        kept += [ask("10.0.0.5", 80), ask("10.0.0.5", 81)]
        kept += server.accept()
    kept += [by_poll("10.0.0.5", 81)]
    kept += [begin("10.0.0.5", 80)]
    wait(kept[-1])
    udp(socket.socket.connect, ("10.0.0.5", 80))
    udp(socket.socket.connect, ("10.0.0.6", 80))
    udp(socket.socket.bind, ("127.0.0.1", 8000))
    for port in 1, 2:
        dial("127.0.0.3", port)
        socket.socket().bind(("127.0.0.3", 0))
    dial("db.internal", 5433)
    dial("10.0.0.6", 80)
    try:
        socket.socket().bind(("127.0.0.4", 8002))
    except PermissionError:
        pass
    # Python asks a socket for its peer when it throws it away.
    os._exit(0)


main()
