#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The measuring program under the library, in a folder of its own.
#
#   under.sh BUILDDIR SRCDIR quiet|told [PORT]
set -eu

build=$1 source=$2 how=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$source/tests/stack/table.conf" "$dir/table.conf"
echo "connect 127.0.0.2:* = hvsock:$dir/monitor:* timeout=1s" >"$dir/hybrid"
echo "listen 127.0.0.2:* = hvsock:$dir/guest:*" >>"$dir/hybrid"
cat "$dir/table.conf" >>"$dir/hybrid"
chmod 644 "$dir/hybrid"
if [ "$how" = told ]; then
	export TCP2VSOCK_TRACE="$dir/trace" TCP2VSOCK_LOG=-
fi
status=0
TCP2VSOCK_CONFIG=$dir/hybrid LD_PRELOAD=$build/preload/.libs/libtcp2vsock.so \
	"$build/tests/stack/stack" "$dir/monitor" ${4-} || status=$?
[ "$how" = quiet ] || [ -s "$dir/trace" ] || exit 98
exit $status
