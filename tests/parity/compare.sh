#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compares the two transcripts that both.sh has written, check by check.
#
#   compare.sh TRANSCRIPTS DOCUMENTED
#
# A check passes when both say the same, or differ exactly as DOCUMENTED has it.
# Ends with "N passed, N failed, N skipped"; 1 when a check has failed.
set -u

transcripts=$1 documented=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/tcp" "$dir/vsock" "$dir/documented"

# One file for each check: DIR/tcp/connect:nobody-listens
split_transcripts()
{
	awk -v dir="$dir" '
	/^=== end/ { whole = 1 }
	/^=== / { run = $2; file = ""; next }
	/^== / && run != "" {
		if (file)
			close(file)
		file = $2
		sub("/", ":", file)
		file = dir "/" run "/" file
		printf "" > file
		next
	}
	file { print > file }
	END { exit !whole }' "$transcripts"
}

# The lines of DOCUMENTED that are no remarks, in the same way.
split_documented()
{
	awk -v dir="$dir/documented" '
	/^#/ || /^$/ { next }
	/^== / {
		if (file)
			close(file)
		file = $2
		sub("/", ":", file)
		file = dir "/" file
		printf "" > file
		if ($3 == "maybe")
			printf "" > (file ".maybe")
		next
	}
	file { print > file }' "$documented"
}

difference()
{
	diff -U0 "$dir/tcp/$1" "$dir/vsock/$1" 2>&1 |
		grep -v -e '^--- ' -e '^+++ ' -e '^@@'
}

passed=0 failed=0 skipped=0

# verdict CHECK WHAT: for the table of the groups.
verdict()
{
	echo "${1%%:*} $2" >>"$dir/verdicts"
}

pass()
{
	verdict "$1" "$2"
	passed=$((passed + 1))
}

fail()
{
	verdict "$1" failed
	failed=$((failed + 1))
	echo "FAIL $(echo "$1" | tr : /): $2"
	sed 's/^/     /' "$dir/difference"
}

skip()
{
	if [ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ]; then
		fail "$1" "skipped, and nothing may be"
	else
		verdict "$1" skipped
		skipped=$((skipped + 1))
	fi
}

judge()
{
	difference "$1" >"$dir/difference"
	if [ ! -e "$dir/vsock/$1" ]; then
		fail "$1" "it did not run redirected"
	elif grep -q '^skipped: ' "$dir/tcp/$1" "$dir/vsock/$1"; then
		skip "$1"
	elif grep -q -e '^timed out' -e '^died' -e '^cannot go on' \
		"$dir/tcp/$1"; then
		cp "$dir/tcp/$1" "$dir/difference"
		fail "$1" "it does not hold on TCP"
	elif [ -e "$dir/documented/$1.maybe" ] && [ ! -s "$dir/difference" ]; then
		pass "$1" equal
	elif [ -e "$dir/documented/$1" ]; then
		if cmp -s "$dir/difference" "$dir/documented/$1"; then
			pass "$1" documented
		else
			fail "$1" "not the documented difference"
		fi
	elif [ -s "$dir/difference" ]; then
		fail "$1" "TCP (-) and vsock (+) differ"
	else
		pass "$1" equal
	fi
}

# How many checks each group has, and what became of them.
print_table()
{
	[ -e "$dir/verdicts" ] || return
	echo "| group | checks | equal | documented difference |"
	echo "|---|---|---|---|"
	sort "$dir/verdicts" | awk '
	function row(name, n, equal, documented) {
		printf "| %s | %d | %d | %d |\n", name, n, equal, documented
	}
	{ if (!($1 in n)) name[++groups] = $1 }
	{ n[$1]++; is[$1, $2]++; all++; of_all[$2]++ }
	END {
		for (i = 1; i <= groups; i++)
			row(name[i], n[name[i]], is[name[i], "equal"],
			    is[name[i], "documented"])
		row("all", all, of_all["equal"], of_all["documented"])
	}'
}

if ! split_transcripts; then
	echo "FAIL: the run did not come to its end"
	failed=1
fi
split_documented
for file in "$dir"/tcp/*; do
	[ -e "$file" ] && judge "${file##*/}"
done
[ $((passed + failed + skipped)) -gt 0 ] || failed=1
print_table
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
