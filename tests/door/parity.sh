#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Parity through the supervisor: the program of tests/parity, linked statically,
# sees the same on TCP and on vsock, but for what documented and hanging list.
#
#   parity.sh [NAME...]	what a swap has to do with, or those named;
#			with TCP2VSOCK_TESTS_ALL set, all of them
set -u
: "${srcdir:=$(dirname "$0")/../..}"
srcdir=$(cd "$srcdir" && pwd)
export srcdir
[ "${UNDER_RUN:-}" ] || UNDER_RUN=1 exec ./run sh "$0" "$@"
here=$srcdir/tests/door
program=$PWD/tests/door/parity
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
umask 022
chmod 755 "$scratch" && cp "$srcdir/tests/parity/table.conf" "$scratch/" || exit 99

wanted='^(accept|bind|copies|epoll|exec|fork|memory|several|signals|threads|unix)/|^connect/nonblocking'
wanted="$wanted|^data/(nothing|recvmmsg|sendto-with)"
[ -z "${TCP2VSOCK_TESTS_ALL:-}" ] || wanted=.
if [ $# -eq 0 ]; then
	grep -v '^#' "$here/hanging" | grep . >"$scratch/hanging"
	# shellcheck disable=SC2046
	set -- $("$program" --list | grep -E "$wanted" |
		grep -vxFf "$scratch/hanging")
fi
"$srcdir/tests/rig/run" --timeout 1800 -- "$here/parity-inside.sh" "$program" \
	"$scratch/table.conf" "$@" >"$scratch/transcripts"
if [ $? -eq 77 ]; then
	[ "${TCP2VSOCK_TESTS_MUST_RUN:-0}" = 1 ] && exit 99
	exit 77
fi
"$srcdir/tests/parity/compare.sh" "$scratch/transcripts" "$here/documented"
