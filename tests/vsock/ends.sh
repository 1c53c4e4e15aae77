#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Whether this kernel shows how a peer has ended a vsock connection. It does not;
# a failure is good news: doc/resets.md says what could be made of it.
set -u
builddir=$(cd "${builddir:-.}" && pwd)
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99

ends=$("$srcdir/tests/rig/run" --keep "$builddir/tests/vsock/ends" -- \
	"$builddir/tests/vsock/ends")
status=$?
[ $status -eq 77 ] && [ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
[ $status -eq 77 ] && exit 77
[ $status -eq 0 ] || exit 99
echo "$ends"
[ "$(echo "$ends" | wc -l)" -eq 5 ] || exit 99
if [ "$(echo "$ends" | sed 's/^[^:]*://' | sort -u | wc -l)" -ne 1 ]; then
	echo "FAIL: something tells a reset and the end apart"
	exit 1
fi
echo "ok: five ways to end a connection, and nothing tells them apart"
