#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What analysers say of the source, but for what tests/analysers-known lists
# with a reason:
#
#   format       clang-format, of all C; Debian 12's, since each lays out in its
#                own way
#   scripts      shellcheck, of every script
#   cppcheck     the libraries and the command
#   tidy         clang-tidy: the same, with the checks of .clang-tidy
#   scan         scan-build: all that make and make check build, the tests, too
#
#   analysers.sh [PART...]     all of them if none; needs config.h beside it
set -u
srcdir=${srcdir:-$(dirname "$0")/..}
build=$(pwd)
cd "$srcdir" || exit 99
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

sources=$(find config vsock redirect preload supervise launcher -name '*.c' | sort)

missing()
{
	command -v "$1" >/dev/null && return 1
	echo "skipped: no $1"
	if [ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ]; then
		failed=$((failed + 1))
	else
		skipped=$((skipped + 1))
	fi
}

# "FILE CHECK" of each finding, from "FILE:LINE:COLUMN: WORD: TEXT [CHECK]".
name_findings()
{
	sed -n "s#^\($PWD/\)\{0,1\}\([^: ]*\):[0-9]*:[0-9]*: [a-z]*: .*\[\([^],]*\).*\]\$#\2 \3#p" \
		"$1" | sort -u
}

# verdict PART OUTPUT: every finding is a known one. One that is known and gone
# is only told of: another version of the tool may not see it.
verdict()
{
	name_findings "$2" >"$scratch/found"
	sed -n "s/^$1: \([^ ]* [^ ]*\) .*/\1/p" tests/analysers-known |
		sort -u >"$scratch/known"
	comm -23 "$scratch/known" "$scratch/found" |
		sed 's/^/known and gone: /'
	comm -13 "$scratch/known" "$scratch/found" >"$scratch/new"
	if [ ! -s "$scratch/new" ]; then
		passed=$((passed + 1))
		echo "ok: $1"
		return
	fi
	failed=$((failed + 1))
	echo "FAIL: $1:"
	grep -E ': (warning|error|style|performance|portability): ' "$2"
}

part_format()
{
	missing clang-format && return
	clang-format --version | grep -q 'version 14\.' || return
	find config vsock redirect preload supervise launcher tests \
		-name '*.[ch]' -print0 | xargs -0 clang-format --dry-run >"$scratch/out" 2>&1
	verdict format "$scratch/out"
}

part_scripts()
{
	missing shellcheck && return
	find .ci scripts tests -type f -print0 |
		xargs -0 grep -lE '^#!/bin/(ba)?sh' | sort |
		xargs shellcheck -S warning -f gcc >"$scratch/out" 2>&1
	verdict scripts "$scratch/out"
}

part_cppcheck()
{
	missing cppcheck && return
	# shellcheck disable=SC2086
	cppcheck -q -j2 --std=c11 --enable=warning,performance,portability \
		--template='{file}:{line}:{column}: {severity}: {message} [{id}]' \
		--template-location='' --suppress=missingIncludeSystem \
		-D_GNU_SOURCE -D__linux__ -D__x86_64__ -I. -I"$build" $sources \
		>"$scratch/out" 2>&1
	verdict cppcheck "$scratch/out"
}

part_tidy()
{
	missing clang-tidy && return
	export build
	echo "$sources" | xargs -P2 -n8 sh -c 'clang-tidy -quiet "$@" -- \
		-I. -I"$build" -D_GNU_SOURCE -std=gnu11 \
		-DBINDIR="\"/x\"" -DPKGLIBDIR="\"/x\"" -DSYSCONFDIR="\"/x\"" 2>/dev/null' - >"$scratch/out"
	verdict tidy "$scratch/out"
}

scan()
{
	cd "$scratch/tree" || return
	set -- scan-build -o "$scratch/pages"
	"$@" "$source/configure" -q && "$@" make -j3 && "$@" make -j3 check TESTS=
}

part_scan()
{
	missing scan-build && return
	source=$PWD
	mkdir "$scratch/tree"
	if (scan) >"$scratch/out" 2>&1; then
		verdict scan "$scratch/out"
		return
	fi
	failed=$((failed + 1))
	echo "FAIL: scan: it did not build:"
	tail -n 20 "$scratch/out"
}

[ $# -gt 0 ] || set -- format scripts cppcheck tidy scan
for part; do
	"part_$part"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] || exit 1
[ "$passed" -gt 0 ] || exit 77
