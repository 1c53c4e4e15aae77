#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The parity program, its TCP sockets redirected to Unix sockets: through a
# monitor to a guest that is the same program, or straight there.
#
#   parity.sh hvsock|unix [NAME...]   all checks, or those named
#				      (connect/nobody-listens)
#   PARITY_DOOR=supervise parity.sh ...	under the supervisor
#
# Needs no AF_VSOCK, but a network of its own: its TCP ports are fixed, and it
# counts connections. Run in the top of a build tree.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
parity=$srcdir/tests/parity
here=$srcdir/tests/hybrid

if [ -z "${HYBRID_ALONE:-}" ]; then
	export HYBRID_ALONE=1
	map=-r
	[ "$(id -u)" -ne 0 ] || map=
	unshare -n $map true && exec unshare -n $map sh "$0" "$@"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
fi
ip link set lo up
target=$1
shift
. "$here/lib.sh"

cat "$here/documented" >"$dir/documented"
[ "$target" = unix ] ||
	cat "$here/documented-$target" >>"$dir/documented"
sed "s,PATH,$path,g" "$here/table-$target.conf" >"$dir/table.conf"
# A connection that finds a full queue is tried again after a second.
export PARITY_LIMIT="${PARITY_LIMIT:-30}"

# The addresses that are made up, one of them from the path: run.sh has a
# look at them.
loopback()
{
	sed -e 's/100\.[0-9]*\.[0-9]*\.[0-9]*/127.0.0.1/g' \
		-e 's/fd76:736f:636b::[0-9a-f:]*/::1/g'
}
program=./tests/parity/parity
door="env LD_PRELOAD=$library TCP2VSOCK_CONFIG=$dir/table.conf"
if [ "${PARITY_DOOR:-}" = supervise ]; then
	program=./tests/door/parity
	door="./run tcp2vsock --engine=supervise -f $dir/table.conf --"
fi
{
	echo "=== tcp"
	$program "$@"
	echo "=== vsock"
	PARITY_REDIRECTED=$target $door $program "$@" | loopback
	echo "=== end"
} >"$dir/transcripts"

# What a monitor can't do is skipped everywhere.
TCP2VSOCK_TESTS_MUST_RUN=0 \
	"$parity/compare.sh" "$dir/transcripts" "$dir/documented"
