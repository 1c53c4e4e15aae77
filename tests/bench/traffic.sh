#!/bin/bash
# SPDX-License-Identifier: MIT
#
# How a redirected program compares with one written for AF_VSOCK, with TCP,
# and with socat in between. Runs in the test kernel (tests/rig/run), in the
# top of a build tree. Writes a line for each figure:
#
#	WHAT,SIZE,CONNECTIONS,WAY,ROUND,PER_SECOND
#
# All ways are measured in turn in each round, the first one being another in
# each, so that what disturbs the machine disturbs all of them.
#
#	traffic.sh ROUNDS SECONDS WHAT,SIZE,CONNECTIONS...
set -u
rounds=$1 seconds=$2
shift 2
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
ways=(raw library tcp socat socats)

# each WHAT SIZE CONNECTIONS
each()
{
	local i way
	for i in "${!ways[@]}"; do
		way=${ways[(i + round) % ${#ways[@]}]}
		measure "$way" "${port_of[$way]}" "$@" "$seconds"
		echo "$1,$2,$3,$way,$round,$figure"
	done
}

echo '127.0.0.1:20000 = vsock:local:20000' >"$table"
serve_raw
serve_library
serve_tcp
relay_to_raw
relay_to_relay
for way in "${ways[@]}"; do
	start_client "$way"
done
for ((round = 1; round <= rounds; round++)); do
	for row; do
		IFS=, read -r what size n <<<"$row"
		each "$what" "$size" "$n"
	done
done
