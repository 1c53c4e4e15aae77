# SPDX-License-Identifier: MIT
"""A name server on ADDRESS, over UDP and TCP: every name is 192.0.2.7, and is written to a file."""
import socket
import struct
import sys
import threading

log = open(sys.argv[2], "a", buffering=1, encoding="ascii")


def answer_to(question):
    at, labels = 12, []
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode("ascii"))
        at += 1 + question[at]
    kind, = struct.unpack(">H", question[at + 1:at + 3])
    print(".".join(labels), file=log)
    answer = (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton("192.0.2.7")
              if kind == 1 else b"")
    return (question[:2] + b"\x81\x80\0\1" +
            struct.pack(">H", bool(answer)) + b"\0\0\0\0" +
            question[12:at + 5] + answer)


def serve_tcp(listener):
    while True:
        stream = listener.accept()[0].makefile("rwb")
        while length := stream.read(2):
            answer = answer_to(stream.read(*struct.unpack(">H", length)))
            stream.write(struct.pack(">H", len(answer)) + answer)
            stream.flush()


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
threading.Thread(target=serve_tcp, daemon=True,
                 args=(socket.create_server((sys.argv[1], 53)),)).start()
print("listening", file=log)
while True:
    question, peer = server.recvfrom(4096)
    server.sendto(answer_to(question), peer)
