#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Every promise of doc/security.md names tests, and these are run by make check:
# the lists of tests have them, and scripts are there.
set -u
: "${srcdir:=$(dirname "$0")/../..}"
page=$srcdir/doc/security.md
passed=0 failed=0

verdict() {
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $2"
	fi
}

# What may follow "TESTS +=", and the lists that go there.
listed=$(cat "$srcdir"/tests/local.mk "$srcdir"/tests/*/local.mk |
	tr -s ' \t\\' '\n')

is_listed() {
	printf '%s\n' "$listed" | grep -qxF "$1"
}

for test in $(grep -o '`tests/[^` ]*' "$page" | tr -d '`' | sort -u); do
	is_listed "$test"
	verdict $? "no list of tests has $test"
	case $test in
	*.sh)
		[ -x "$srcdir/$test" ]
		verdict $? "$test is not there"
		;;
	esac
done

# A row of a table, but for its head, is a promise and has its test.
promises=$(grep -c '^| .* | `tests/[^|]*` |$' "$page")
rows=$(grep '^| ' "$page" | grep -vc '^| promise | test |$')
[ "$promises" = "$rows" ]
verdict $? "$((rows - promises)) promises name no test"
[ "$promises" -ge 20 ] && [ "$passed" -ge 15 ]
verdict $? "only $promises promises and $passed tests were found"
echo "$promises promises"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
