#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The engine without a door, in a test kernel.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99

exec "$srcdir/tests/rig/run" --keep "$builddir" -- \
	"$builddir/tests/house/engine"
