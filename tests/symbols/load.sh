#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What was built loads into a program that has nothing but libc, all of it at
# once: a symbol that is found nowhere would end that program.
set -u
builddir=$(cd "${builddir:-.}" && pwd) || exit 99
failed=0

for library in preload/.libs/libtcp2vsock.so vsock/.libs/libvsock.so; do
	path=$builddir/$library
	if said=$(TCP2VSOCK_MAP='connect 10.0.0.5:1 = refuse' LD_BIND_NOW=1 \
		LD_PRELOAD=$path grep -F -m 1 -o "$library" /proc/self/maps 2>&1) &&
		[ "$said" = "$library" ]; then
		echo "ok: $library"
	else
		echo "FAIL: $library: ${said:-was not loaded}"
		failed=1
	fi
done
exit $failed
