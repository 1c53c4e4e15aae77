#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What the library costs in system calls, counted by strace.
#
#  * Of an address that no rule names: nothing. The same system calls in the
#    same order as without the library.
#  * Of a redirected socket: what the file `expected` says, which is nothing for
#    data.
#
#   run.sh             the test
#   run.sh --update    writes what was counted to `expected`
#
# Run in the top of a build tree, or with builddir and srcdir set.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
here=$srcdir/tests/syscalls
program=$builddir/tests/syscalls/calls
library=$builddir/preload/.libs/libtcp2vsock.so
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

skip() {
	echo "skipped: $*"
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
}

fail() {
	echo "FAIL: $*"
	exit 1
}

strace -o /dev/null true 2>/dev/null || skip "strace can't trace here"
umask 022
cp "$here/table.conf" "$scratch/table.conf" || exit 99
table=$scratch/table.conf

# ---- no rule ----------------------------------------------------------

"$here/trace.sh" "$program" 7100 >"$scratch/without" &&
	"$here/trace.sh" "$program" 7100 "$library" "$table" \
		>"$scratch/with" || fail "the program, on TCP"
[ "$(cut -f 1 "$scratch/without" | sort -u | wc -l)" -ge 40 ] || exit 99
# One that was received may be redirected: that is asked.
for way in without with; do
	grep -v 'received	getsockopt$' "$scratch/$way" >"$scratch/asked"
	mv "$scratch/asked" "$scratch/$way"
done
diff "$scratch/without" "$scratch/with" ||
	fail "an address without a rule costs system calls (>)"
echo "ok: $(grep -c '	.' "$scratch/with") system calls of addresses" \
	"without a rule, and none is added"

# ---- redirected -------------------------------------------------------

"$srcdir/tests/rig/run" --keep "$scratch" --keep "$program" \
	--keep "$library" -- "$here/trace.sh" "$program" 7200 \
	>"$scratch/tcp"
[ $? -eq 77 ] && skip "no AF_VSOCK loopback, and no test kernel"
# redirected NAME TABLE: what it adds, to NAME.counted
redirected() {
	"$srcdir/tests/rig/run" --keep "$scratch" --keep "$program" \
		--keep "$library" -- "$here/trace.sh" "$program" 20200 \
		"$library" "$2" >"$scratch/$1" || fail "the program, redirected"
	awk -F '\t' -f "$here/count.awk" "$scratch/tcp" "$scratch/$1" \
		>"$scratch/$1.counted"
}

echo "127.0.0.1:20000-29999 = unix:/tmp/tcp2vsock-port-%p" \
	>"$scratch/unix.conf"
redirected vsock "$table"
redirected unix "$scratch/unix.conf"
{
	cat "$scratch/vsock.counted"
	# Who asks recvfrom() for an address gets none, as on TCP.
	sed -nE 's/^(bind|listen|connect, (non-)?blocking|accept|data: [a-z]*) +[0-9]/unix: target, &/p' \
		"$scratch/unix.counted"
} >"$scratch/counted"
echo "system calls of a call on TCP, and what a redirection adds:"
cat "$scratch/counted"
awk '/^data: / { n++; if (!/ \+0$/) bad = 1 } END { exit bad || n < 12 }' \
	"$scratch/counted" || fail "data costs system calls"
if [ "${1-}" = --update ]; then
	cp "$scratch/counted" "$here/expected"
	exit
fi
diff "$here/expected" "$scratch/counted" ||
	fail "not what is expected (<): README.md quotes these numbers"
echo "ok: data costs none, the rest what is expected"
