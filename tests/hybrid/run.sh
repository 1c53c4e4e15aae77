#!/bin/sh
# SPDX-License-Identifier: MIT
# Hybrid vsock against a strict monitor: what a TCP program sees, both ways.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/hybrid/lib.sh"

# As long as it may be when "_15" is behind it.
long=$(printf "%s/%0107d" "$dir" 0 | cut -c 1-104)
export GUEST_PATH="$path" LONG_PATH="$long"
: >"$dir/file"
mkdir "$dir/v.sock_14"
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
check blocking "hello ('10.9.0.1', 1)"
check patient hello
check bytewise "OK first"
check refused "ECONNREFUSED ECONNREFUSED ECONNREFUSED"
check nonblocking "EINPROGRESS
0
0
EISCONN
ETIMEDOUT"
check refused_later "EINPROGRESS
True
ENOTCONN
ECONNREFUSED 0 ECONNABORTED EINPROGRESS ECONNREFUSED EINPROGRESS
hello"
check crowd "[] 0"
check few_left "ECONNREFUSED EINPROGRESS"
check epoll "True
True"
check options "1 True True True
(b'named', None)
100.64.0.2"
check copies "True ('10.9.0.1', 1)
from the child"
check served_by_another "('0.0.0.0', 17) 10.9.0.1 hello
from another
ECONNREFUSED"
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
check large True
check full_window "EINPROGRESS
True []
True"
check forbidden "EACCES EACCES"
check full_backlog "ETIMEDOUT ETIMEDOUT"
check longest_path "107 True"
check most "1023
ECONNREFUSED EINPROGRESS
0"
check sleepers "['EINVAL', 'EINVAL', 'EINVAL']
ECONNREFUSED
again"
check stale "True
EADDRINUSE
0
EADDRINUSE
EADDRINUSE
4"
check stale_at_once "20 20 20 20 20 1 1 1 1 1"
check backlog "{0}"
check no_permission EACCES
check refused_when_bound ECONNREFUSED
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
