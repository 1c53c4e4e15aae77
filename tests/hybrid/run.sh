#!/bin/sh
# SPDX-License-Identifier: MIT
# Hybrid vsock against a strict monitor: what a TCP program sees, both ways.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/hybrid/lib.sh"

export GUEST_PATH="$path"
: >"$dir/file"
mkdir "$dir/v.sock_14"
cat >"$dir/rules" <<END
connect 127.0.0.9:* = refuse
listen 127.0.0.9:* = direct
connect 10.9.0.5:* = hvsock:$dir/file:*
connect 10.9.0.6:* = hvsock:$dir/file/below:*
listen *:13 = hvsock:$dir/none/v.sock:*
connect 10.9.0.1:* = hvsock:$path:*
connect 10.9.0.2:* = hvsock:$dir/none:*
connect 10.9.0.3:* = hvsock:$path:* timeout=3s
listen *:* = hvsock:$path:*
END
python=$(python3 -c 'import sys; print(sys.executable)')
passed=0 failed=0

# check WHAT EXPECTED
check()
{
	saw=$(LD_PRELOAD=$library TCP2VSOCK_CONFIG=$dir/rules \
		timeout 60 "$python" "$srcdir/tests/hybrid/client.py" "$1" 2>&1)
	if [ "$saw" = "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL %s: expected\n%s\nsaw\n%s\n' "$1" "$2" "$saw"
	fi
}

check blocking "hello ('10.9.0.1', 1)"
check slow hello
check patient hello
check bytewise "OK first"
check refused "ECONNREFUSED ECONNREFUSED ECONNREFUSED"
check nonblocking "EINPROGRESS
0
0
EISCONN
ECONNREFUSED ETIMEDOUT"
check epoll "True
True"
check options "1 True True True
(b'named', None)
100.64.0.2"
check copies "True ('10.9.0.1', 1)
from the child"
check no_monitor EHOSTUNREACH
check interrupted ETIMEDOUT
check timeout "0 ETIMEDOUT"
check guest_dials "dialled
10.9.0.1 True ('100.64.0.2', 8)
back"
check stale "True
EADDRINUSE
0
EADDRINUSE
EADDRINUSE
4"
check refused_when_bound ECONNREFUSED
check unreachable "EHOSTUNREACH EHOSTUNREACH
EADDRNOTAVAIL
EADDRINUSE"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
