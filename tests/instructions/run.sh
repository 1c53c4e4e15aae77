#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Instructions of each call, held to the file `expected`: the test fails where one
# has grown by more than 2 in 100. They are those of one compiler, its flags and
# one libc: with another this test is skipped.
#
#   run.sh             the test
#   run.sh --update    writes what was counted to `expected`, in a commit that
#                      means to change it
#
# Run in the top of a build tree, or with builddir and srcdir set.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
here=$srcdir/tests/instructions
cd "$builddir" || exit 99
counted=$(mktemp) || exit 99
trap 'rm -f "$counted"' EXIT

of() {
	sed -n "s/^$1 = //p" Makefile
}

echo "# $($(of CC) --version | head -n 1), $(of CFLAGS), $(of host_cpu)," \
	"$(getconf GNU_LIBC_VERSION 2>/dev/null)" >"$counted"
if [ "${1-}" != --update ] &&
	[ "$(head -n 1 "$counted")" != "$(head -n 1 "$here/expected")" ]; then
	echo "skipped: here is $(head -n 1 "$counted")"
	echo "and the figures are of $(head -n 1 "$here/expected")"
	exit 77
fi
echo '# call,alone,port in no rule,address in no rule,no rule,redirected' \
	>>"$counted"
"$srcdir/tests/rig/run" --keep "$builddir" -- "$here/count.sh" >>"$counted"
case $? in
0) ;;
77) exit 77 ;;
*) cat "$counted"; echo 'FAIL: nothing was counted'; exit 1 ;;
esac
[ "$(grep -vc '^#' "$counted")" = 11 ] || { cat "$counted"; exit 99; }
if [ "${1-}" = --update ]; then
	cp "$counted" "$here/expected"
	exit
fi
awk -F, '
FNR == 1 { file++ }
/^#/ { next }
file == 1 { for (i = 2; i <= NF; i++) was[$1, i] = $i; next }
{
	for (i = 2; i <= NF; i++)
		if ($i > was[$1, i] * 1.02) {
			print "FAIL: " $1 ", column " i ": " was[$1, i] \
				" instructions have become " $i
			bad = 1
		} else if ($i < was[$1, i] * 0.98) {
			print "note: " $1 ", column " i ": " was[$1, i] \
				" instructions have become " $i \
				": run.sh --update keeps it so"
		}
}
END { exit bad }' "$here/expected" "$counted" || exit 1
echo "ok: 11 calls, each with the library and without, execute no more" \
	"instructions than expected"
