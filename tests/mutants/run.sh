#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Puts the faults of tests/mutants/list into copies of the tree, one at a time,
# and says which test notices. Not a part of make check: it takes an hour.
#
#   run.sh [--all] [NAME...]   all faults if no name is given; in a build tree
#                              where "make check TESTS=" has been run
#
# The tests are those of make check: the one that the list says notices, then
# folder by folder, the telling ones first; one is run if a program that it runs
# has become another by the fault. The command's copy of the engine is left to
# the library's tests. The first that notices is enough; with --all the others
# are tried, too, and those that take minutes.
#
# A test notices a fault if it fails twice with it, and passes without it.
set -u
srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
sound=$PWD
place=$PWD/mutants
source=$place/source # what the faults are put into, without one
at_once=2
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

# ---- the trees -----------------------------------------------------------

# Only what is not the same: the rest need not be built again.
copy_files()
{
	local file
	mkdir -p "$2" && (cd "$1" && git ls-files -z) >"$place/files" || return
	while IFS= read -r -d '' file; do
		cmp -s "$1/$file" "$2/$file" && continue
		mkdir -p "$2/$(dirname "$file")" && cp "$1/$file" "$2/$file" ||
			return
	done <"$place/files"
}

# One of the last time may have a fault in it.
prepare_tree()
{
	tree=$place/tree.$1
	[ -e "$tree/build/Makefile" ] ||
		(cd "$tree" && ./autogen.sh && mkdir -p build && cd build &&
			../configure -q CFLAGS=-O1) || return
	make -s -C "$tree/build" check TESTS= && remember_sums
}

# In each of them one fault at a time is tried.
prepare_trees()
{
	local i job jobs=
	rm -rf "$place/taken" "$place/sound"
	mkdir -p "$place/taken" "$place/sound" || return
	copy_files "$srcdir" "$source" || return
	for i in $(seq $at_once); do
		copy_files "$srcdir" "$place/tree.$i" || return
		prepare_tree "$i" &
		jobs="$jobs $!"
	done
	for job in $jobs; do
		wait "$job" || return
	done
}

build()
{
	make -s -C "$tree/build" all
}

tests_of()
{
	make -s -C "$tree/build" \
		--eval 'of-folder:; @echo $(filter tests/'"$1"'/%,$(TESTS))' \
		of-folder
}

# ---- what a fault has changed ----------------------------------------------

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

# Of the tree without a fault.
remember_sums()
{
	local layer what test
	for layer in $layers; do
		for test in $(tests_of "${layer%%:*}"); do
			what=$(program "${layer#*:}" "$test")
			echo "$what $(sum_of "$what")"
		done
	done | sort -u >"$tree/sums"
	[ "$(wc -l <"$tree/sums")" -gt 4 ] || echo "no tests are known of"
}

is_changed()
{
	! grep -qxF "$1 $(sum_of "$1")" "$tree/sums"
}

# runs_it WHAT TEST: whether it runs a program that the fault has changed.
runs_it()
{
	[ "$1" = rest ] && is_changed "$(program library)" && return 1
	is_changed "$(program "$1" "$2")"
}

# ---- who notices -----------------------------------------------------------

# fails SRCDIR BUILD TEST [ARGUMENT...]
fails()
{
	local top=$1 build=$2 test=$3 status
	shift 3
	[ -e "$build/$test" ] || test=$top/$test
	(cd "$build" && umask 022 && srcdir=$top builddir=. \
		timeout -k 5 900 "$test" "$@") >"$tree/said" 2>&1 </dev/null
	status=$?
	[ $status -ne 0 ] && [ $status -ne 77 ]
}

# The parity suites' checks that failed: they alone are run again.
failed_checks()
{
	case $1 in
	tests/parity/run.sh | tests/door/parity.sh) ;;
	*) return ;;
	esac
	sed -n 's/^FAIL \([^ :]*\):.*/\1/p' "$tree/said" | head -n 9
}

# The half of the parity suite that no fault changes.
plain_half()
{
	[ -s "$tree/plain" ] || (
		cd "$tree/build" && ../tests/rig/run --timeout 900 -- \
			env PARITY_LIMIT=30 tests/parity/parity
	) >"$tree/plain" 2>/dev/null
	echo "$tree/plain"
}

# who_notices NAME: the test that the list has for it, and its checks.
who_notices()
{
	srcdir=$source "$source/tests/mutants/put.sh" --by "$1"
}

known_of()
{
	echo "$place/sound/$(echo "$*" | tr '/ ' '__' | cut -c1-200)"
}

# All of the parity suite's checks that are asked first pass, in one run.
try_without_fault()
{
	local tree=$place/tree.1 name checks
	for name; do
		who_notices "$name"
	done | grep '^tests/parity/run\.sh ' | sort -u >"$place/asked"
	checks=$(cut -d ' ' -f 2- "$place/asked" | tr ' ' '\n' | sort -u)
	# shellcheck disable=SC2086
	[ "$checks" ] && ! fails "$srcdir" "$sound" tests/parity/run.sh $checks ||
		return
	while read -r name; do
		echo yes >"$(known_of "$name")"
	done <"$place/asked"
}

# is_sound TEST [CHECK...]
is_sound()
{
	local known
	known=$(known_of "$*")
	[ -e "$known" ] || {
		fails "$srcdir" "$sound" "$@" && echo no >"$known.$$"
		[ -e "$known.$$" ] || echo yes >"$known.$$"
		mv "$known.$$" "$known"
	}
	[ "$(cat "$known")" = yes ] || echo "without a fault, too: $*"
	[ "$(cat "$known")" = yes ]
}

# notices TEST [CHECK...]. Sets by, what it is to be said of it.
notices()
{
	local test=$1 plain=
	shift
	[ "$test" != tests/parity/run.sh ] || [ $# -gt 0 ] || plain=$(plain_half)
	PARITY_TCP=$plain fails .. "$tree/build" "$test" "$@" || return
	# shellcheck disable=SC2046
	[ $# -gt 0 ] || set -- $(failed_checks "$test")
	fails .. "$tree/build" "$test" "$@" || return
	by=$(sed -n 's/^\(FAIL\|not ok\|\[FAIL\]\|\[----\]\)[: ]*//p' \
		"$tree/said" | grep . | head -n 1 | cut -c1-60)
	is_sound "$test" "$@"
}

say_noticed()
{
	found=yes
	echo "noticed  $name: $1${by:+ ($by)}"
}

# By the test that the list names.
is_expected()
{
	local by test
	test=$(who_notices "$name")
	[ "$test" ] || return
	[ ! -e "$tree/build/${test%% *}" ] ||
		make -s -C "$tree/build" "${test%% *}" >/dev/null 2>&1
	# shellcheck disable=SC2086
	notices $test && say_noticed "${test%% *}"
}

look_for_notice()
{
	local layer test by
	for layer in $layers; do
		for test in $(tests_of "${layer%%:*}"); do
			runs_it "${layer#*:}" "$test" || continue
			notices "$test" || continue
			say_noticed "$test"
			[ $all = yes ] || return
		done
	done
}

# try NAME
try()
{
	local name=$1 file found=no
	file=$(srcdir=$source "$source/tests/mutants/put.sh" "$name" "$tree")
	if [ -z "$file" ]; then
		echo "STALE    $name: the edit changes nothing"
		return
	fi
	if ! build >"$tree/said" 2>&1; then
		echo "STALE    $name: $(grep -m 1 error "$tree/said")"
	else
		is_expected && [ $all = no ] || look_for_notice
		[ $found = yes ] || echo "MISSED   $name"
	fi
	cp "$source/$file" "$tree/$file"
}

# Whatever nobody else has begun with.
work()
{
	local tree=$place/tree.$1 name
	shift
	for name; do
		mkdir "$place/taken/$name" 2>/dev/null && try "$name"
	done
}

# shellcheck disable=SC2046
[ $# -gt 0 ] ||
	set -- $(awk '$1 == "fault" { print $2 }' "$srcdir/tests/mutants/list")
prepare_trees >mutants.log 2>&1 || {
	tail -n 20 mutants.log
	echo "the tree without a fault does not build: see mutants.log"
	exit 1
}
try_without_fault "$@"
for i in $(seq $at_once); do
	work "$i" "$@" &
done | tee "$place/results"
noticed=$(sed -n 's/^noticed  \([^:]*\):.*/\1/p' "$place/results" | sort -u | wc -l)
missed=$(grep -c '^MISSED' "$place/results")
stale=$(grep -c '^STALE' "$place/results")
echo "$noticed noticed, $missed missed, $stale stale"
[ "$noticed" -gt 0 ] && [ $((missed + stale)) -eq 0 ]
