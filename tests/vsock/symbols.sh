#!/bin/sh
# SPDX-License-Identifier: MIT
#
# libvsock exports what vsock.h declares, all of it and nothing else, and its
# manual has it; the library of texts needs nothing that a signal handler may
# not call.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
nm=${NM:-nm}
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

# All of these are in signal-safety(7), or the compiler's own.
allowed='__errno_location|strchr|strcspn|strlen|strncmp|memset|memcpy'
allowed="$allowed|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail"
allowed="$allowed|__(asan|ubsan|sanitizer|tsan|gcov|llvm)_.*"

grep -o 'vsock_[a-z_]*(' "$srcdir/vsock/vsock.h" | tr -d '(' |
	LC_ALL=C sort -u >"$scratch/declared"
$nm -D --defined-only "$builddir/vsock/.libs/libvsock.so" |
	awk '{ print $3 }' | LC_ALL=C sort >"$scratch/exported"
[ -s "$scratch/declared" ] || exit 99
diff "$scratch/declared" "$scratch/exported" || exit 1

sed -n 's/^\.Fn \([a-z_]*\) ".*/\1/p' "$srcdir/doc/libvsock.3" |
	LC_ALL=C sort >"$scratch/manual"
diff "$scratch/declared" "$scratch/manual" || exit 1

$nm -u "$builddir/vsock/.libs/libvsockaddr.a" |
	awk '$1 == "U" { print $2 }' >"$scratch/used"
[ -s "$scratch/used" ] || exit 99
if grep -Evx "$allowed" "$scratch/used"; then
	echo "FAIL: address.c uses these"
	exit 1
fi
