#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Puts the faults of tests/mutants/list into a copy of the tree, one at a time,
# and says which of them a test notices. Not a part of make check: each fault is
# a build and a test.
#
#   run.sh [NAME...]      all of them if none; run in a build tree
#   run.sh --quick NAME...  the whole unit suite and parity suite for each, too
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
list=$srcdir/tests/mutants/list
tree=$PWD/mutants/tree
export TCP2VSOCK_TESTS_MUST_RUN=1
quick=no
if [ "${1:-}" = --quick ]; then
	quick=yes
	shift
fi

copy_tree()
{
	rm -rf "$PWD/mutants" && mkdir -p "$tree" &&
		(cd "$srcdir" && git ls-files -z | xargs -0 tar -cf -) |
		tar -C "$tree" -xf - && cd "$tree" && ./autogen.sh &&
		mkdir build && cd build && ../configure -q && make -s -j2 &&
		make -s -j2 check TESTS=
}

# field NAME WORD: what stands behind the word in the fault's paragraph.
field()
{
	awk -v name="$1" -v word="$2" '
		$1 == "fault" { mine = $2 == name }
		mine && $1 == word { sub(/^[^ ]+ +/, ""); print }' "$list"
}

notices()
{
	local test=$1 place=..
	[ -e "$tree/${test%% *}" ] || place=. # a program that was built
	(cd "$tree/build" && eval "srcdir=.. $place/$test") >>"$tree/log" 2>&1
	[ $? -ne 0 ]
}

# Whether a test that passes without the fault fails with it.
try()
{
	local name=$1 file edit test by=
	file=$(field "$name" file)
	edit=$(field "$name" edit)
	cp "$tree/$file" "$tree/saved"
	perl -0pi -e "$edit" "$tree/$file"
	if cmp -s "$tree/$file" "$tree/saved"; then
		echo "stale    $name: the edit finds nothing in $file"
		stale=$((stale + 1))
		return
	fi
	: >"$tree/log"
	if ! make -s -j2 -C "$tree/build" all check TESTS= >"$tree/log" 2>&1; then
		echo "stale    $name: it does not build: $(grep -m 1 error "$tree/log")"
		stale=$((stale + 1))
	else
		while IFS= read -r test; do
			notices "$test" && by="$by, $test"
		done < <(field "$name" test
			[ $quick = no ] || printf '%s\n' tests/parity/run.sh)
		if [ "$by" ]; then
			noticed=$((noticed + 1))
			echo "noticed  $name: ${by#, }"
		else
			missed=$((missed + 1))
			echo "MISSED   $name"
		fi
	fi
	mv "$tree/saved" "$tree/$file"
	touch "$tree/$file"
}

[ $# -gt 0 ] || set -- $(awk '$1 == "fault" { print $2 }' "$list")
(copy_tree) >mutants.log 2>&1 || {
	tail -n 20 mutants.log
	echo "the tree without a fault does not build: see mutants.log"
	exit 1
}
noticed=0 missed=0 stale=0
for name; do
	try "$name"
done
echo "$noticed noticed, $missed missed, $stale stale"
[ $((missed + stale)) -eq 0 ]
