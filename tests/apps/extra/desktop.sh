#!/bin/sh
# SPDX-License-Identifier: MIT
# Desktops from afar: an X server and its clients, a VNC server.
: "${srcdir:=$(dirname "$0")/../../..}"
. "$(dirname "$0")/../lib.sh"
needs Xvfb xvfb xdpyinfo x11-utils Xtigervnc tigervnc-standalone-server \
	nc.openbsd netcat-openbsd ss iproute2
in_rig 300

start x 6001 Xvfb :1 -listen tcp -nolisten unix -nolisten local -ac
up x 6001
DISPLAY=$address:1
export DISPLAY
client 6001 xdpyinfo >screens 2>&1
check "an X client" grep -q 'number of screens:    1' screens ||
	cat screens
clients=
for i in $(seq 10); do
	(client 6001 xdpyinfo >"screens.$i" 2>&1) &
	clients="$clients $!"
done
# shellcheck disable=SC2086 # numbers
wait $clients
same "ten at once" 10 "$(cat screens.* | grep -c 'number of screens:')"
start vnc 5902 Xtigervnc :2 -SecurityTypes None -rfbport 5902
up vnc 5902
mkfifo life
client 5902 timeout 60 nc.openbsd "$address" 5902 <life >hello 2>&1 &
exec 8>life
check "a VNC client is greeted" wait_for grep -q 'RFB 003' hello
exec 8>&-
for port in 6001 5902; do
	check "no TCP socket was made for port $port" no_tcp $port
done
check "no TCP connection was tried" no_opens
finish
