#!/bin/sh
# SPDX-License-Identifier: MIT
#
# doc/services.md: its drop-in and table, as they stand, for the unit of Debian's
# redis-server as that stands, under a systemd that is the first process of a
# root of its own in the test kernel; tcp2vsock is where "make install" puts it.
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd) || exit 99
unit=/lib/systemd/system/redis-server.service

skip() {
	echo "skipped: $1"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}

for file in /lib/systemd/systemd $unit; do
	[ -e $file ] || skip "no $file: apt-get install systemd redis-server"
done
[ -r /etc/redis/redis.conf ] || skip "/etc/redis/redis.conf is for root only"

tmp=$(mktemp -d "${TMPDIR:-/tmp}/tcp2vsock-services.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
chmod 755 "$tmp"
(umask 077 && make -s install DESTDIR="$tmp/tree" >"$tmp/log" 2>&1 </dev/null) || {
	tail "$tmp/log"
	exit 99
}
closed=$(find "$tmp/tree" -type d -name tcp2vsock ! -perm -055)
[ -z "$closed" ] || {
	echo "installed with umask 077, and for nobody else: $closed"
	exit 1
}
find "$tmp/tree" -type d -exec chmod 755 {} +
[ -x "$tmp/tree/usr/local/bin/tcp2vsock" ] ||
	skip "this tree is not built for /usr/local"

# block KIND: the first one of the page.
block() {
	awk -v kind="\`\`\`$1" '$0 == kind { inside = 1; next }
		/^```/ && inside { exit }
		inside' "$srcdir/doc/services.md"
}
block systemd >"$tmp/drop-in"
block rules >"$tmp/rules"
"$srcdir/tests/rig/run" --kernel --timeout 400 \
	"$srcdir/tests/doc/services-inside.sh" "$tmp" "$unit"
