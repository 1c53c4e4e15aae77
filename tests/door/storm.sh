#!/bin/sh
# SPDX-License-Identifier: MIT
# Storms through the supervisor: nothing is lost, and nothing hangs.
#
# Few connections or, with TCP2VSOCK_TESTS_ALL set, as many as make a storm.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
here=$(cd "$srcdir/tests/door" && pwd)
counts="100 2 100" limit=240
[ -z "${TCP2VSOCK_TESTS_ALL:-}" ] || counts="2000 20 1000" limit=1800
# shellcheck disable=SC2086
exec "$srcdir/tests/rig/run" --timeout $limit -- "$here/storm-inside.sh" \
	"$PWD/tests/door/storm" $counts
