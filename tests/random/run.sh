#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random walks over the socket calls, on TCP and redirected: see walk.h.
#
#   run.sh [FIRST COUNT [SHRINK]]   seeds; 1 to 100 if not told. Of those that
#                                   differ, SHRINK (3) are cut down
#
# Run in the top of a build tree, or with builddir and srcdir set.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
count=${2:-100}

exec "$srcdir/tests/rig/run" --timeout $((300 + count * 2)) \
	--keep "$builddir" -- "$srcdir/tests/random/inside.py" \
	--shrink "${3:-3}" "$builddir/tests/random/walk" \
	"$builddir/preload/.libs/libtcp2vsock.so" \
	"$srcdir/tests/parity/table.conf" "${1:-1}" "$count"
