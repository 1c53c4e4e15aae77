#!/bin/sh
# SPDX-License-Identifier: MIT
# Static programs that a program with the library runs, in every way.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
here=$(cd "$srcdir/tests/door" && pwd)
out=$PWD/tests/door

mkdir -p "$out"
${CC:-gcc} -w -o "$out/child" "$here/child.c" || exit 1
exec "$srcdir/tests/rig/run" -- "$here/children-inside.sh" "$out/child"
