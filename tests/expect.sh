# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# What the tests of whole builds share; sourced by each of them. $scratch is
# where the output of a check goes.
passed=0 failed=0

# needs PACKAGES TOOL...: before anything is built.
needs()
{
	packages=$1
	shift
	for tool; do
		command -v "$tool" >/dev/null && continue
		echo "skipped: no $tool (apt-get install $packages)"
		[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 1
		exit 77
	done
}

# expect WHAT COMMAND...
expect()
{
	what=$1
	shift
	if "$@" >"$scratch/out" 2>&1; then
		passed=$((passed + 1))
		echo "ok: $what"
	else
		failed=$((failed + 1))
		echo "FAIL: $what"
		tail -n 40 "$scratch/out"
	fi
}

# The last line of every test.
finish()
{
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}
