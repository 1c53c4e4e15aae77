# SPDX-License-Identifier: MIT
"""Both ends of a conversation, over TCP as far as they know.

    talk.py serve PORT UNTIL             until there is the file UNTIL
    talk.py ask HOST PORT [CHECK...]     all checks of CHECKS, or some

Each check is a process of its own with a time limit, and says what it sees;
nothing in that varies: it is the same on TCP.
"""
import concurrent.futures
import hashlib
import ipaddress
import os
import select
import signal
import socket
import struct
import sys
import threading
import time

SIZE = int(os.environ.get("TALK_SIZE", "100")) << 20
MANY = int(os.environ.get("TALK_MANY", "200"))
BOTH = int(os.environ.get("TALK_BOTH", "10240")) << 10
LIMIT = 600
# The most that one send() takes, and so a virtio packet.
PIECE = int(os.environ.get("TALK_PIECE", str(1 << 16)))
# How long the end of one direction may take to come, where it comes.
PATIENCE = int(os.environ.get("TALK_PATIENCE", "60"))
CHECKS = ("echo names upload download both_ways many one_after_the_other "
          "nonblocking refused server_closes server_resets client_closes "
          "client_resets killed half_close server_half_closes").split()
BLOCK = bytes(i * 7 + i // 256 & 255 for i in range(1 << 16))
answered = {}


def name_of(error):
    return os.strerror(error) if error else "no error"


# ---- the server ------------------------------------------------------------

def send_all(sock, data):
    for at in range(0, len(data), PIECE):
        sock.sendall(data[at:at + PIECE])


def give(sock, size):
    """Pseudo-random, of the connection's own."""
    digest = hashlib.sha256()
    sent = 0
    while sent < size:
        block = struct.pack("<Q", sent) + BLOCK[8:]
        send_all(sock, block)
        digest.update(block)
        sent += len(block)
    return digest.hexdigest()


def take(sock, size):
    digest = hashlib.sha256()
    while size > 0 and (block := sock.recv(min(size, 1 << 16))):
        digest.update(block)
        size -= len(block)
    return digest.hexdigest() if size == 0 else f"{size} bytes are missing"


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))


def serve_line(sock, line):
    words = line.split()
    if words[0] == "echo":
        while block := sock.recv(1 << 16):
            send_all(sock, block)
    elif words[0] == "take":
        sock.sendall(take(sock, int(words[1])).encode() + b"\n")
    elif words[0] == "give":
        sock.sendall(give(sock, int(words[1])).encode() + b"\n")
    elif words[0] == "names":
        peer, own = sock.getpeername(), sock.getsockname()
        sock.sendall(f"{peer[0]} {own[0]} {own[1]}\n".encode())
    elif words[0] == "reset":
        reset(sock)
    elif words[0] == "close":
        pass
    elif words[0] == "half":
        count = 0
        while block := sock.recv(1 << 16):
            count += len(block)
        sock.sendall(f"{count}\n".encode())
    elif words[0] == "first":
        sock.sendall(b"I speak\n")
        sock.shutdown(socket.SHUT_WR)
        answered[words[1]] = read_all(sock)
    elif words[0] == "fate":
        try:
            count = len(read_all(sock))
            answered[words[1]] = f"the end after {count}"
        except OSError as error:
            answered[words[1]] = name_of(error.errno)
    elif words[0] == "answered":
        until(lambda: words[1] in answered)
        sock.sendall(f"{answered[words[1]]}\n".encode())
    else:
        sock.sendall(b"what?\n")


def until(what):
    end = time.monotonic() + 20
    while not what() and time.monotonic() < end:
        time.sleep(0.01)


def serve_one(sock):
    with sock:
        try:
            if line := read_line(sock):
                serve_line(sock, line)
        except OSError as error:
            print("server:", error, flush=True)


def accept_all(listener):
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=serve_one, args=(sock,), daemon=True).start()


def serve(port, end):
    listener = socket.create_server(("0.0.0.0", int(port)), backlog=512)
    threading.Thread(target=accept_all, args=(listener,), daemon=True).start()
    print("ready", flush=True)
    while not os.path.exists(end):
        time.sleep(0.2)
    os._exit(0)


# ---- the client ------------------------------------------------------------

def read_line(sock):
    """Byte by byte: what is behind it is somebody else's."""
    line = bytearray()
    while (byte := sock.recv(1)) and byte != b"\n":
        line += byte
    return line.decode()


def read_all(sock):
    data = bytearray()
    while block := sock.recv(1 << 16):
        data += block
    return bytes(data)


def connect(line=None, patience=300):
    sock = socket.socket()
    sock.settimeout(patience)
    sock.connect(there)
    if line:
        sock.sendall(line.encode() + b"\n")
    return sock


def ask(line):
    with connect(line) as sock:
        return read_line(sock)


def echo():
    with connect("echo") as sock:
        sock.sendall(b"hello\n")
        print(read_line(sock), sock.getpeername() == there)


def names():
    """Whom the server sees, and as whom: never its own machine."""
    with connect("names") as sock:
        own = sock.getsockname()
        peer, host, port = read_line(sock).split()
        print("the same client:", peer == own[0],
              "loopback:", ipaddress.ip_address(peer).is_loopback,
              ipaddress.ip_address(own[0]).is_loopback,
              "port:", int(port) == there[1])


def upload():
    with connect(f"take {SIZE}") as sock:
        digest = give(sock, SIZE)
        print(read_line(sock) == digest)


def download():
    with connect(f"give {SIZE}") as sock:
        digest = take(sock, SIZE)
        print(read_line(sock) == digest)


def both_ways():
    """One connection, in both directions at once."""
    with connect("echo") as sock:
        sent = []
        sender = threading.Thread(
            target=lambda: sent.append(give(sock, BOTH)))
        sender.start()
        got = take(sock, BOTH)
        sender.join()
        print(got == sent[0])


def many():
    """All at once, each with data of its own."""
    def one(number):
        with connect("echo") as sock:
            data = hashlib.sha256(str(number).encode()).digest() * 256
            send_all(sock, data)
            got = bytearray()
            while len(got) < len(data) and (block := sock.recv(1 << 16)):
                got += block
            barrier.wait(120)
            return got == data

    barrier = threading.Barrier(MANY)
    with concurrent.futures.ThreadPoolExecutor(MANY) as pool:
        print(sum(pool.map(one, range(MANY))))


def one_after_the_other():
    for number in range(MANY):
        with connect("echo") as sock:
            sock.sendall(f"{number}\n".encode())
            if read_line(sock) != str(number):
                print("wrong", number)
    print("done")


def nonblocking():
    with socket.socket() as sock:
        sock.setblocking(False)
        print(name_of(sock.connect_ex(there)))
        select.select([], [sock], [], 60)
        print(name_of(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)))
        print(name_of(sock.connect_ex(there)))
        sock.setblocking(True)
        sock.sendall(b"echo\nhello\n")
        print(read_line(sock))


def refused():
    """The port next to the server's."""
    for blocking in True, False:
        with socket.socket() as sock:
            sock.setblocking(blocking)
            error = sock.connect_ex((there[0], there[1] + 1))
            if name_of(error) == "Operation now in progress":
                select.select([], [sock], [], 60)
                error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            print(name_of(error))


def server_closes():
    with connect("close") as sock:
        print(read_all(sock))


def server_resets():
    with connect("reset") as sock:
        try:
            print(read_all(sock))
        except OSError as error:
            print(name_of(error.errno))


def client_closes():
    with connect(f"fate {os.getpid()}") as sock:
        sock.sendall(b"12345")
    print(ask(f"answered {os.getpid()}"))


def client_resets():
    with connect(f"fate {os.getpid()}") as sock:
        sock.sendall(b"12345")
        reset(sock)
    print(ask(f"answered {os.getpid()}"))


def half_close():
    """Everything is sent, and then the answer is read."""
    with connect("half", PATIENCE) as sock:
        send_all(sock, BLOCK)
        sock.shutdown(socket.SHUT_WR)
        print(read_line(sock))


def server_half_closes():
    with connect(f"first {os.getpid()}", PATIENCE) as sock:
        print(read_all(sock))
        sock.sendall(b"I answer")
        sock.shutdown(socket.SHUT_WR)
    print(ask(f"answered {os.getpid()}"))


def killed():
    """The client ends by a signal, its connection open."""
    child = os.fork()
    if child == 0:
        sock = connect(f"fate {os.getppid()}")
        sock.sendall(b"12345")
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    print(ask(f"answered {os.getpid()}"))


def run(check):
    try:
        globals()[check]()
    except OSError as error:
        print(name_of(error.errno) if error.errno else error)
    sys.stdout.flush()
    os._exit(0)


def is_served():
    with socket.socket() as sock:
        return sock.connect_ex(there) == 0


def ask_all(checks):
    end = time.monotonic() + 120
    while not is_served() and time.monotonic() < end:
        time.sleep(0.1)
    for check in checks:
        print(f"== {os.environ['TALK_NAME']}/{check}", flush=True)
        child = os.fork()
        if child == 0:
            signal.alarm(LIMIT)
            run(check)
        _, status = os.waitpid(child, 0)
        if status:
            print("status", status, flush=True)


if sys.argv[1] == "serve":
    serve(sys.argv[2], sys.argv[3])
there = (sys.argv[2], int(sys.argv[3]))
ask_all(sys.argv[4:] or CHECKS)
