#!/bin/sh
# SPDX-License-Identifier: MIT
# Rust's std::net, a server of both families and 20 clients at once, half of
# them with a time limit.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs rustc rustc ss iproute2
in_rig 400

rustc -O -o echo "$srcdir/tests/apps/extra/echo/echo.rs" || exit 99
start rust 7100 ./echo server
up rust 7100
same "20 clients" answered "$(client 7100 ./echo client)"
check "no TCP socket was made for port 7100" no_tcp 7100
check "no TCP connection was tried" no_opens
finish
