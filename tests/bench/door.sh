#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a program makes of the supervisor, next to one written for AF_VSOCK, to
# the library and to socat: one in C, linked statically where that can be, and
# one in Go where there is Go. Runs in the test kernel (tests/rig/run), in the
# top of a build tree; writes lines as traffic.sh does. The ways of Go are
# compared with the same program on AF_VSOCK.
#
#	door.sh ROUNDS MILLISECONDS WHAT,SIZE...
set -u
rounds=$1 ms=$2
shift 2
# shellcheck source=tests/bench/common.sh
. "$(dirname "$0")/common.sh"
static=$(pwd)/tests/bench/traffic-static go=$(pwd)/tests/bench/door
[ -x "$static" ] || static=$traffic
supervised=("$(pwd)/launcher/tcp2vsock" --engine=supervise -f "$table" --)
ways=(raw library door socat)

printf '127.0.0.1:%s = vsock:local:%s\n' 20000 20000 20300 20300 \
	20400 20400 >"$table"
client[door]="${supervised[*]} $static tcp" port_of[door]=20300
client[go-raw]="$go vsock" port_of[go-raw]=20500
client[go-door]="${supervised[*]} $go tcp" port_of[go-door]=20400
serve_raw
serve_library
relay_to_raw
start ready "${supervised[@]}" "$static" tcp serve 20300
if [ -x "$go" ]; then
	ways+=(go-raw go-door)
	start ready "${supervised[@]}" "$go" tcp serve 20400
	start ready "$go" vsock serve 20500
fi
for way in "${ways[@]}"; do
	start_client "$way"
done
for ((round = 1; round <= rounds; round++)); do
	for row; do
		IFS=, read -r what size <<<"$row"
		for ((i = 0; i < ${#ways[@]}; i++)); do
			way=${ways[(i + round) % ${#ways[@]}]}
			measure "$way" "${port_of[$way]}" "$what" "$size" 1 "$ms" &&
				echo "$what,$size,1,$way,$round,$figure"
		done
	done
done
