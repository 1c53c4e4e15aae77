#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The probes that probes.h lists are in the library, with as many values.
set -u
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

grep -q '^#define HAVE_SYS_SDT_H 1' config.h || {
	echo 'this build has no probes'
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
	exit 77
}
readelf -n preload/.libs/libtcp2vsock.so | awk '
	/Provider:/ { provider = $2 }
	/Name:/ { name = $2 }
	/Arguments:/ && provider == "tcp2vsock" { print name, NF - 1 }
' | sort -u >"$scratch/got"
cat >"$scratch/wanted" <<E
accept 3
bind 4
connect 4
error 2
redirect 2
E
diff "$scratch/wanted" "$scratch/got"
