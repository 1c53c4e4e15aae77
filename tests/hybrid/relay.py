# SPDX-License-Identifier: MIT
"""Hands on what two stream sockets have for each other."""
import select
import socket

WINDOW = 256 * 1024


class Direction:
    """Bytes on their way from one end to the other."""

    def __init__(self, source, sink):
        self.source, self.sink = source, sink
        self.data = bytearray()
        self.ended = False

    def wants_to_read(self):
        return not self.ended and len(self.data) < WINDOW

    def read(self):
        try:
            data = self.source.recv(WINDOW - len(self.data))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.data += data
        self.ended = not data

    def write(self):
        try:
            del self.data[: self.sink.send(self.data)]
        except BlockingIOError:
            pass
        except OSError:
            self.data.clear()
            self.ended = True


def events_of(side, ways):
    events = 0
    for way in ways:
        if way.source is side and way.wants_to_read():
            events |= select.POLLIN
        if way.sink is side and way.data:
            events |= select.POLLOUT
    return events


def end(way):
    """Both directions, and who has ended one is the first to see it."""
    for side in way.source, way.sink:
        try:
            side.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def join(a, b):
    """Until one has ended, and what is on its way has arrived."""
    ways = Direction(a, b), Direction(b, a)
    for side in a, b:
        side.setblocking(False)
    while not any(way.ended and not way.data for way in ways):
        poll = select.poll()
        for side in a, b:
            poll.register(side, events_of(side, ways))
        poll.poll()
        for way in ways:
            if way.wants_to_read():
                way.read()
            if way.data:
                way.write()
    end(next(way for way in ways if way.ended and not way.data))
