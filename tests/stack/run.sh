#!/bin/sh
# SPDX-License-Identifier: MIT
#
# How much of a small stack the calls take: stack.c says what is measured, and
# what is allowed. Quietly, and with a line told of every call.
#
#   run.sh    run in the top of a build tree, or with builddir and srcdir set
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
umask 022
chmod 755 "$scratch"
passed=0 failed=0 skipped=0

# check NAME: what was measured is in $scratch/out, the status in $status.
check() {
	if [ "$status" -eq 77 ]; then
		echo "skipped: $1"
		skipped=$((skipped + 1))
	elif [ "$status" -eq 0 ] && [ "$(wc -l <"$scratch/out")" -gt "$2" ]; then
		echo "ok: $1: $(sort -k 2 -n "$scratch/out" | grep -v frame |
			tail -n 1 | sed 's/ / takes /') of 4096 bytes at most"
		passed=$((passed + 1))
	else
		echo "FAIL: $1 (status $status):"
		cat "$scratch/out"
		failed=$((failed + 1))
	fi
}

for how in quiet told; do
	"$srcdir/tests/stack/under.sh" "$builddir" "$srcdir" $how \
		>"$scratch/out" 2>"$scratch/err"
	status=$?
	check "$how, without AF_VSOCK" 12
	"$srcdir/tests/rig/run" -- "$srcdir/tests/stack/under.sh" \
		"$builddir" "$srcdir" $how 20000 >"$scratch/out" \
		2>"$scratch/err"
	status=$?
	check "$how, with it" 50
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$skipped" -gt 0 ] && [ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
[ "$failed" -eq 0 ] || exit 1
[ "$passed" -gt 0 ] || exit 77
