#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libvsock and Go's vsock package: the same text for the same addresses, and
# conversations in which each is the client and the server.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
here=$srcdir/tests/vsock
c=$builddir/tests/vsock/interop
go=$builddir/tests/vsock/interop-go
gopath=/usr/share/gocode
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

skip()
{
	echo "skipped: $1"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
}

# Debian's Go packages are sources under one GOPATH: nothing is downloaded.
build()
{
	command -v go >/dev/null || skip "no go (golang-go)"
	[ -d "$gopath/src/github.com/mdlayher/vsock" ] ||
		skip "no Go vsock package (golang-github-mdlayher-vsock-dev)"
	GO111MODULE=off GOPATH=$gopath GOFLAGS='' CGO_ENABLED=0 \
		GOCACHE=$builddir/tests/vsock/gocache \
		go build -o "$go" "$here/interop.go" || exit 99
}

addresses()
{
	for cid in 0 1 2 3 7 16 1024 2147483648 4294967294 4294967295; do
		for port in 0 1 1023 1024 65535 65536 4294967294 4294967295; do
			echo "$cid $port"
		done
	done
}

texts_are_equal()
{
	addresses | "$c" text >"$scratch/c"
	addresses | "$go" text >"$scratch/go"
	[ "$(wc -l <"$scratch/c")" -eq 80 ] &&
		diff "$scratch/c" "$scratch/go" || exit 1
	echo "ok   80 addresses have the same text"
}

build
texts_are_equal
"$srcdir/tests/rig/run" "$here/converse.sh" "$c" "$go"
status=$?
[ $status -eq 77 ] && skip "no AF_VSOCK (see above)"
exit $status
