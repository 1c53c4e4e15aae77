#!/bin/sh
# SPDX-License-Identifier: MIT
# A whole tree under one supervisor: other users, roots and namespaces, programs
# that may not be looked at or have filters of their own.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
here=$(cd "$srcdir/tests/door" && pwd)
exec "$srcdir/tests/rig/run" -- "$here/tree-inside.sh" "$PWD" "$here"
