#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A name in the table is answered as one in /etc/hosts would be.
: "${srcdir:=$(dirname "$0")/../..}"
library=$(pwd)/preload/.libs/libtcp2vsock.so
exec "$srcdir/tests/rig/run" --timeout 400 "$srcdir/tests/names/answers-inside.sh" \
	"$(pwd)/tests/names/ask" "$library"
