# SPDX-License-Identifier: MIT
"""Socket calls of a program that has no descriptor free; says what they give."""
import errno
import resource
import socket

resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))
listener = socket.create_server(("127.0.0.1", 7000))
sockets = []
try:
    while True:
        sockets.append(socket.socket())
except OSError as error:
    print("socket", errno.errorcode[error.errno])
client = sockets.pop()
client.connect(("127.0.0.1", 7000))
try:
    listener.accept()
except OSError as error:
    print("accept", errno.errorcode[error.errno])
sockets.pop().close()
peer = listener.accept()[0]
client.sendall(b"not lost")
print(peer.recv(100).decode())
