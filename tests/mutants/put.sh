#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Puts a fault of tests/mutants/list into a source file.
#
#   put.sh NAME TREE   into the file in this tree; prints the file's name
#   put.sh --by NAME   prints which test notices it, if that is listed
#   put.sh             tries all of them on copies: each has to change its file
#
# An edit that changes nothing belongs to code that has moved or gone: give it
# the new words, or take the fault out of the list if it can't be made any more.
set -u
srcdir=${srcdir:-$(dirname "$0")/../..}
list=$srcdir/tests/mutants/list
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

# field NAME WORD: what stands behind the word in the fault's paragraph.
field()
{
	awk -v name="$1" -v word="$2" '
		$1 == "fault" { mine = $2 == name }
		mine && $1 == word { sub(/^[^ ]+ +/, ""); print }' "$list"
}

# put NAME TREE
put()
{
	file=$(field "$1" file)
	[ "$file" ] && cp "$2/$file" "$scratch/before" || return
	perl -0pi -e "$(field "$1" edit)" "$2/$file" || return
	! cmp -s "$2/$file" "$scratch/before"
}

try_all()
{
	passed=0 failed=0
	for name in $(awk '$1 == "fault" { print $2 }' "$list"); do
		file=$(field "$name" file)
		mkdir -p "$scratch/$(dirname "$file")"
		cp "$srcdir/$file" "$scratch/$file" 2>"$scratch/said" &&
			put "$name" "$scratch" 2>"$scratch/said"
		if [ $? -eq 0 ]; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			cat "$scratch/said"
			echo "FAIL: $name: the edit changes nothing in $file"
		fi
	done
	awk '$1 == "fault" && seen[$2]++ { print "FAIL: twice: " $2; bad = 1 }
		END { exit bad }' "$list" || failed=$((failed + 1))
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

if [ "${1-}" = --by ]; then
	field "$2" by
elif [ $# -eq 2 ]; then
	put "$1" "$2" && echo "$file"
else
	try_all
fi
