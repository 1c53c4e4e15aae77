#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What takes too long for every run: more real programs, and other people's
# test suites. To be run in a build tree, or where "make" was run by
# scripts/check. The logs are in extra/.
set -u
srcdir=$(cd "$(dirname "$0")/../.." && pwd)
builddir=${builddir:-$srcdir/build/check}
[ ! -x "$PWD/run" ] || builddir=$PWD
export srcdir builddir
cd "$builddir" || exit 1
mkdir -p extra
passed=0 failed=0 skipped=0

for test in "$srcdir"/tests/apps/extra/*.sh \
	"$srcdir"/tests/suites/*.sh; do
	name=$(basename "$test" .sh)
	"$test" >"extra/$name.log" 2>&1
	case $? in
	0)
		passed=$((passed + 1))
		;;
	77)
		skipped=$((skipped + 1))
		;;
	*)
		failed=$((failed + 1))
		grep -A 5 FAIL "extra/$name.log"
		;;
	esac
	echo "$name: $(tail -n 1 "extra/$name.log")"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
