#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each system call of a redirected connect(), bind(), accept() and of the names
# fails, one after another: see inside.sh. tests/unit does so with its fake
# kernel for many more; here it is the real one's sockets.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
[ $# -gt 0 ] || set -- connect nonblocking refused bind accept names

exec "$srcdir/tests/rig/run" --timeout 900 --keep "$builddir" -- \
	"$srcdir/tests/faults/inside.sh" "$builddir/tests/faults/faults" \
	"$builddir/preload/.libs/libtcp2vsock.so" "$@"
