#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Inside the test kernel: the static parity program on TCP, then supervised.
#
#   parity-inside.sh PROGRAM TABLE NAME...
#
# The supervisor runs above the checks that hold a connection back, which run
# above the kernel's own threads.
set -u
program=$1 table=$2
shift 2
echo -1 >/proc/sys/kernel/sched_rt_runtime_us 2>/dev/null
export PARITY_LIMIT="${PARITY_LIMIT:-120}"
cd /tmp || exit 1
echo "=== tcp"
"$program" "$@"
echo "=== vsock"
PARITY_REDIRECTED=1 chrt -f 99 tcp2vsock --engine=supervise -f "$table" -- \
	chrt -o 0 "$program" "$@"
echo "=== end"
