#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inside the test kernel: the parity program on plain TCP, then redirected.
# What it says goes to standard output, under "=== tcp" and "=== vsock".
#
#   both.sh PROGRAM LIBRARY TABLE BREAKER BROKEN [NAME...]
#
# BREAKER is a library to load in front of ours when something is BROKEN; with
# the "library" itself broken, nothing is loaded at all. PARITY_UNDER is a
# command, with its arguments, to run the redirected program with; PARITY_TCP a
# file that has what it says on TCP already.
set -u

program=$1 library=$2 table=$3 breaker=$4 broken=$5
shift 5

# The checks that hold a connection back run above the kernel's own threads.
echo -1 >/proc/sys/kernel/sched_rt_runtime_us 2>/dev/null

# A connection that finds a full queue is tried again after a second.
export PARITY_LIMIT="${PARITY_LIMIT:-30}"

preload=${broken:+$breaker }$library
[ "$broken" = library ] && preload=

echo "=== tcp"
if [ "${PARITY_TCP-}" ]; then
	cat "$PARITY_TCP"
else
	"$program" "$@"
fi
echo "=== vsock"
LD_PRELOAD=$preload PARITY_BREAK=$broken \
	TCP2VSOCK_CONFIG=$table PARITY_REDIRECTED=1 \
	${PARITY_UNDER-} "$program" "$@"
echo "=== end"
