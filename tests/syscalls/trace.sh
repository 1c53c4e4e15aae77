#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs the program under strace, and writes "SECTION<tab>CALL" for each system
# call that it makes after its start.
#
#   trace.sh PROGRAM PORT [LIBRARY TABLE]
set -u

program=$1 port=$2 library=${3-} table=${4-}
trace=$(mktemp) || exit 99
trap 'rm -f "$trace"' EXIT

if [ -n "$library" ]; then
	strace -o "$trace" -s 200 -E LD_PRELOAD="$library" \
		-E TCP2VSOCK_CONFIG="$table" "$program" "$port" || exit 1
else
	strace -o "$trace" -s 200 "$program" "$port" || exit 1
fi
awk '
/^write\(-1, "/ {
	section = $0
	sub(/^write\(-1, "/, "", section)
	sub(/", [0-9]*\).*/, "", section)
	print section "\t"
	next
}
# Answered without the kernel where there is a vDSO (vdso(7)).
/^clock_gettime\(/ { next }
section == "" || /^(---|\+\+\+)/ { next }
{
	sub(/\(.*/, "")
	print section "\t" $0
}' "$trace"
