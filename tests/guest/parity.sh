#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The parity program on the host of a real guest: each of its connections goes
# through a hybrid vsock into the guest, whose mirror.py leads it back to the
# host's port of the same number and so to the program's own listener.
#
#   parity.sh [NAME...]   the checks of most groups, or those named
#
# In the top of a build tree. Not those that are about how a connection is
# refused, or its names: the mirror takes each, whether or not the program
# listens behind it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
parity=$builddir/tests/parity/parity
# shellcheck disable=SC2046
[ $# -gt 0 ] ||
	set -- $("$parity" --list | grep -vE '^(bind|connect|seccomp|signals)/')

sed "s,PATH,$dir/v3.sock,g" "$srcdir/tests/hybrid/table-hvsock.conf" \
	>"$dir/table.conf"
export PARITY_LIMIT="${PARITY_LIMIT:-120}"

# alone COMMAND...: its TCP ports are fixed.
alone() {
	unshare -n sh -c 'ip link set lo up && exec "$@"' sh "$@"
}

loopback() {
	sed -e 's/100\.[0-9]*\.[0-9]*\.[0-9]*/127.0.0.1/g' \
		-e 's/fd76:736f:636b::[0-9a-f:]*/::1/g'
}

guests 3
guest_start 3 sh -c "ulimit -n 16384
	exec python3 '$here/mirror.py' 20000 25999 120000 125999"
wait_for grep -q ready "$job.out" || exit 99
{
	echo "=== tcp"
	alone "$parity" "$@"
	echo "=== vsock"
	alone $tcp2vsock -f "$dir/table.conf" -- env PARITY_REDIRECTED=hvsock \
		"$parity" "$@" | loopback
	echo "=== end"
} >"$dir/transcripts"
[ -z "${PARITY_KEEP:-}" ] || cp "$dir/transcripts" "$PARITY_KEEP"
cat "$srcdir/tests/hybrid/documented" \
	"$srcdir/tests/hybrid/documented-hvsock" "$here/documented.parity" \
	>"$dir/documented"
TCP2VSOCK_TESTS_MUST_RUN=0 "$srcdir/tests/parity/compare.sh" \
	"$dir/transcripts" "$dir/documented"
