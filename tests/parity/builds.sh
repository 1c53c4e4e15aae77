#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The parity suite with other builds than make's own, in a scratch directory:
#
#   clang     all of it, compiled by clang
#   memcheck  the redirected half under valgrind, where it can be: not with a
#             second thread that computes without end (signals, threads, some of
#             connect), and not with a filter that ends unknown system calls
#             (seccomp)
#
# Under gcc's sanitizers: tests/sanitizers.sh parity.
#
#   builds.sh [PART...]      both if none
set -u

srcdir=$(cd "${srcdir:-$(dirname "$0")/../..}" && pwd) || exit 99
export srcdir
scratch=$(TMPDIR=/tmp mktemp -d -t builds.XXXXXX) || exit 99
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0 skipped=0

# build FOLDER CONFIGURE-ARGUMENT...
build() {
	folder=$scratch/$1
	shift
	mkdir "$folder" && cd "$folder" || exit 99
	{
		"$srcdir/configure" -q --enable-werror "$@" &&
			make -j"${JOBS:-3}" &&
			make -j"${JOBS:-3}" check TESTS=
	} >"$folder.log" 2>&1 || {
		tail -n 20 "$folder.log"
		echo "FAIL: building $folder"
		exit 1
	}
}

# What compare.sh counts is counted here, too.
count() {
	echo "$1: $(tail -n 1 "$scratch/out")"
	grep -A 12 '^FAIL' "$scratch/out"
	# shellcheck disable=SC2046
	set -- $(tail -n 1 "$scratch/out")
	passed=$((passed + $1)) failed=$((failed + $3))
	skipped=$((skipped + $5))
}

with_clang() {
	build clang CC=clang
	builddir=$PWD "$srcdir/tests/parity/run.sh" >"$scratch/out" 2>&1
	count clang
}

groups='accept bind copies data epoll flags numbers options poll scm-rights
twins untouched'

# What is done wrong on purpose is reported; valgrind keeps descriptors for
# itself, and does not follow exec().
unfit='bad-|/no-descriptor-left|/connect-with-none-left|unrelated-processes'

# A check may hand the kernel one on purpose; were it the library, the kernel
# would say EFAULT, and the transcripts would differ. Nor are calls that valgrind
# does not know errors of theirs.
without_bad_pointers() {
	awk '/Syscall param .*unaddressable byte/ { skip = 1 }
		!skip
		/^==[0-9]+== $/ { skip = 0 }' |
		grep -vE '^--|unhandled ioctl|spurious value|README_MISSING'
}

# Every process writes its own report, and an empty one if there is nothing.
memcheck() {
	build memcheck "CFLAGS=-O1 -g"
	reports=$scratch/reports
	mkdir "$reports"
	for group in $groups; do
		tests/parity/parity --list --group "$group"
	done | grep -vE "$unfit" >"$scratch/names"
	xargs env builddir="$PWD" PARITY_LIMIT=120 PARITY_UNDER="valgrind -q \
--log-file=$reports/%p --read-var-info=no" "$srcdir/tests/parity/run.sh" \
		<"$scratch/names" >"$scratch/out" 2>&1
	count memcheck
	cat "$reports"/* | without_bad_pointers >"$scratch/found"
	[ -s "$scratch/found" ] || return
	head -n 200 "$scratch/found"
	failed=$((failed + 1))
}

[ -x "$srcdir/configure" ] || exit 77
[ $# -gt 0 ] || set -- clang memcheck
for part; do
	case $part in
	clang) with_clang ;;
	memcheck) memcheck ;;
	*) echo "builds.sh: $part?" >&2 && exit 2 ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
