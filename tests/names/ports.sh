#!/bin/sh
# SPDX-License-Identifier: MIT
#
# bind() to port 0; looking names up and dialling them.
: "${srcdir:=$(dirname "$0")/../..}"
here=$(cd "$srcdir/tests/names" && pwd) || exit 99
build=$(pwd)
exec "$srcdir/tests/rig/run" --timeout 300 "$here/ports-inside.sh" "$here" \
	"$build/preload/.libs/libtcp2vsock.so" "$build/tests/names"
