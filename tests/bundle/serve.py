# SPDX-License-Identifier: MIT
"""Says "served" to whoever comes to port 5432; makes the file "ready" first."""
import socket

with socket.create_server(("", 5432)) as server:
    open("ready", "w")
    while True:
        connection = server.accept()[0]
        connection.send(b"served\n")
        connection.close()
