#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that make their own system calls, or lose the library, supervised.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
here=$(cd "$srcdir/tests/door" && pwd)
out=$PWD/tests/door

if ! command -v go >/dev/null; then
	echo "skipped: no go"
	[ "${TCP2VSOCK_TESTS_ALL:-}" ] && exit 1 # the quick check needs no Go
	exit 77
fi
mkdir -p "$out"
CGO_ENABLED=0 GO111MODULE=off GOCACHE=$out/go-cache GOFLAGS= \
	go build -o "$out/web" "$here/web.go" || exit 1
exec "$srcdir/tests/rig/run" -- "$here/programs-inside.sh" "$out/web"
