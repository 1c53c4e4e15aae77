#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What one connection costs through the supervisor: each call of the program
# that is brought to it, and the calls that it makes itself for that, counted by
# strace. The file calls-expected has them, those of Go where there is Go;
# doc/performance.md has that file.
#
#   calls.sh [--update]
set -u
: "${srcdir:=$(dirname "$0")/../..}"
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
here=$(cd "$srcdir/tests/door" && pwd)
out=$PWD/tests/door
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
web=

command -v strace >/dev/null || {
	echo "skipped: no strace"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
}
if command -v go >/dev/null; then
	web=$out/web
	mkdir -p "$out"
	CGO_ENABLED=0 GO111MODULE=off GOCACHE=$out/go-cache GOFLAGS= \
		go build -o "$web" "$here/web.go" || exit 1
elif [ "${TCP2VSOCK_TESTS_ALL:-}${1-}" ]; then
	echo "FAIL: no go"
	exit 1
fi
# Other kernels answer other questions.
"$srcdir/tests/rig/run" --kernel --timeout 300 --keep "$scratch" -- \
	"$here/calls-inside.sh" "$scratch" "$PWD/tests/bench/traffic" "$web"
status=$?
[ $status -eq 77 ] && [ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
[ $status -eq 0 ] || exit $status
"$here/calls.py" "$here/reasons" "$scratch"/*-client "$scratch"/*-server \
	>"$scratch/counted" || exit 1
cat "$scratch/counted"
if [ "${1-}" = --update ]; then
	cp "$scratch/counted" "$here/calls-expected"
	exit
fi
cp "$here/calls-expected" "$scratch/expected"
[ "$web" ] || awk '/^[^ ]/ { wanted = !/^Go/ } wanted' "$here/calls-expected" \
	>"$scratch/expected"
if ! diff "$scratch/expected" "$scratch/counted"; then
	echo "FAIL: not what is expected (<): doc/performance.md quotes it"
	exit 1
fi
echo "ok: what is expected"
