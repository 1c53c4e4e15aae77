#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tcp2vsock --trace: what it tells of a program's calls, and where.
: "${srcdir:=$(dirname "$0")/../..}"
here=$(cd "$srcdir/tests/trace" && pwd) || exit 99
exec "$srcdir/tests/rig/run" --timeout 600 "$here/inside.sh" "$here" "$(pwd)"
