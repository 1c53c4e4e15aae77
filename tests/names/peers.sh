#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Servers that trust loopback don't let a peer of another virtual machine in.
: "${srcdir:=$(dirname "$0")/../..}"
here=$(cd "$srcdir/tests/names" && pwd) || exit 99
build=$(pwd)
cluster=$(mktemp -d) || exit 99
trap 'rm -rf "$cluster"' EXIT
chmod 755 "$cluster"

# A database is made where that takes two seconds.
initdb=$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -n 1)
mkdir "$cluster/data"
if [ -n "$initdb" ]; then
	[ "$(id -u)" != 0 ] || chown nobody "$cluster/data"
	"$here/as.sh" nobody "$initdb" -N -A trust --no-locale -U nobody \
		-D "$cluster/data" >"$cluster/log" 2>&1 || {
		cat "$cluster/log"
		exit 99
	}
fi
"$srcdir/tests/rig/run" --timeout 180 "$here/peers-inside.sh" "$here" \
	"$build/preload/.libs/libtcp2vsock.so" \
	"$build/tests/names/.libs/far.so" "$cluster/data"
