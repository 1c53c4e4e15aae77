# SPDX-License-Identifier: MIT
"""A program that knows of TCP only: client.py WHAT. Each says what it saw."""
import asyncio
import errno
import os
import resource
import select
import signal
import socket
import sys
import threading

GUEST = "10.9.0.1"
# The same, by a rule with timeout=: nobody's non-blocking connect() depends on
# how busy this machine is.
PATIENT = "10.9.0.3"
# What never comes is waited for by the rule's time.
BRIEF = "10.9.0.4"


def connect(port):
    sock = socket.socket()
    sock.connect((GUEST, port))
    return sock


def name_of(error):
    return errno.errorcode.get(error, error)


def more_descriptors():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def recv_all(sock, size):
    data = bytearray()
    while len(data) < size and (piece := sock.recv(65536)):
        data += piece
    return bytes(data)


def pattern(size):
    return bytes(i * 7 + i // 256 & 255 for i in range(size))


def attempt(port, host=GUEST, blocking=True):
    with socket.socket() as sock:
        sock.setblocking(blocking)
        return name_of(sock.connect_ex((host, port)))


def ask(sock):
    sock.sendall(b"hello")
    return sock.recv(100).decode()


def blocking():
    with connect(1) as sock:
        print(ask(sock), sock.getpeername())


def answer_late():
    """Port 3 answers when more time has gone by since it was asked than a
    socket has that does not wait: another has run into its limit meanwhile."""
    connect(21).close()
    attempt(2, blocking=False)
    connect(4).close()


def start_answering_late():
    threading.Thread(target=answer_late).start()


def patient():
    start_answering_late()
    with connect(3) as sock:
        print(ask(sock))


def bytewise():
    """The data that comes at once behind the answer is all there."""
    with connect(6) as sock:
        print(sock.recv(100).decode(), end="")


def refused():
    print(attempt(99), attempt(5), attempt(7))


def nonblocking():
    with socket.socket() as sock:
        sock.setblocking(False)
        print(name_of(sock.connect_ex((PATIENT, 1))))
        select.select([], [sock], [])
        print(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        print(name_of(sock.connect_ex((PATIENT, 1))))
        print(name_of(sock.connect_ex((PATIENT, 1))))
    print(attempt(2, blocking=False))


def refused_later():
    """As TCP tells it, and the socket may be used again."""
    with socket.socket() as sock:
        copy = os.dup(sock.fileno())
        sock.setblocking(False)
        print(name_of(sock.connect_ex((PATIENT, 99))))
        poll = select.poll()
        poll.register(copy, select.POLLOUT)
        print(poll.poll() == [(copy, select.POLLOUT | select.POLLERR
                               | select.POLLHUP)])
        try:
            sock.getpeername()
        except OSError as error:
            print(name_of(error.errno))
        print(name_of(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)),
              sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR),
              name_of(sock.connect_ex((PATIENT, 99))),
              name_of(sock.connect_ex((PATIENT, 99))),
              name_of(sock.connect_ex((PATIENT, 99))),
              name_of(sock.connect_ex((PATIENT, 1))))
        sock.setblocking(True)
        sock.sendall(b"hello")
        print(os.read(copy, 100).decode())


def crowd():
    """Many at once, of which some are refused: all are told the right thing."""
    wrong = []

    def attempt_one(port):
        with socket.socket() as sock:
            sock.setblocking(False)
            copy = os.dup(sock.fileno())
            sock.connect_ex((PATIENT, port))
            select.select([], [copy], [])
            os.close(copy)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            sock.setblocking(True)
            if error or port == 99:
                answer = name_of(error)
            else:
                answer = ask(sock)
            if answer != ("ECONNREFUSED" if port == 99 else "hello"):
                wrong.append((port, answer))

    def attempt_many():
        for i in range(100):
            attempt_one(99 if i % 2 else 1)

    before = len(os.listdir("/proc/self/fd"))
    threads = [threading.Thread(target=attempt_many) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(wrong, len(os.listdir("/proc/self/fd")) - before)


def few_left():
    """No descriptors to put a refusal off with: it is told at once."""
    with socket.socket() as sock:
        sock.setblocking(False)
        most = sock.fileno() + 2
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        print(name_of(sock.connect_ex((PATIENT, 99))),
              name_of(sock.connect_ex((PATIENT, 1))))


def epoll():
    with socket.socket() as sock, select.epoll() as events:
        sock.setblocking(False)
        events.register(sock, select.EPOLLIN | select.EPOLLOUT)
        sock.connect_ex((PATIENT, 1))
        print(events.poll() == [(sock.fileno(), select.EPOLLOUT)])
        sock.send(b"x")
        events.modify(sock, select.EPOLLIN)
        print(events.poll() == [(sock.fileno(), select.EPOLLIN)])


def options():
    with connect(1) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY),
              sock.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN)
              == socket.AF_INET,
              sock.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL)
              == socket.IPPROTO_TCP,
              sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
              == socket.socket().getsockopt(socket.SOL_SOCKET,
                                            socket.SO_PEERCRED, 12))
        sock.send(b"named")
        print(sock.recvfrom(100))
        print(sock.getsockname()[0])


def copies():
    sock = connect(1)
    os.set_inheritable(sock.fileno(), True)
    copy = os.dup(sock.fileno())
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, __file__, "inherited",
                                  str(sock.fileno())])
    os.wait()
    print(os.read(copy, 100).decode())


def inherited(number):
    sock = socket.socket(fileno=int(number))
    print(sock.family == socket.AF_INET, sock.getpeername(), flush=True)
    sock.sendall(b"from the child")


def served_by_another():
    """A listener whose only holder is a program that was handed it."""
    listener = socket.create_server(("0.0.0.0", 17))
    listener.set_inheritable(True)
    child = os.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, __file__, "serve_inherited",
                                  str(listener.fileno())])
    listener.close()
    with connect(17) as sock:
        sock.sendall(b"hello")
        print(recv_all(sock, 100).decode())
    os.waitpid(child, 0)
    print(attempt(17))
    socket.create_server(("0.0.0.0", 17)).close()


def serve_inherited(number):
    listener = socket.socket(fileno=int(number))
    client, peer = listener.accept()
    with client:
        print(listener.getsockname(), peer[0], client.recv(100).decode(),
              flush=True)
        client.sendall(b"from another")


def serve(port):
    """An echo, until standard input ends."""
    def echo(client):
        while data := client.recv(65536):
            client.sendall(data)
        client.close()

    def accept(listener):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=echo, args=(client,), daemon=True).start()

    listener = socket.create_server(("0.0.0.0", int(port)))
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)


def no_monitor():
    print(attempt(1, "10.9.0.2"))


def nobody_serves():
    """What backlog() has left behind."""
    with socket.socket() as sock:
        sock.setblocking(False)
        sock.connect_ex((PATIENT, 18))
        sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def interrupted():
    """A signal, and the answer never comes."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    print(attempt(2))


def timeout():
    print(attempt(1, BRIEF), attempt(2, BRIEF))


def guest_dials():
    """The guest's port 8 dials the host's port 8."""
    with socket.create_server(("0.0.0.0", 8)) as server, connect(8) as sock:
        client, peer = server.accept()
        print(client.recv(100).decode(), end="")
        print(peer[0], client.getpeername() == peer, client.getsockname())
        client.sendall(b"back")
        print(sock.recv(100).decode())


def stale():
    """The file that the one before left, one that is used, and no socket."""
    path = os.environ["GUEST_PATH"]
    socket.create_server(("0.0.0.0", 11)).close()
    print(os.path.exists(path + "_11"))
    first = socket.socket()
    first.bind(("0.0.0.0", 11))
    print(os.spawnv(os.P_WAIT, sys.executable,
                    [sys.executable, __file__, "bind_11"]))
    first.listen()
    os.spawnv(os.P_WAIT, sys.executable,
              [sys.executable, __file__, "bind_11"])
    first.close()
    os.unlink(path + "_11")
    with open(path + "_11", "w", encoding="ascii") as file:
        file.write("mine")
    bind_11()
    print(os.path.getsize(path + "_11"))


def bind_when_told(port, begin, seen, end):
    """The port is held until all have tried."""
    with socket.socket() as sock:
        begin.recv(1)
        try:
            sock.bind(("0.0.0.0", port))
            seen.send(b"0")
        except OSError:
            seen.send(b"1")
        end.recv(1)


def bind_at_once(ports):
    """A process for each port, all of which bind at the same moment, over what
    those before have left behind: how many can."""
    pairs = [socket.socketpair() for _ in range(3)]
    begin, seen, end = (pair[0] for pair in pairs)
    for port in ports:
        if os.fork() == 0:
            bind_when_told(port, *(pair[1] for pair in pairs))
            os._exit(0)
    begin.send(b"x" * len(ports))
    results = recv_all(seen, len(ports))
    end.send(b"x" * len(ports))
    for _ in ports:
        os.wait()
    return results.count(b"0")


def stale_at_once():
    """Many servers that start again together, and many that want one port."""
    print(*[bind_at_once(range(200, 220)) for _ in range(5)],
          *[bind_at_once([220] * 20) for _ in range(5)])


def backlog():
    """The whole monitor waits when it can't connect: nobody's queue is short."""
    path = os.environ["GUEST_PATH"] + "_18"
    with socket.socket() as server:
        server.bind(("0.0.0.0", 18))
        server.listen(1)
        guests = [socket.socket(socket.AF_UNIX) for _ in range(200)]
        for guest in guests:
            guest.setblocking(False)
        print({name_of(guest.connect_ex(path)) for guest in guests})


def no_permission():
    """A directory that nobody may write to."""
    path = os.path.dirname(os.environ["GUEST_PATH"]) + "/closed"
    os.mkdir(path, 0o555)
    if os.getuid() == 0:
        os.seteuid(65534)
    with socket.socket() as sock:
        print(name_of_bind(sock, 19))


def refused_when_bound():
    """A rule's refusal, by a socket that is on hybrid vsock already."""
    with socket.create_server(("127.0.0.9", 0)) as tcp, \
            socket.socket() as sock:
        sock.bind(("127.0.0.1", 12))
        print(name_of(sock.connect_ex(tcp.getsockname())))


def abstract():
    """An abstract name, which one may have, and which leaves no file."""
    with socket.create_server(("0.0.0.0", 20)) as server:
        with socket.create_connection(("10.9.0.9", 20)) as client, \
                socket.socket() as second:
            accepted, peer = server.accept()
            client.sendall(b"x")
            print(peer[0], client.getpeername(), accepted.recv(1),
                  name_of_bind(second, 20))
            accepted.close()
    print(attempt(20, "10.9.0.9"))


def unreachable():
    """What is at the path, and what becomes of it."""
    print(attempt(1, "10.9.0.5"), attempt(1, "10.9.0.6"))
    for port in 13, 14:
        with socket.socket() as sock:
            print(name_of_bind(sock, port))


def name_of_bind(sock, port):
    try:
        sock.bind(("0.0.0.0", port))
    except OSError as error:
        return name_of(error.errno)
    return "bound"


def bind_11():
    with socket.socket() as sock:
        try:
            sock.bind(("0.0.0.0", 11))
            print("bound", flush=True)
        except OSError as error:
            print(name_of(error.errno), flush=True)


def late():
    """Too late for a socket that does not wait, which may try again then; in
    time where the rule says so."""
    with socket.socket() as sock:
        sock.setblocking(False)
        print(name_of(sock.connect_ex((GUEST, 2))))
        print(name_of(sock.connect_ex((PATIENT, 1))))
        sock.setblocking(True)
        print(ask(sock))
    with socket.socket() as sock:
        sock.setblocking(False)
        start_answering_late()
        print(name_of(sock.connect_ex((PATIENT, 3))))
        sock.setblocking(True)
        print(ask(sock))


def loop():
    """An event loop, and a guest that is late."""
    async def talk():
        start_answering_late()
        reader, writer = await asyncio.open_connection(PATIENT, 3)
        writer.write(b"hello")
        print((await reader.read(100)).decode())
        writer.close()

    asyncio.run(talk())


def behind_the_answer():
    """A guest that speaks first: its data comes in the answer's piece."""
    with connect(12) as sock:
        print(recv_all(sock, 200000) == b"x" * 100000)


def large():
    """Much more than a pipe, a packet or a buffer takes at once."""
    data = pattern(1 << 20)
    with connect(1) as sock:
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        print(recv_all(sock, len(data)) == data)
        sender.join()


def fill(sock, data):
    sent = 0
    try:
        while sent < len(data):
            sent += sock.send(data[sent:])
    except BlockingIOError:
        pass
    return sent


def full_window():
    """A guest that doesn't read, and the smallest buffer there is."""
    data = pattern(300000)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        sock.setblocking(False)
        print(name_of(sock.connect_ex((PATIENT, 10))))
        sent = fill(sock, data)
        print(0 < sent < len(data), select.select([], [sock], [], 0)[1])
        connect(11).close()
        sock.setblocking(True)
        sender = threading.Thread(target=sock.sendall, args=(data[sent:],))
        sender.start()
        print(recv_all(sock, len(data)) == data)
        sender.join()


def forbidden():
    """A socket file that may not be written to."""
    path = os.environ["GUEST_PATH"] + ".locked"
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.bind(path)
        monitor.listen()
        os.chmod(path, 0)
        if os.getuid() == 0:
            os.seteuid(65534)
        print(attempt(1, "10.9.0.7"), attempt(1, "10.9.0.7", blocking=False))


def full_backlog():
    """A monitor that is stuck: what EAGAIN is of its socket."""
    path = os.environ["GUEST_PATH"] + ".stuck"
    crowd = []
    with socket.socket(socket.AF_UNIX) as monitor:
        monitor.bind(path)
        monitor.listen(0)
        while True:
            crowd.append(socket.socket(socket.AF_UNIX))
            crowd[-1].setblocking(False)
            if crowd[-1].connect_ex(path) == errno.EAGAIN:
                break
        print(attempt(1, "10.9.0.8"), attempt(1, "10.9.0.8", blocking=False))
        with socket.socket() as sock:
            sock.setblocking(False)
            if sock.connect_ex(("10.9.0.8", 1)) == errno.EINPROGRESS:
                select.select([], [sock], [])
                print(name_of(sock.getsockopt(socket.SOL_SOCKET,
                                              socket.SO_ERROR)))


def longest_path():
    """All of the 107 bytes that a Unix socket's name may have."""
    name = os.environ["LONG_PATH"] + "_15"
    with socket.create_server(("0.0.0.0", 15)) as server, \
            socket.socket(socket.AF_UNIX) as guest:
        guest.connect(name)
        print(len(name), server.accept()[1][0].startswith("100."))


def most():
    """The last connection that a monitor has, and one more."""
    more_descriptors()
    crowd = [connect(9) for _ in range(1023)]
    print(recv_all(crowd[-1], 5).decode(), end="")
    print(attempt(9), attempt(9, PATIENT, blocking=False))
    crowd.pop().close()
    while (result := attempt(9)) == "ECONNREFUSED":
        pass
    print(result)


def sleepers():
    """shutdown() of a listener wakes who waits, and it listens again."""
    with socket.create_server(("0.0.0.0", 16)) as server:
        woken = []

        def wait():
            try:
                server.accept()
            except OSError as error:
                woken.append(name_of(error.errno))

        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        server.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        print(woken)
        print(attempt(16))
        server.listen()
        with connect(16) as sock:
            sock.sendall(b"again\n")
            print(server.accept()[0].recv(100).decode(), end="")


globals()[sys.argv[1]](*sys.argv[2:])
