# SPDX-License-Identifier: MIT
"""Socket calls of every kind that a trace tells of."""
import os
import select
import socket
import sys
import threading


def dial(host, port):
    s = socket.socket()
    try:
        s.connect((host, port))
    except OSError:
        pass
    return s


# gethostbyname_ex() looks it up by two functions of libc, gethostbyname() by one.
def look_up(call, name):
    try:
        call(name)
    except OSError:
        pass


def dial_by_poll(host, port):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex((host, port))
    select.select([], [s], [])
    s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return s


def main():
    server = socket.socket()
    server.bind(("127.0.0.1", 8000))
    server.listen(5)
    other = socket.socket()
    other.bind(("127.0.0.2", 0))
    plain = socket.socket()
    plain.bind(("127.0.0.3", 0))
    plain.listen()
    client = dial("db.internal", 80)
    accepted, _ = server.accept()
    client.shutdown(socket.SHUT_WR)
    dial(*plain.getsockname())
    plain.accept()
    dial("10.0.0.5", 81)
    look_up(socket.gethostbyname_ex, "nobody.invalid")
    look_up(socket.gethostbyname_ex, "db.internal")
    look_up(socket.gethostbyname, "localhost")
    dial("10.0.0.6", 80)
    dial("127.0.0.3", 1)
    dial_by_poll("10.0.0.5", 80)
    dial_by_poll("10.0.0.5", 81)
    server.setblocking(False)
    server.accept()
    try:
        server.accept()
    except BlockingIOError:
        pass
    left, right = socket.socketpair()
    left.shutdown(socket.SHUT_WR)
    thread = threading.Thread(target=dial, args=("10.0.0.5", 80))
    thread.start()
    thread.join()
    child = os.fork()
    if child == 0:
        dial("10.0.0.5", 80)
        os._exit(0)
    os.waitpid(child, 0)
    print(os.getpid(), child, thread.native_id)


main()
