#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Names and addresses of the table, asked for in every way that libc has.
#
#	every.sh [STEP]	each STEP-th question; 1 is all of them. A prime, so that
#			every choice has its turn with every other
#
# No vsock is needed, only namespaces of one's own: the test kernel, which takes
# its time, is for machines that grant none.
: "${srcdir:=$(dirname "$0")/../..}"
inside=$srcdir/tests/names/every-inside.sh
every=$(pwd)/tests/names/every library=$(pwd)/preload/.libs/libtcp2vsock.so
root=
[ "$(id -u)" = 0 ] || root=-r
if unshare $root -mnu mount --bind /dev/null /etc/hosts 2>/dev/null; then
	exec "$inside" "$every" "$library" "${1:-211}"
fi
exec "$srcdir/tests/rig/run" --timeout 580 "$inside" "$every" "$library" \
	"${1:-2003}"
