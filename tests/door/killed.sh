#!/bin/sh
# SPDX-License-Identifier: MIT
# kill -9 of the program, the supervisor or the launcher at random moments; more
# of them with TCP2VSOCK_TESTS_ALL set.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
count=12
[ -z "${TCP2VSOCK_TESTS_ALL:-}" ] || count=500
exec python3 "$srcdir/tests/door/killed.py" "${1:-$count}"
