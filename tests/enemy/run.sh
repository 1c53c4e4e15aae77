#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Numbers that are closed, copied over and used again while others connect,
# bind and transfer: nothing of it reaches a stranger, and no connection ends
# early. Over plain TCP and Unix sockets, the control; over hybrid vsock, through the
# monitor of tests/hybrid; and over vsock, where a call takes longest: a few turns
# in the quick check, all of them with TCP2VSOCK_TESTS_ALL set, --raw or --uring.
#
#   run.sh [TURNS]     the test
#   run.sh --raw       the same with numbers that are closed by system calls of
#                      the program's own: how often that is a stranger's end
#   run.sh --uring     the same, closed by io_uring
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
here=$srcdir/tests/enemy
raw=
case ${1-} in
--raw | --uring) raw=${1#--} && shift ;;
esac
turns=${1-60}
export program="$builddir/tests/enemy/enemy" raw turns
export library="$builddir/preload/.libs/libtcp2vsock.so"

if [ ! "$raw" ]; then
	echo "over TCP:"
	timeout 200 "$program" 27000 $((turns / 10)) || exit 1
	echo "over Unix sockets:"
	names=$(mktemp -d) || exit 99
	ENEMY_FOLDER=$names timeout 200 "$program" 27000 $((turns / 10))
	status=$?
	rm -r "$names"
	[ $status -eq 0 ] || exit 1
fi
"$here/hybrid.sh"
hybrid=$?
[ "${TCP2VSOCK_TESTS_ALL:-}$raw" ] || turns=$((turns / 6))
"$srcdir/tests/rig/run" --timeout 300 --keep "$builddir" -- "$here/inside.sh"
vsock=$?
for status in $hybrid $vsock; do
	[ $status -eq 0 ] || exit $status
done
