#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A bridge of one process for all connections, haproxy redirected, next to socat
# with a process for each: TCP on one side, a program written for AF_VSOCK on the
# other. Runs in the test kernel, in the top of a build tree:
#
#	../tests/rig/run ../tests/bench/bridge.sh [ROUNDS [MILLISECONDS]]
#
# Prints for each kind of traffic the median of haproxy's rate by socat's.
set -u
rounds=${1:-9} ms=${2:-200}
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"

: >"$table"
serve_raw
relay_to_raw
relay_by_haproxy
for way in socat haproxy; do
	start_client $way
done
for row in connect,1,1 ask,1,1 ask,1,50 send,65536,1 receive,65536,1; do
	IFS=, read -r what size n <<<"$row"
	for ((round = 0; round < rounds; round++)); do
		measure socat "${port_of[socat]}" "$what" "$size" "$n" "$ms"
		socat=$figure
		measure haproxy "${port_of[haproxy]}" "$what" "$size" "$n" "$ms"
		echo "$figure $socat"
	done | awk '{ print $1 / $2 }' | sort -n | awk -v what="$row" '
		{ ratio[NR] = $1 }
		END { printf "%s: haproxy : socat = %.2f\n", what,
			ratio[int((NR + 1) / 2)] }'
done
