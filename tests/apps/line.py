# SPDX-License-Identifier: MIT
"""line.py ADDRESS PORT: what a server says up to the answer to a line."""
import socket
import sys

one = socket.create_connection((sys.argv[1], int(sys.argv[2])), 60)
one.sendall(b"line\n")
for answer in one.makefile():
    print(answer, end="")
    if "line" in answer:
        break
