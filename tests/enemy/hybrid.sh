#!/bin/sh
# SPDX-License-Identifier: MIT
# Through a monitor, natively: needs no AF_VSOCK.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/hybrid/lib.sh"

echo "over hybrid vsock:"
# shellcheck disable=SC2086,SC2154 # run.sh's, and lib.sh's
LD_PRELOAD=$library TCP2VSOCK_MAP="127.0.0.1:20000-29999 = hvsock:$path:*" \
	timeout 200 "$program" 27000 "$turns" $raw
