#!/bin/sh
# SPDX-License-Identifier: MIT
# Through a monitor, and over Unix sockets alone: natively, without AF_VSOCK.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
. "$srcdir/tests/hybrid/lib.sh"

# over WHAT TARGET
over()
{
	echo "over $1:"
	# shellcheck disable=SC2086,SC2154 # run.sh's, and lib.sh's
	LD_PRELOAD=$library TCP2VSOCK_MAP="127.0.0.1:20000-29999 = $2" \
		timeout 200 "$program" 27000 "$turns" $raw
}
over "hybrid vsock" "hvsock:$path:*" &&
	over "Unix sockets" "unix:${path}_to_%p"
