# SPDX-License-Identifier: MIT
"""Asks SERVER for the IPv4 address of NAME, and tells it by EDNS (RFC 6891) how
long an answer may be, as Go and c-ares do. Says what is in the answer, whose
counts may promise no more than there is."""
import socket
import struct
import sys

labels = b"".join(bytes([len(label)]) + label.encode("ascii")
                  for label in sys.argv[2].split(".")) + b"\0"
asked = labels + struct.pack(">HH", 1, 1)
edns = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.settimeout(20)
server.connect((sys.argv[1], 53))
server.send(struct.pack(">6H", 7, 0x100, 1, 0, 0, 1) + asked + edns)
answer = server.recv(4096)
counts = struct.unpack(">4H", answer[4:12])
address = answer[12 + len(asked) + 12:]
print(socket.inet_ntoa(address[:4]) +
      (", and nothing else" if counts == (1, 1, 0, 0) and len(address) == 4
       else ", and %r %r" % (counts, address[4:])))
