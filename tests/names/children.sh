#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The child of a process with threads finds a name of the table. On this machine
# itself: a lock that is taken at the moment of fork() wants two processors.
LD_PRELOAD=$(pwd)/preload/.libs/libtcp2vsock.so
TCP2VSOCK_MAP='connect db.internal:5432 = vsock:local:5432'
export LD_PRELOAD TCP2VSOCK_MAP
exec tests/names/dial children db.internal 2000
