#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Everything built with musl, in a scratch directory: the parity suite runs with
# it, and each of the two launchers refuses the other C library's programs.
#
#	musl.sh [CHECK...]	of the parity suite, all if none
#
# What differs there and why:
#   accept/accept4-flags, data/bad-buffers   musl's own: they fail on TCP, too
#   fork/posix-spawn-with-file-actions, fork/system-and-popen   their children
#     are the machine's, with its C library, and stay on TCP
set -u
known='accept/accept4-flags data/bad-buffers fork/posix-spawn-with-file-actions
fork/system-and-popen'
builddir=${builddir:-$(pwd)}
srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 99
export srcdir
scratch=$(TMPDIR=/tmp mktemp -d -t musl.XXXXXX) || exit 99
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

. "$(dirname "$0")/expect.sh"
needs musl-tools musl-gcc

# The kernel's headers, of which musl-gcc's path has none.
headers()
{
	mkdir "$scratch/include"
	for name in linux asm asm-generic; do
		for folder in /usr/include /usr/include/"$(uname -m)"-linux-gnu; do
			[ ! -d "$folder/$name" ] ||
				ln -sfn "$folder/$name" "$scratch/include/$name"
		done
	done
}

build()
{
	headers
	mkdir "$scratch/build" && cd "$scratch/build" &&
		"$srcdir/configure" CC=musl-gcc PKG_CONFIG=false \
			CPPFLAGS="-idirafter $scratch/include" &&
		make -j"$(nproc)" && make -j"$(nproc)" tests/parity/parity \
			tests/parity/breaker.la tests/names/dial
}

# refuses LAUNCHER PROGRAM
refuses()
{
	"$1/run" tcp2vsock -m 'connect 10.0.0.5:1 = refuse' "$2" 2>&1 |
		grep 'uses another C library'
}

redirects()
{
	./run tcp2vsock -m 'connect 10.0.0.5:1 = refuse' \
		tests/names/dial dial 10.0.0.5 1 | grep 'Connection refused'
}

# names COMMAND...: of a table with a name and a pattern.
names()
{
	./run tcp2vsock -m 'connect db.internal:1 = refuse' \
		-m 'connect *.wild.test:1 = refuse' tests/names/dial "$@"
}

# musl's addresses are one piece of memory, the canonical name in it.
finds_names()
{
	[ "$(names canonical DB.Internal.)" = db.internal ] &&
		[ "$(names canonical a.wild.test)" = a.wild.test ] &&
		names threads db.internal && names children db.internal 500
}

# The parity suite has no other failures than those that are known.
parity()
{
	"$srcdir/tests/parity/run.sh" "$@" >"$scratch/report" 2>&1
	grep -Eq '^[0-9]{3,} passed' "$scratch/report" || [ $# -gt 0 ] || {
		cat "$scratch/report"
		return 1
	}
	echo "$known" | tr ' ' '\n' | sort >"$scratch/known"
	sed -n 's/^FAIL \([^:]*\):.*/\1/p' "$scratch/report" | sort \
		>"$scratch/failed"
	tail -n 1 "$scratch/report"
	comm -13 "$scratch/known" "$scratch/failed" >"$scratch/new"
	[ ! -s "$scratch/new" ] || {
		cat "$scratch/report"
		return 1
	}
}

expect 'it builds with musl' build
cd "$scratch/build" || exit 1
expect 'a musl program is redirected' redirects
expect 'it finds names of the table' finds_names
expect "musl's launcher refuses a glibc program" refuses . /bin/true
[ ! -x "$builddir/launcher/tcp2vsock" ] ||
	expect "glibc's launcher refuses a musl program" \
		refuses "$builddir" tests/names/dial
expect 'the parity suite' parity "$@"
tail -n 1 "$scratch/out"
finish
