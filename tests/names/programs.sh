#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers and clients of other people, by name, without a resolver.
: "${srcdir:=$(dirname "$0")/../..}"
here=$(cd "$srcdir/tests/names" && pwd) || exit 99
build=$(pwd)
cluster=$(mktemp -d) || exit 99
trap 'rm -rf "$cluster"' EXIT
"$here/cluster.sh" "$cluster" || exit 99
"$srcdir/tests/rig/run" --timeout 600 "$here/programs-inside.sh" "$here" \
	"$build/preload/.libs/libtcp2vsock.so" "$cluster/data"
