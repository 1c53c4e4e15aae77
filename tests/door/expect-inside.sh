# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the scripts inside the test kernel count by.
failed=0 passed=0

# expect WHAT SAW WANTED
expect()
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL: %s:\n%s\nin place of\n%s\n' "$1" "$2" "$3"
	fi
}
