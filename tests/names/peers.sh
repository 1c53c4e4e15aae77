#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that trust loopback don't let a peer of another virtual machine in.
: "${srcdir:=$(dirname "$0")/../..}"
here=$(cd "$srcdir/tests/names" && pwd) || exit 99
build=$(pwd)
cluster=$(mktemp -d) || exit 99
trap 'rm -rf "$cluster"' EXIT
"$here/cluster.sh" "$cluster" || exit 99
"$srcdir/tests/rig/run" --timeout 400 "$here/peers-inside.sh" "$here" \
	"$build/preload/.libs/libtcp2vsock.so" \
	"$build/tests/names/.libs/far.so" "$cluster/data" \
	"$build/tests/names/whence"
