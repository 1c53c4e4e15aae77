#!/bin/sh
# SPDX-License-Identifier: MIT
# Names of the table, asked for by programs with a resolver of their own.
#
# Programs that are linked statically with this libc; with TCP2VSOCK_TESTS_ALL
# Go's and musl's, too.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
here=$(cd "$srcdir/tests/door" && pwd)
out=$PWD/tests/door

missing()
{
	echo "skipped: no $1"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}

mkdir -p "$out"
${CC:-gcc} -static -w -o "$out/lookup" "$here/lookup.c" || missing "static libc"
${CC:-gcc} -static -w -o "$out/asks" "$here/asks.c" || exit 1
which=
if [ "${TCP2VSOCK_TESTS_ALL:-}" ]; then
	which=all
	command -v musl-gcc >/dev/null || missing musl-gcc
	command -v go >/dev/null || missing go
	musl-gcc -static -o "$out/lookup-musl" "$here/lookup.c" || exit 1
	CGO_ENABLED=0 GO111MODULE=off GOCACHE=$out/go-cache GOFLAGS= \
		go build -o "$out/web" "$here/web.go" || exit 1
fi
exec "$srcdir/tests/rig/run" -- "$here/names-inside.sh" "$here" "$out" "$which"
