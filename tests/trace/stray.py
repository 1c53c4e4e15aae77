# SPDX-License-Identifier: MIT
"""
Programs that our lines could harm: what they have at descriptor 2, or where
they come to be, is not what the library was told of.

stray.py MODE [FILE]: prints what has become of it.
"""
import fcntl
import os
import signal
import socket
import sys

ADDRESS = ("127.0.0.1", 8000)


def listen():
    global server
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(ADDRESS)
    server.listen(50)


def dial():
    s = socket.socket()
    try:
        s.connect(ADDRESS)
    except OSError:
        pass
    return s


def close_2_and(make):
    """What make() opens gets the number 2."""
    os.close(2)
    thing = make()
    number = thing if isinstance(thing, int) else thing.fileno()
    assert number == 2, number
    return thing


def data_file(path):
    """A database at 2, and a connection that can't be redirected."""
    fd = close_2_and(lambda: os.open(path, os.O_RDWR | os.O_CREAT))
    os.write(fd, b"record 1\n")
    dial()
    os.write(fd, b"record 2\n")
    print(os.pread(fd, 9999, 0))


def connection():
    """A connection at 2: only what the program sends may arrive."""
    listen()
    client = close_2_and(dial)
    accepted, _ = server.accept()
    dial()
    client.sendall(b"HELO")
    client.shutdown(socket.SHUT_WR)
    print(accepted.recv(9999, socket.MSG_WAITALL))


def inetd():
    """A program whose descriptor 2 was a connection from the beginning."""
    listen()
    client = dial()
    accepted, _ = server.accept()
    if os.fork() == 0:
        os.dup2(client.fileno(), 2)
        os.execv(sys.executable, [sys.executable, __file__, "talk"])
    os.wait()
    client.shutdown(socket.SHUT_WR)
    print(accepted.recv(9999, socket.MSG_WAITALL))


def talk():
    dial()
    os.write(2, b"HELO")


def again(mode):
    """From exec(3) on, with the new descriptor 2."""
    os.execv(sys.executable, [sys.executable, __file__, mode])


def in_a_child(mode):
    """How a program ends for which SIGPIPE and SIGALRM are the end."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        again(mode)
    print("status", os.waitpid(pid, 0)[1])


def nobody_reads():
    listen()
    reader, writer = os.pipe()
    os.dup2(writer, 2)
    os.close(writer)
    os.close(reader)
    in_a_child("work")


def full():
    listen()
    reader, writer = os.pipe()
    flags = fcntl.fcntl(writer, fcntl.F_GETFL)
    fcntl.fcntl(writer, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    try:
        while os.write(writer, b"x" * 4096):
            pass
    except BlockingIOError:
        pass
    fcntl.fcntl(writer, fcntl.F_SETFL, flags)
    os.dup2(writer, 2)
    in_a_child("work")
    os.close(reader)


def work():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for _ in range(3):
        dial()
    assert not signal.sigpending()


def become_another():
    listen()
    os.setgroups([])
    os.setuid(65534)
    dial()
    again("work")


globals()[sys.argv[1]](*sys.argv[2:])
