#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Puts the faults of tests/mutants/list into a copy of the tree, one at a time,
# and says which test notices. Not a part of make check: it takes hours.
#
#   run.sh [--all] [NAME...]   all faults if no name is given; in a build tree
#                              where "make check TESTS=" has been run
#
# The tests are those of make check, folder by folder, the telling ones first;
# one is run if a program that it runs has become another by the fault. The
# command's copy of the engine is left to the library's tests. The first that
# notices is enough; with --all the others are tried, too, and those that take
# minutes.
#
# A test notices a fault if it fails twice with it, and passes without it.
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
sound=$PWD
place=$PWD/mutants
tree=$place/tree
source=$place/source # the same without a fault
export TCP2VSOCK_TESTS_MUST_RUN=1
all=no
if [ "${1:-}" = --all ]; then
	all=yes
	shift
fi

# FOLDER:WHAT. What its tests run: the program itself, the library, the command,
# libvsock; or of the command what is not in the library.
layers='unit:self fuzz:self vsock:vsock launcher:rest door:rest parity:library
	trace:library hybrid:library symbols:library names:library
	syscalls:library leaks:library uring:library launcher:command'
[ $all = no ] ||
	layers="$layers random:library soak:library enemy:library door:command"

# A run that was ended may have left a fault there.
clear_tree()
{
	local file
	for file in $(awk '$1 == "file" { print $2 }' \
		"$srcdir/tests/mutants/list"); do
		cmp -s "$source/$file" "$tree/$file" ||
			cp "$source/$file" "$tree/$file"
	done
	build
}

# Into $tree, which is built, and $source; or those of the last time.
copy_tree()
{
	(cd "$srcdir" && git ls-files -z | xargs -0 sha256sum) >sources.now
	cmp -s sources.now "$place/sources" && clear_tree && return
	rm -rf "$place" && mkdir -p "$source" &&
		(cd "$srcdir" && git ls-files -z | xargs -0 tar -cf -) |
		tar -C "$source" -xf - && cp -a "$source" "$tree" &&
		(cd "$tree" && ./autogen.sh && mkdir build && cd build &&
			../configure -q CFLAGS=-O1) &&
		make -s -j2 -C "$tree/build" check TESTS= &&
		cp sources.now "$place/sources"
}

build()
{
	make -s -j2 -C "$tree/build" all
}

tests_of()
{
	make -s -C "$tree/build" \
		--eval 'of-folder:; @echo $(filter tests/'"$1"'/%,$(TESTS))' \
		of-folder
}

# program WHAT TEST
program()
{
	case $1 in
	self) echo "$2" ;;
	library) echo preload/.libs/libtcp2vsock.so ;;
	command | rest) echo launcher/tcp2vsock ;;
	vsock) echo vsock/.libs/libvsock.so ;;
	esac
}

# A program of the tests' own is linked anew first.
sum_of()
{
	case $1 in tests/*) make -s -C "$tree/build" "$1" >/dev/null 2>&1 ;; esac
	(cd "$tree/build" && sha256sum "$1" 2>/dev/null | cut -d' ' -f1)
}

# Of the tree without a fault, once.
remember_sums()
{
	local layer what test
	for layer in $layers; do
		for test in $(tests_of "${layer%%:*}"); do
			what=$(program "${layer#*:}" "$test")
			sums[$what]=$(sum_of "$what")
		done
	done
}

is_changed()
{
	[ "$(sum_of "$1")" != "${sums[$1]}" ]
}

# runs_it WHAT TEST: whether it runs a program that the fault has changed.
runs_it()
{
	[ "$1" = rest ] && is_changed "$(program library)" && return 1
	is_changed "$(program "$1" "$2")"
}

# fails SRCDIR BUILD TEST [ARGUMENT...]
fails()
{
	local top=$1 build=$2 test=$3 status
	shift 3
	[ -e "$build/$test" ] || test=$top/$test
	(cd "$build" && umask 022 && srcdir=$top builddir=. \
		timeout -k 5 900 "$test" "$@") \
		>"$place/said" 2>&1 </dev/null
	status=$?
	[ $status -ne 0 ] && [ $status -ne 77 ]
}

# The parity suite's checks that failed: they alone are run again.
failed_checks()
{
	[ "$1" = tests/parity/run.sh ] || return
	sed -n 's/^FAIL \([^ :]*\):.*/\1/p' "$place/said" | head -n 9
}

# The half of the parity suite that no fault changes.
plain_half()
{
	[ -s "$place/plain" ] || (
		cd "$tree/build" && ../tests/rig/run --timeout 900 -- \
			env PARITY_LIMIT=30 tests/parity/parity
	) >"$place/plain" 2>/dev/null
	echo "$place/plain"
}

# is_sound TEST [CHECK...]
is_sound()
{
	[ "${passes[$*]:-}" ] || {
		passes[$*]=yes
		fails "$srcdir" "$sound" "$@" && passes[$*]=no
	}
	[ "${passes[$*]}" = yes ] || echo "without a fault, too: $*" >&2
	[ "${passes[$*]}" = yes ]
}

# Sets by, what it is to be said of it.
notices()
{
	local test=$1 checks plain=
	[ "$test" = tests/parity/run.sh ] && plain=$(plain_half)
	PARITY_TCP=$plain fails .. "$tree/build" "$test" || return
	checks=$(failed_checks "$test")
	# shellcheck disable=SC2086
	fails .. "$tree/build" "$test" $checks || return
	cp "$place/said" "$place/said.$name"
	by=$(sed -n 's/^\(FAIL\|not ok\|\[FAIL\]\|\[----\]\)[: ]*//p' \
		"$place/said" | grep . | head -n 1 | cut -c1-60)
	# shellcheck disable=SC2086
	is_sound "$test" $checks
}

look_for_notice()
{
	local layer test
	for layer in $layers; do
		for test in $(tests_of "${layer%%:*}"); do
			runs_it "${layer#*:}" "$test" || continue
			notices "$test" || continue
			found=yes
			echo "noticed  $name: $test${by:+ ($by)}"
			[ $all = yes ] || return
		done
	done
}

# try NAME
try()
{
	local name=$1 file by found=no
	file=$(srcdir=$source "$source/tests/mutants/put.sh" "$name" "$tree")
	if [ -z "$file" ]; then
		echo "STALE    $name: the edit changes nothing"
		stale=$((stale + 1))
		return
	fi
	if ! build >"$place/said" 2>&1; then
		echo "STALE    $name: $(grep -m 1 error "$place/said")"
		stale=$((stale + 1))
	else
		look_for_notice
		if [ $found = yes ]; then
			noticed=$((noticed + 1))
		else
			missed=$((missed + 1))
			echo "MISSED   $name"
		fi
	fi
	cp "$source/$file" "$tree/$file"
}

# shellcheck disable=SC2046
[ $# -gt 0 ] ||
	set -- $(awk '$1 == "fault" { print $2 }' "$srcdir/tests/mutants/list")
copy_tree >mutants.log 2>&1 || {
	tail -n 20 mutants.log
	echo "the tree without a fault does not build: see mutants.log"
	exit 1
}
declare -A sums passes
remember_sums
[ ${#sums[@]} -gt 4 ] || {
	echo "no tests are known of"
	exit 1
}
noticed=0 missed=0 stale=0
for name; do
	try "$name"
done
echo "$noticed noticed, $missed missed, $stale stale"
[ $((missed + stale)) -eq 0 ]
