#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A thousand connections made, a thousand accepted, some refused, in threads and
# in a child: no descriptor is left over.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
program=$builddir/tests/leaks/leaks
library=$builddir/preload/.libs/libtcp2vsock.so

"$program" 7300 1000 || exit 1
exec "$srcdir/tests/rig/run" --timeout 300 --keep "$builddir" -- \
	"$srcdir/tests/leaks/inside.sh" "$program" "$library" 1000
