#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Parity: what a program sees on TCP it sees on vsock.
#
#   run.sh [NAME...]   all checks, or those named (connect/nobody-listens)
#   run.sh --proof     takes one thing at a time away from the library, and
#                      expects the check that is about it to fail
#
# Run in the top of a build tree, or with builddir and srcdir set.
set -u

builddir=${builddir:-.}
srcdir=${srcdir:-$(dirname "$0")/../..}
builddir=$(cd "$builddir" && pwd) && srcdir=$(cd "$srcdir" && pwd) || exit 99
here=$srcdir/tests/parity
program=$builddir/tests/parity/parity
library=$builddir/preload/.libs/libtcp2vsock.so
breaker=$builddir/tests/parity/.libs/breaker.so
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
transcripts=$scratch/transcripts

# The tree may be anybody's, and the table of a program may not.
umask 022
chmod 755 "$scratch" && cp "$here/table.conf" "$scratch/" || exit 99

# both BROKEN [NAME...]
both()
{
	"$srcdir/tests/rig/run" --timeout 1800 -- \
		"$here/both.sh" "$program" "$library" "$scratch/table.conf" \
		"$breaker" "$@" >"$transcripts"
	if [ $? -eq 77 ]; then
		[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
		exit 77
	fi
}

run()
{
	both "" "$@"
	"$here/compare.sh" "$transcripts" "$here/documented"
}

# proof BROKEN CHECK: CHECK fails, and a bystander passes all the same.
proof()
{
	both "$1" "$2" untouched/udp
	report=$("$here/compare.sh" "$transcripts" "$here/documented")
	if echo "$report" | grep -q "^FAIL $2:" &&
		echo "$report" | grep -q "^1 passed, 1 failed"; then
		proven=$((proven + 1))
		echo "ok: without $1, $2 fails"
	else
		unproven=$((unproven + 1))
		echo "FAIL: without $1, $2 still passes"
	fi
}

prove()
{
	proven=0 unproven=0
	proof accept accept/peer-address
	proof connect connect/ipv6
	proof library connect/nobody-listens
	proof getsockname bind/names-ipv4
	proof refusal connect/nobody-listens
	proof setsockopt options/tcp-nodelay
	echo "$proven passed, $unproven failed, 0 skipped"
	[ "$unproven" -eq 0 ]
}

case ${1-} in
--proof) prove ;;
*) run "$@" ;;
esac
