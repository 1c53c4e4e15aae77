#!/bin/sh
# SPDX-License-Identifier: MIT
# Hybrid vsock against a strict monitor: what a TCP program sees, both ways.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/hybrid/lib.sh"

cat >"$dir/rules" <<END
connect 127.0.0.9:* = refuse
listen 127.0.0.9:* = direct
connect 10.9.0.5:* = hvsock:$dir/file:*
connect 10.9.0.6:* = hvsock:$dir/file/below:*
listen *:13 = hvsock:$dir/none/v.sock:*
listen *:19 = hvsock:$dir/closed/v.sock:*
connect 10.9.0.1:* = hvsock:$path:*
connect 10.9.0.2:* = hvsock:$dir/none:*
connect 10.9.0.3:* = hvsock:$path:* timeout=60s
connect 10.9.0.4:* = hvsock:$path:* timeout=300ms
connect 10.9.0.7:* = hvsock:$path.locked:*
connect 10.9.0.8:* = hvsock:$path.stuck:* timeout=300ms
listen *:15 = hvsock:$LONG_PATH:*
listen *:* = hvsock:$path:*
END
check_alike
check patient hello
check bytewise "OK first"
check nonblocking "EINPROGRESS
0
0
EISCONN
ETIMEDOUT"
check no_monitor EHOSTUNREACH
check interrupted ETIMEDOUT
check timeout "0 ETIMEDOUT"
check guest_dials "dialled
10.9.0.1 True ('100.64.0.2', 8)
back"
check late "ETIMEDOUT
EINPROGRESS
hello
EINPROGRESS
hello"
check loop hello
check behind_the_answer True
check full_window "EINPROGRESS
True []
True"
check full_backlog "ETIMEDOUT ETIMEDOUT"
check most "1023
ECONNREFUSED EINPROGRESS
0"
check unreachable "EHOSTUNREACH EHOSTUNREACH
EADDRNOTAVAIL
EADDRINUSE"

waiting=tests/hybrid/waiting
judge "a thread is cancelled" "cancelled: 1, descriptors: +0" \
	"$(redirected $waiting cancelled)"
judge "signals" "SA_RESTART: connected
... and another without it: connected
no SA_RESTART: connected
... and no answer: Connection timed out" "$(redirected $waiting signals)"

judge "the log" "accept 100.64.0.2:8 from 10.9.0.1:N <- hvsock:$path:8 ok
bind 0.0.0.0:8 -> hvsock:$path:8 ok
connect 10.9.0.1:8 -> hvsock:$path:8 ok" \
	"$(TCP2VSOCK_LOG=- client guest_dials |
		sed -n 's/^tcp2vsock\[[0-9]*\]: //; T; s/\(from 10.9.0.1\):[0-9]*/\1:N/; p' |
		sort)"

printf '\nlisten *:100 = hvsock:%s:*\n' "$long" >"$dir/long"
judge "a path that is too long" "$dir/long:2:23: path too long \"$(
	echo "$long" | cut -c 1-80)...\"
  listen *:100 = hvsock:$long:*
  a Unix socket's path, with _PORT at its end, has 107 bytes at most" \
	"$(launcher/tcp2vsock --check -f "$dir/long" 2>&1 |
		grep -v "\^")"
finish
