#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Calls with arguments that no program should give, on TCP and through both doors:
# hostile.c. More of them with TCP2VSOCK_TESTS_ALL set.
#
#   run.sh [FIRST COUNT]
set -u
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd)
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
count=600
[ -z "${TCP2VSOCK_TESTS_ALL:-}" ] || count=20000
out=$(mktemp -d) || exit 99
trap 'rm -rf "$out"' EXIT
"$srcdir/tests/rig/run" --timeout 900 --keep "$out" -- \
	"$srcdir/tests/hostile/inside.sh" "$PWD/tests/hostile/hostile" \
	"$PWD/preload/.libs/libtcp2vsock.so" "$out" "${1:-1}" "${2:-$count}"
status=$?
[ $status -eq 0 ] || exit $status
python3 "$srcdir/tests/hostile/compare.py" "$srcdir/tests/hostile/documented" \
	"$out" "${2:-$count}"
