#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Numbers that are closed, copied over and used again while others connect,
# bind and transfer: nothing of it reaches a stranger. Over hybrid vsock through
# the monitor of tests/hybrid and, with TCP2VSOCK_TESTS_ALL set or --raw, over
# vsock. That half is not in the quick check: in the test kernel it takes longest,
# and where other tests keep the machine busy it has found races of its own.
#
#   run.sh [TURNS]     the test
#   run.sh --raw       the same with numbers that are closed by system calls of
#                      the program's own: how often that is a stranger's end
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
here=$srcdir/tests/enemy
raw=
[ "${1-}" != --raw ] || { raw=raw && shift; }
turns=${1-60}
export program="$builddir/tests/enemy/enemy" raw turns
export library="$builddir/preload/.libs/libtcp2vsock.so"

"$here/hybrid.sh"
hybrid=$?
vsock=0
if [ "${TCP2VSOCK_TESTS_ALL:-}$raw" ]; then
	"$srcdir/tests/rig/run" --timeout 300 --keep "$builddir" -- \
		"$here/inside.sh"
	vsock=$?
else
	echo "over vsock: left to scripts/check --all"
fi
for status in $hybrid $vsock; do
	[ $status -eq 0 ] || exit $status
done
