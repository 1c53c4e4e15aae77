# SPDX-License-Identifier: MIT
"""A name server on ADDRESS: every name is 192.0.2.7, and is written to a file."""
import socket
import struct
import sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
log = open(sys.argv[2], "a", buffering=1, encoding="ascii")
print("listening", file=log)
while True:
    question, peer = server.recvfrom(4096)
    at, labels = 12, []
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode("ascii"))
        at += 1 + question[at]
    kind, = struct.unpack(">H", question[at + 1:at + 3])
    print(".".join(labels), file=log)
    answer = (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton("192.0.2.7")
              if kind == 1 else b"")
    server.sendto(question[:2] + b"\x81\x80\0\1" +
                  struct.pack(">H", bool(answer)) + b"\0\0\0\0" +
                  question[12:at + 5] + answer, peer)
