#!/bin/bash
# SPDX-License-Identifier: MIT
#
# How a redirected program compares with one written for AF_VSOCK, with TCP,
# and with socat in between. Runs in the test kernel (tests/rig/run), in the
# top of a build tree. Writes a line for each figure:
#
#	WHAT,SIZE,CONNECTIONS,WAY,ROUND,PER_SECOND
#
# The ways are measured in turn in each round, the first one being another in
# each, and every other round backwards: what disturbs the machine disturbs all
# of them, and what one leaves behind does not meet the same one every time.
# Those with a relay take long to send and receive, and differ by more than
# noise: there they take part in every third round only.
#
#	traffic.sh SECONDS ROUNDS MILLISECONDS WHAT,SIZE,CONNECTIONS[,TIMES]...
#
# TIMES as long, where a figure is noisy. A figure that fails is left out; but for the
# first no round begins after SECONDS.
set -u
seconds=$1 rounds=$2 ms=$3
shift 3
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
direct=(raw library tcp) relayed=(socat socats)

# each WHAT SIZE CONNECTIONS MILLISECONDS
each()
{
	local i way step=1 ways=("${direct[@]}")
	case $1,$((round % 3)) in
	send,[02] | receive,[02]) ;;
	*) ways+=("${relayed[@]}") ;;
	esac
	((round % 2)) || step=$((${#ways[@]} - 1))
	for i in "${!ways[@]}"; do
		way=${ways[(i * step + round) % ${#ways[@]}]}
		measure "$way" "${port_of[$way]}" "$@" &&
			echo "$1,$2,$3,$way,$round,$figure"
	done
}

echo '127.0.0.1:20000 = vsock:local:20000' >"$table"
serve_raw
serve_library
serve_tcp
relay_to_raw
relay_to_relay
relay_by_haproxy && relayed+=(haproxy)
for way in "${direct[@]}" "${relayed[@]}"; do
	start_client "$way"
done
for ((round = 1; round <= rounds && (round == 1 || SECONDS < seconds); round++)); do
	for row; do
		IFS=, read -r what size n times <<<"$row"
		each "$what" "$size" "$n" $((ms * ${times:-1}))
	done
done
