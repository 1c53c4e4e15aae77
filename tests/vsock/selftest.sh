#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libvsock on a real AF_VSOCK.
builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99

"$srcdir/tests/rig/run" "$builddir/tests/vsock/selftest"
status=$?
[ $status -eq 77 ] && [ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
exit $status
