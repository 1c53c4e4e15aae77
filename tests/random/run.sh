#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Random walks over the socket calls, on TCP and redirected: see walk.h.
#
#   run.sh [supervise|unix|hvsock] [FIRST COUNT [SHRINK]]
#
#   supervise		through the supervisor: some walks still differ there
#   unix		Unix sockets in the place of AF_VSOCK
#   hvsock		and a monitor between them
#   FIRST COUNT		seeds; 1 to 100 if not told
#   SHRINK		so many (3) of those that differ are cut down
#
# Run in the top of a build tree, or with builddir and srcdir set.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
from=$srcdir/tests/parity/table.conf like=vsock monitor= supervised=
case ${1:-} in
supervise)
	[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
	supervised=--supervised
	shift
	;;
unix | hvsock)
	like=unix from=$srcdir/tests/hybrid/table-$1.conf
	[ "$1" = unix ] || monitor=/run/walk
	shift
	;;
esac
# The tree may be anybody's, and the table of a program may not.
umask 022
table=$(mktemp) || exit 99
trap 'rm -f "$table"' EXIT
chmod 644 "$table" && sed 's,PATH,/run/walk,g' "$from" >"$table" || exit 99
count=${2:-100}

"$srcdir/tests/rig/run" --timeout $((300 + count * 2)) \
	--keep "$builddir" -- "$srcdir/tests/random/inside.py" \
	--like "$like" $supervised ${monitor:+--monitor "$monitor"} --shrink "${3:-3}" "$builddir/tests/random/walk" \
	"$builddir/preload/.libs/libtcp2vsock.so" \
	"$table" "${1:-1}" "$count"
