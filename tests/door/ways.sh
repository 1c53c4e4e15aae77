#!/bin/sh
# SPDX-License-Identifier: MIT
# Under "*:* = refuse" a supervised program connects by none of the ways that
# pass a preloaded library by; and it would, without us.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
tmp=$(mktemp -d) || exit 99
trap 'kill $server; rm -rf "$tmp"' EXIT
: "${CC:=cc}"
source=$srcdir/tests/door/ways.c
$CC -o "$tmp/ways" "$source" -ldl &&
	$CC -DPLUGIN -shared -fPIC -o "$tmp/plugin.so" "$source" || exit 99

cat >"$tmp/server.py" <<END
import socket, sys
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(64)
print(s.getsockname()[1], flush=True)
while True:
    s.accept()
END
python3 "$tmp/server.py" >"$tmp/port" &
server=$!
until [ -s "$tmp/port" ]; do
	kill -0 $server || exit 99
	sleep 0.05
done
port=$(cat "$tmp/port")

try()
{
	"$@" "$tmp/ways" "$port" "$tmp/plugin.so" 2>/dev/null
}

plain=$(try env)
supervised=$(try tcp2vsock --engine=supervise -m '*:* = refuse' -- env -i)
echo "$plain" | sed 's/^/without: /'
echo "$supervised" | sed 's/^/refused: /'
[ "$(echo "$plain" | grep -c connected)" -ge 5 ] || exit 1
[ "$(echo "$supervised" | wc -l)" -eq 11 ] || exit 1
! echo "$supervised" | grep -q connected
