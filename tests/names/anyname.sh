#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Programs that dial names that nobody knows, by a rule for every name.
: "${srcdir:=$(dirname "$0")/../..}"
here=$(cd "$srcdir/tests/names" && pwd) || exit 99
"$here/../rig/run" --timeout 300 "$here/anyname-inside.sh" "$here" \
	"$(pwd)/preload/.libs/libtcp2vsock.so"
